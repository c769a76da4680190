// mandelbrot: a pipeline: row numbers to eight workers, their rows to one who adds them up.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::mandelbrot {

inline constexpr unsigned workers = 8;
inline constexpr unsigned most_steps = 200;

struct row_sum {
  std::uint64_t number = 0;
  std::uint64_t steps = 0;
};

inline std::uint64_t steps_in_row(std::uint64_t y, std::uint64_t side) noexcept {
  std::uint64_t total = 0;
  const double ci = 2.0 * static_cast<double>(y) / static_cast<double>(side) - 1.0;
  for (std::uint64_t x = 0; x != side; ++x) {
    const double cr = 2.0 * static_cast<double>(x) / static_cast<double>(side) - 1.5;
    double zr = 0, zi = 0;
    unsigned steps = 0;
    for (; steps != most_steps && zr * zr + zi * zi <= 4; ++steps) {
      const double r = zr * zr - zi * zi + cr;
      zi = 2 * zr * zi + ci;
      zr = r;
    }
    total += steps;
  }
  return total;
}

// Weighted by the row, so that two rows exchanged do not go unseen.
inline std::uint64_t weigh(std::uint64_t row, std::uint64_t steps) noexcept { return (row + 1) * steps; }

inline run_outcome run(std::uint64_t size, random_source&) {
  std::uint64_t expected = 0;
  for (std::uint64_t y = 0; y != size; ++y) expected += weigh(y, steps_in_row(y, size));
  const stopwatch watch;
  chan<std::uint64_t> rows(workers);
  chan<row_sum> done(workers);
  go([rows, size] {
    for (std::uint64_t y = 0; y != size; ++y) rows.send(y);
    rows.close();
  });
  for (unsigned w = 0; w != workers; ++w) {
    go([rows, done, size] {
      for (std::uint64_t y : rows) done.send({y, steps_in_row(y, size)});
    });
  }
  std::uint64_t got = 0;
  for (std::uint64_t y = 0; y != size; ++y) {
    const row_sum one = done.recv();
    got += weigh(one.number, one.steps);
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(expected), .got = std::to_string(got)};
}

inline workload row() {
  return {.name = "mandelbrot",
          .unit = "us/row",
          .ns_per_unit = 1e3,
          .default_size = 64,
          .most_size = 4096,
          .uses = {"run_queue", "idle", "victim", "parker", "channel_buffer"},
          .needs = {"channel_buffer:mpmc"},
          .about = "rows of the Mandelbrot set through a pipeline with eight workers; size: the image's side",
          .run = &run};
}

}  // namespace stealyard::bench::mandelbrot

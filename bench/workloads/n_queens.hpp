// n_queens: in how many ways n queens stand on a board unattacked; a goroutine for each placement in the first rows.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <array>

namespace stealyard::bench::n_queens {

inline constexpr unsigned parallel_rows = 4;

// Attacked columns of the next row, and what its diagonals bring, a bit a column.
struct board {
  std::uint32_t columns = 0, left = 0, right = 0;
  board with(std::uint32_t queen) const noexcept { return {columns | queen, (left | queen) << 1, (right | queen) >> 1}; }
  std::uint32_t free(std::uint32_t all) const noexcept { return all & ~(columns | left | right); }
};

inline std::uint64_t count(board b, std::uint32_t all) noexcept {
  if (b.columns == all) return 1;
  std::uint64_t found = 0;
  for (std::uint32_t open = b.free(all); open != 0; open &= open - 1) found += count(b.with(open & -open), all);
  return found;
}

inline std::uint64_t count_in_parallel(board b, std::uint32_t all, unsigned row) {
  if (row == parallel_rows || b.columns == all) return count(b, all);
  std::array<std::uint64_t, 32> found{};
  wait_group joined;
  std::size_t children = 0;
  for (std::uint32_t open = b.free(all); open != 0; open &= open - 1) {
    joined.go([&into = found[children++], next = b.with(open & -open), all, row] { into = count_in_parallel(next, all, row + 1); });
  }
  joined.wait();
  std::uint64_t sum = 0;
  for (std::uint64_t one : found) sum += one;
  return sum;
}

inline constexpr std::uint64_t solutions[] = {0,   1,   0,    0,     2,     10,     4,       40,      92,
                                              352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512};  // OEIS A000170

inline run_outcome run(std::uint64_t size, random_source&) {
  const auto all = static_cast<std::uint32_t>((std::uint64_t{1} << size) - 1);
  const stopwatch watch;
  const std::uint64_t got = count_in_parallel({}, all, 0);
  return {.elapsed_ns = watch.ns(), .operations = 1, .expected = std::to_string(solutions[size]), .got = std::to_string(got)};
}

inline workload row() {
  return {.name = "n_queens",
          .unit = "ms/run",
          .ns_per_unit = 1e6,
          .default_size = 10,
          .most_size = 16,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "all placements of n queens, a goroutine for each in the first four rows; size: the board's side",
          .run = &run};
}

}  // namespace stealyard::bench::n_queens

// Micro-benchmarks of a context switch, by raw jumps between two stacks.
#pragma once
#include "bench/harness/micro.hpp"
#include "core/contract/context_switch.hpp"

#include <cstdlib>
#include <memory>

namespace stealyard::micro::context_switch_suite {

inline constexpr std::size_t stack_bytes = 64 << 10;

inline void* word(std::uint64_t value) noexcept { return reinterpret_cast<void*>(value); }
inline std::uint64_t value(void* word) noexcept { return reinterpret_cast<std::uint64_t>(word); }

// The guest sends back one more than it is sent.
template <class S>
struct host_and_guest {
  typename S::context host;
  typename S::context guest;
  std::unique_ptr<std::byte[]> memory{new std::byte[stack_bytes]};

  // Its first arg says where the pair is.
  [[noreturn]] static void entry(void* self) {
    auto& pair = *static_cast<host_and_guest*>(self);
    void* arg = S::jump(pair.guest, pair.host, nullptr);
    for (;;) arg = S::jump(pair.guest, pair.host, word(value(arg) + 1));
  }
  void restart() noexcept { S::make(guest, memory.get(), stack_bytes, &entry); }
  [[gnu::always_inline]] void* to_guest(void* arg) noexcept { return S::jump(host, guest, arg); }
};

// Two switches an answer.
template <class S>
[[gnu::noinline]] run_outcome there_and_back(std::uint64_t size, random_source&) {
  host_and_guest<S> pair;
  pair.restart();
  pair.to_guest(&pair);
  std::uint64_t sum = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i < size; i += 2) sum += value(pair.to_guest(word(i)));
  const double elapsed = watch.ns();
  const std::uint64_t trips = (size + 1) / 2;
  return {.elapsed_ns = elapsed, .operations = 2 * trips, .expected = std::to_string(trips * trips), .got = std::to_string(sum)};
}

// A computation that begins, and is dropped at its first switch back.
template <class S>
[[gnu::noinline]] run_outcome begin(std::uint64_t size, random_source&) {
  host_and_guest<S> pair;
  std::uint64_t answered = 0;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != size; ++i) {
    pair.restart();
    if (pair.to_guest(&pair) == nullptr) ++answered;
  }
  return {.elapsed_ns = watch.ns(), .operations = size, .expected = std::to_string(size), .got = std::to_string(answered)};
}

template <class S>
void add(const char* name) {
  suite s("context_switch", name);
  s.add({.name = "jump",
         .about = "to another stack and back, two switches; size: switches",
         .default_size = 50'000,
         .most_size = 1'000'000'000,
         .run = &there_and_back<S>,
         .quick = true});
  s.add({"begin", "make a context, enter it, and come back; size: beginnings", 20'000, 1'000'000'000, &begin<S>});
}

}  // namespace stealyard::micro::context_switch_suite

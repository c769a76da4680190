// prime_sieve: numbers flow through a chain of filters, one goroutine a prime, over unbuffered channels.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

namespace stealyard::bench::prime_sieve {

// The n-th prime, n >= 1, by trial division: what the chain must say.
inline std::uint64_t nth_prime(std::uint64_t n) {
  std::vector<std::uint64_t> primes;
  for (std::uint64_t candidate = 2; primes.size() != n; ++candidate) {
    bool prime = true;
    for (std::uint64_t p : primes) {
      if (p * p > candidate) break;
      if (candidate % p == 0) {
        prime = false;
        break;
      }
    }
    if (prime) primes.push_back(candidate);
  }
  return primes.back();
}

// The last prime of the chain, and its length. The numbers end at the prime asked for, so that every filter ends too.
inline run_outcome run(std::uint64_t size, random_source&) {
  const std::uint64_t last = nth_prime(size);
  const stopwatch watch;
  chan<std::uint64_t> numbers;
  go([numbers, last] {
    for (std::uint64_t i = 2; i <= last; ++i) numbers.send(i);
    numbers.close();
  });
  std::uint64_t found = 0, largest = 0;
  for (chan<std::uint64_t> in = numbers;;) {
    const auto [prime, open] = in.recv_ok();
    if (!open) break;
    ++found;
    largest = prime;
    chan<std::uint64_t> out;
    go([in, out, divisor = prime] {
      for (std::uint64_t i : in) {
        if (i % divisor != 0) out.send(i);
      }
      out.close();
    });
    in = out;
  }
  return {.elapsed_ns = watch.ns(),
          .operations = 1,
          .expected = std::to_string(size) + " primes up to " + std::to_string(last),
          .got = std::to_string(found) + " primes up to " + std::to_string(largest)};
}

inline workload row() {
  return {.name = "prime_sieve",
          .unit = "ms/run",
          .ns_per_unit = 1e6,
          .default_size = 200,
          .most_size = 10'000,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "a chain of filters over unbuffered channels, a goroutine a prime; size: primes",
          .run = &run};
}

}  // namespace stealyard::bench::prime_sieve

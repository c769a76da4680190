// variations: programs from programs: every choice of orders, every single step up in strength, random ones; and the interleavings of one.
#pragma once
#include "stress/litmus/program.hpp"

#include <cstdint>
#include <functional>

namespace stealyard::litmus {

// Calls f with every program that differs from p in its orders only: loads relaxed, acquire, seq_cst; stores relaxed, release, seq_cst;
// read-modify-writes relaxed, acq_rel, seq_cst (a compare_exchange fails as a load of that strength); fences acquire, release, seq_cst.
// Stops after `most` programs; 3^n for n atomic instructions.
void each_order(const program& p, std::size_t most, const std::function<void(const program&)>& f);

// Calls f with every program that has one order of p strengthened by one step.
void each_strengthening(const program& p, const std::function<void(const program&)>& f);

program all_seq_cst(program p);

// splitmix64: the n-th program of a seed is the same everywhere.
class random_programs {
  std::uint64_t state_;
  std::uint64_t next() noexcept;
  unsigned below(unsigned n) noexcept { return static_cast<unsigned>(next() % n); }
  instruction draw(unsigned locations, unsigned plain, std::int8_t fresh);

 public:
  explicit random_programs(std::uint64_t seed) : state_(seed) {}
  // 2 to 4 threads, at most `instructions` in all, 1 to 3 locations; one in eight has a plain location.
  program draw(unsigned instructions);
};

// Every outcome of running the threads one instruction at a time, all orders ignored: what seq_cst throughout must give.
verdict interleavings(const program& p);

}  // namespace stealyard::litmus

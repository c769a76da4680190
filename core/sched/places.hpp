// places: where on the machine each worker is, how far they are from one another, and whether threads are bound there.
#pragma once
#include "core/topology/topology.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace stealyard::sched {

class worker_places {
 public:
  // Of some number of workers.
  struct plan {
    std::vector<unsigned> pus;
    std::vector<std::uint32_t> distances;  // row by row
  };

  worker_places(topology::machine machine, unsigned workers, bool pin) : machine_(std::move(machine)), pin_(pin), now_(planned(workers)) {}

  plan planned(unsigned workers) const;
  // While no thread is in a worker, nor enters one.
  void swap(plan& other) noexcept { std::swap(now_, other); }

  std::uint32_t distance(unsigned a, unsigned b) const noexcept { return now_.distances[std::size_t{a} * now_.pus.size() + b]; }

  // The calling thread is about to enter the worker. One system call, if threads are to be bound.
  void bind_here(unsigned worker) const {
    if (pin_) (void)machine_.bind_this_thread(now_.pus[worker]);
  }
  void unbind_here() const {
    if (pin_) (void)machine_.unbind_this_thread();
  }

 private:
  topology::machine machine_;
  bool pin_;
  plan now_;
};

}  // namespace stealyard::sched

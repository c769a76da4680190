// chan_edges: which operations of one channel Go's memory model orders, told to TSan in a tsan-go build (core/fiber/go_edges.hpp);
// elsewhere nothing. With capacity C and mutex_ring exactly: the k-th send goes before the k-th receive, that before the (k+C)-th
// send; close goes before a receive that returns because of it. Each call under the channel's lock, in the name of the caller.
// A lock-free buffer does not say which operation was the k-th: there every operation is ordered with every other. That reports
// nothing falsely, and overlooks what relies on too much.
#pragma once
#include "core/fiber/go_edges.hpp"

#include <cstddef>

#if defined(STEALYARD_TSAN_GO)

#include <memory>
#include <utility>

namespace stealyard {

class chan_edges {
  using clock = fiber::sync_clock;
  std::unique_ptr<clock[]> slots_;  // of the k-th slot: its last send, or receive
  std::size_t capacity_ = 0;
  std::size_t sends_ = 0, receives_ = 0;
  clock closed_;
  clock all_;  // of a lock-free buffer

  void passes(clock& slot) noexcept {
    slot.acquire();
    slot.release();
  }

 public:
  void begin(std::size_t capacity) {
    capacity_ = capacity;
    if (capacity != 0) slots_ = std::make_unique<clock[]>(capacity);
  }
  void pushes() noexcept { passes(slots_[sends_++ % capacity_]); }
  void pops() noexcept { passes(slots_[receives_++ % capacity_]); }
  // For a sender that waited, into the slot just emptied. (The edge from that receive is its waking.)
  void pushes_for(clock& sender) noexcept { slots_[sends_++ % capacity_] = std::move(sender); }
  // To a receiver that waited: as if through the buffer, or, unbuffered, its receive goes before this send completes.
  // (The edge to it is its waking.)
  void hands_to(clock& receiver) noexcept {
    if (capacity_ == 0) return receiver.acquire();
    slots_[sends_ % capacity_].acquire();
    slots_[sends_ % capacity_] = std::move(receiver);
    ++sends_;
    ++receives_;
  }
  void closes() noexcept { closed_.release(), all_.merge(); }
  void sees_closed() noexcept { closed_.acquire(); }

  class passage {
    chan_edges& edges_;

   public:
    explicit passage(chan_edges& edges) noexcept : edges_(edges) { edges_.all_.merge(); }
    ~passage() { edges_.all_.acquire(); }
    passage(const passage&) = delete;
    passage& operator=(const passage&) = delete;
  };
};

}  // namespace stealyard

#else

namespace stealyard {

struct chan_edges {
  void begin(std::size_t) noexcept {}
  void pushes() noexcept {}
  void pops() noexcept {}
  void pushes_for(fiber::sync_clock&) noexcept {}
  void hands_to(fiber::sync_clock&) noexcept {}
  void closes() noexcept {}
  void sees_closed() noexcept {}
  struct passage {
    explicit passage(chan_edges&) noexcept {}
  };
};

}  // namespace stealyard

#endif

// channel_model: what channels do, sequentially, and when those who wait at them may wait for ever.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/model/linearizability.hpp"

namespace stealyard::model {

inline constexpr unsigned most_channels = 2;

// Of one thread, bit i for channel i: where it waits, until one of these proceeds.
struct waiting_for {
  unsigned to_send = 0, to_receive = 0;
};

// Operations 's' send, 'r' receive, 'c' close, each `on` a channel, and 'n': a select found no case that could proceed.
// Without a buffer, a send and the receive of its element are neighbours: nothing stands between them.
class channel_model {
  struct one {
    const channel_buffer_claims* claims = nullptr;
    unsigned capacity = 0;
    bool closed = false;
    sequence items{};

    bool room() const noexcept { return capacity != 0 && items.size() != capacity; }
    bool handing_over() const noexcept { return capacity == 0 && items.size() != 0; }
    bool send(const operation& op) noexcept {
      switch (op.result) {
        case outcome::ok:
          return !closed && (capacity == 0 || room()) && items.push(op.value);
        case outcome::full:  // nobody knows when a receiver begins to wait
          return !closed && (!room() || (claims->spurious_full && op.overlapped));
        default:
          return op.result == outcome::closed && closed;
      }
    }
    bool receive(const operation& op) noexcept {
      switch (op.result) {
        case outcome::ok:
          return items.take(item_order::fifo, op.value);
        case outcome::empty:
          return (items.size() == 0 && !closed) || (claims->spurious_empty && op.overlapped);
        default:
          return op.result == outcome::closed && closed && items.size() == 0;
      }
    }
  };
  std::array<one, most_channels> channels_{};
  unsigned count_ = 0;
  const std::array<waiting_for, world::max_model_threads>* waiting_;

 public:
  explicit channel_model(const std::array<waiting_for, world::max_model_threads>& waiting) noexcept : waiting_(&waiting) {}
  void add(const channel_buffer_claims& claims, unsigned capacity) noexcept {
    channels_[count_++] = {.claims = &claims, .capacity = capacity};
  }

  bool step(const operation& op) noexcept {
    for (unsigned i = 0; i != count_; ++i) {
      if (channels_[i].handing_over() && (op.letter != 'r' || op.on != i || op.result != outcome::ok)) return false;
    }
    one& c = channels_[op.on];
    switch (op.letter) {
      case 's':
        return c.send(op);
      case 'r':
        return c.receive(op);
      case 'c':
        return op.flag == !std::exchange(c.closed, true);
      default:
        return true;  // each case was tried at a moment of its own: no promise beyond what the operations themselves show
    }
  }
  std::uint64_t key() const noexcept {
    std::uint64_t k = 0;
    for (const one& c : channels_) k = k * 1'000'003 + c.items.key() * 2 + (c.closed ? 1 : 0);
    return k;
  }
  // Nobody waits for what could be: a channel that is closed, room, an element, or on a channel without a buffer each other.
  bool may_rest() const noexcept {
    for (unsigned i = 0; i != count_; ++i) {
      const one& c = channels_[i];
      if (c.handing_over()) return false;
      unsigned senders = 0, receivers = 0, both = 0;
      for (const waiting_for& w : *waiting_) {
        const bool sends = (w.to_send >> i & 1) != 0, receives = (w.to_receive >> i & 1) != 0;
        senders += sends ? 1 : 0;
        receivers += receives ? 1 : 0;
        both += sends && receives ? 1 : 0;
      }
      if (c.closed && senders + receivers != 0) return false;
      if (c.room() && senders != 0) return false;
      if (c.items.size() != 0 && receivers != 0) return false;
      // A sender and a receiver that are two.
      if (c.capacity == 0 && senders != 0 && receivers != 0 && !(senders == 1 && receivers == 1 && both == 1)) return false;
    }
    return true;
  }
};

}  // namespace stealyard::model

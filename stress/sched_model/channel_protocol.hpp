// The channel's protocol over a lock-free buffer (core/go/chan_core.hpp, F1 to F3 and W1 to W3), with threads as its users: two senders,
// one receiver that ranges until close, capacity 1. Nobody sleeps for ever, each element arrives once, the order of each sender is kept.
#pragma once
#include "core/go/chan_core.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class P, template <class, class> class Buffer>
class channel_protocol final : public scenario {
  using element = std::uint32_t;
  using buffer = buffer_box<Buffer<checked, element>, element>;
  static constexpr unsigned senders = 2;
  static constexpr unsigned each = 2;

 public:
  static constexpr unsigned threads = senders + 1;

  channel_protocol() : channel_(1, std::make_unique<buffer>(1)) {
    P::forget_workers();
    for (auto& p : payload_) p.put(0u);
  }

  void thread(unsigned index) override {
    if (index < senders) {
      send(index);
    } else {
      receive();
    }
  }
  void after() override {
    for (unsigned i = 0; i != senders * each; ++i) require(seen_[i] == 1, "an element did not arrive exactly once");
  }

 private:
  void send(unsigned who) {
    for (unsigned i = 0; i != each; ++i) {
      element e = who * each + i;
      payload_[e].poke() = e + 1;
      require(channel_.send(e, "send") == outcome::ok, "send on a channel that nobody closed says closed");
    }
    if (ended_.fetch_add(1u, acq_rel) + 1 == senders) require(channel_.close(), "the only close says it was closed before");
  }
  void receive() {
    unsigned next[senders] = {};
    for (;;) {
      landing<element> got;
      if (channel_.recv(got, "recv") != outcome::ok) break;
      require(payload_[*got].peek() == *got + 1, "received before what its sender wrote could be seen");
      ++seen_[*got];
      require(*got % each == next[*got / each]++, "the elements of one sender arrived out of order");
    }
  }

  chan_core<P, element> channel_;
  checked::plain<std::uint32_t> payload_[senders * each];
  unsigned seen_[senders * each] = {};
  atomic<checked, std::uint32_t> ended_{0};
};

}  // namespace stealyard::model

// Selects over a channel without buffer and one with, as threads: the product's cases (core/go/select_core.hpp), channels and selectors.
//   exchange  thread 0 receives four elements, one channel standing twice in its select; threads 1 and 2 send two each, one of them by
//             select. Nobody sleeps for ever, each element arrives once, and afterwards no list holds anybody.
//   meeting   two threads, each of which would send to or receive from the same channel: one sends, the other receives, never to itself.
#pragma once
#include "stress/sched_model/select_rows.hpp"

namespace stealyard::model {

using selected_element = std::uint32_t;

// One select that may wait, over channels that nobody closes.
template <class P, class Selector, std::size_t Count>
std::size_t select_of(select_row<P> (&&rows)[Count]) {
  const selected what = select_among<P, Selector>(rows, Count, true);
  require(what.chosen < Count && what.result == outcome::ok, "a select over open channels did not proceed");
  return what.chosen;
}

// Buffer::type<T>: what b keeps its element in; null: mutex_ring.
template <class P, class Selector, class Buffer>
class select_exchange final : public scenario {
  using channel = chan_core<P, selected_element>;
  static constexpr unsigned count = 4;

 public:
  static constexpr unsigned threads = 3;

  select_exchange() : a_(0, nullptr), b_(1, Buffer::template make<selected_element>()) {
    P::forget_workers();
    for (auto& p : payload_) p.put(0u);
  }
  void thread(unsigned index) override {
    switch (index) {
      case 0:
        for (unsigned i = 0; i != count; ++i) receive();
        break;
      case 1:
        for (selected_element e : {0u, 1u}) {
          payload_[e].poke() = e + 1;
          select_of<P, Selector>({{&a_, &selected_send<P, selected_element>, &e}, {&b_, &selected_send<P, selected_element>, &e}});
        }
        break;
      default:
        for (selected_element e : {2u, 3u}) {
          payload_[e].poke() = e + 1;
          require((e == 2 ? a_ : b_).send(e, "send") == outcome::ok, "send on an open channel failed");
        }
    }
  }
  void after() override {
    for (const unsigned n : seen_) require(n == 1, "an element did not arrive exactly once");
    require(a_.deserted() && b_.deserted(), "a select left a waiter behind");
  }

 private:
  void receive() {
    landing<selected_element> got[3];
    const std::size_t i = select_of<P, Selector>({{&a_, &selected_receive<P, selected_element>, &got[0]},
                                                  {&b_, &selected_receive<P, selected_element>, &got[1]},
                                                  {&a_, &selected_receive<P, selected_element>, &got[2]}});
    for (std::size_t other = 0; other != 3; ++other)
      require(got[other].has_value() == (other == i), "not exactly the chosen case received");
    require(payload_[*got[i]].peek() == *got[i] + 1, "received before what its sender wrote could be seen");
    ++seen_[*got[i]];
  }

  channel a_, b_;
  checked::plain<std::uint32_t> payload_[count];
  unsigned seen_[count] = {};
};

template <class P, class Selector>
class select_meeting final : public scenario {
  static constexpr unsigned rounds = 2;

 public:
  static constexpr unsigned threads = 2;

  select_meeting() : c_(0, nullptr) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (unsigned i = 0; i != rounds; ++i) {
      selected_element mine = index;
      landing<selected_element> got;
      const std::size_t chosen =
          select_of<P, Selector>({{&c_, &selected_send<P, selected_element>, &mine}, {&c_, &selected_receive<P, selected_element>, &got}});
      require(got.has_value() == (chosen == 1), "not exactly the chosen case received");
      require(!got || *got != index, "a select received from itself");
      ++(chosen == 0 ? sent_ : received_)[index];
    }
  }
  void after() override {
    require(sent_[0] == received_[1] && sent_[1] == received_[0], "sent and received do not match");
    require(c_.deserted(), "a select left a waiter behind");
  }

 private:
  chan_core<P, selected_element> c_;
  unsigned sent_[threads] = {};
  unsigned received_[threads] = {};
};

}  // namespace stealyard::model

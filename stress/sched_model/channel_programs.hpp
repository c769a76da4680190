// Programs on whole channels (core/go/chan_core.hpp) and selects over them (core/go/select_core.hpp), with threads as their users. What
// is checked, of every execution:
//   linearizable over happens-before against a bounded queue with close; without a buffer, against a meeting (channel_model)
//   nobody waits for ever who need not: where all that is left waits, nothing that anybody waits for is possible
//   each element arrives once, and none outlives its channel; the race detector watches each on its way
//   Go's edges: a send before its receive completes; without a buffer, a receive before its send completes; with one and a single sender,
//   the k-th receive before the (k + capacity)-th send completes; close before a receive that it ends afterwards no list holds anybody
//
//   chan     s send   r receive   t try_send   y try_recv   c close   l length
//   select   on a channel without buffer (a) and one with (b):  s send to a   t send to b   r receive from a   y receive from b   c close a
//            S select of both sends   R of both receives   M send to a, or receive from a   X send to a, or receive from b   D as R, not
//            waiting
#pragma once
#include "stress/model/suite.hpp"
#include "stress/sched_model/channel_model.hpp"
#include "stress/sched_model/select_rows.hpp"

#include <algorithm>

namespace stealyard::model {

inline constexpr unsigned most_sends = 7;  // of one thread

// An element that the race detector follows, and that is counted.
class watched_element {
  checked::plain<unsigned> id_;

 public:
  static inline int alive = 0;
  explicit watched_element(unsigned id) noexcept { id_.put(id), ++alive; }
  watched_element(watched_element&& other) noexcept { id_.put(std::exchange(other.id_.poke(), 0u)), ++alive; }
  watched_element& operator=(watched_element&& other) noexcept {
    id_.poke() = std::exchange(other.id_.poke(), 0u);
    return *this;
  }
  ~watched_element() { --alive; }
  unsigned id() const noexcept { return id_.peek(); }
};

template <class P>
class channel_harness : public scenario {
 protected:
  using element = watched_element;
  using channel = chan_core<P, element>;

  const program& program_;
  std::unique_ptr<channel> channels_[most_channels];
  unsigned capacity_[most_channels] = {};
  unsigned count_ = 0;
  history history_;
  std::array<waiting_for, world::max_model_threads> waiting_{};
  channel_model model_{waiting_};
  unsigned sent_[world::max_model_threads] = {};

  explicit channel_harness(const program& p) : program_(p) {
    P::forget_workers();
    element::alive = 0;
  }
  void add_channel(const channel_buffer_claims& claims, unsigned capacity, std::unique_ptr<abstract_buffer<element>> buffer) {
    channels_[count_] = std::make_unique<channel>(capacity, std::move(buffer));
    capacity_[count_++] = capacity;
    model_.add(claims, capacity);
  }

  unsigned new_id(unsigned me) { return me * most_sends + ++sent_[me]; }
  static operation begin(char letter, unsigned on, const char* verb, unsigned id = 0) {
    operation op = history::begin(letter, verb, static_cast<std::uint8_t>(id));
    op.on = static_cast<std::uint8_t>(on);
    return op;
  }

  void send(unsigned me, unsigned on, bool waits) {
    element e(new_id(me));
    operation op = begin('s', on, waits ? "send" : "try_send", e.id());
    waiting_[me].to_send = waits ? 1u << on : 0u;
    op.result = waits ? channels_[on]->send(e, "send") : channels_[on]->try_send(e);
    waiting_[me] = {};
    history_.end(op);
    require((e.id() == 0) == (op.result == outcome::ok), "a send took the element without ok, or said ok and left it");
  }
  outcome receive(unsigned me, unsigned on, bool waits) {
    landing<element> into;
    operation op = begin('r', on, waits ? "recv" : "try_recv");
    waiting_[me].to_receive = waits ? 1u << on : 0u;
    op.result = waits ? channels_[on]->recv(into, "recv") : channels_[on]->try_recv(into);
    waiting_[me] = {};
    finish_receive(op, into);
    return op.result;
  }
  void finish_receive(operation& op, const landing<element>& into) {
    require(into.has_value() == (op.result == outcome::ok), "a receive gave an element without ok, or ok without one");
    if (into) op.value = static_cast<std::uint8_t>(into->id());
    history_.end(op);
    require(op.result != outcome::ok || op.value != 0, "an element arrived that nobody sent, or that had arrived before");
  }
  void close(unsigned on) {
    operation op = begin('c', on, "close");
    history_.end(op, channels_[on]->close());
  }

  // One select: sends to the channels of one set, receives from those of another.
  template <class Selector>
  void select(unsigned me, unsigned to_send, unsigned to_receive, bool waits) {
    select_row<P> rows[2 * most_channels];
    std::size_t count = 0;
    landing<element> into[most_channels];
    std::optional<element> out[most_channels];
    unsigned ids[most_channels] = {};
    for (unsigned i = 0; i != count_; ++i) {
      if ((to_send >> i & 1) != 0) {
        ids[i] = new_id(me);
        rows[count++] = {channels_[i].get(), &selected_send<P, element>, &out[i].emplace(ids[i])};
      }
      if ((to_receive >> i & 1) != 0) rows[count++] = {channels_[i].get(), &selected_receive<P, element>, &into[i]};
    }
    operation op = begin('n', 0, "select");
    waiting_[me] = {waits ? to_send : 0u, waits ? to_receive : 0u};
    const selected what = select_among<P, Selector>(rows, count, waits);
    waiting_[me] = {};
    op.result = what.chosen == no_case ? outcome::empty : what.result;
    require(!waits || what.chosen < count, "a select that may wait chose nothing");
    for (unsigned i = 0, row = 0; i != count_; ++i) {
      if ((to_send >> i & 1) != 0) {
        const bool sent = row++ == what.chosen;
        if (sent) op.letter = 's', op.on = static_cast<std::uint8_t>(i), op.value = static_cast<std::uint8_t>(ids[i]);
        require((out[i]->id() == 0) == (sent && what.result == outcome::ok), "not exactly the chosen case sent");
      }
      if ((to_receive >> i & 1) != 0) {
        const bool received = row++ == what.chosen;
        if (received) op.letter = 'r', op.on = static_cast<std::uint8_t>(i);
        require(into[i].has_value() == (received && what.result == outcome::ok), "not exactly the chosen case received");
        if (into[i]) op.value = static_cast<std::uint8_t>(into[i]->id());
      }
    }
    history_.end(op);
  }

  bool may_rest() override { return explained(); }
  void after() override {
    for (unsigned i = 0; i != count_; ++i) {
      require(channels_[i]->deserted(), "a list holds somebody who is gone");
      for (unsigned tries = 0; receive(0, i, false) == outcome::ok; ++tries) require(tries != most_sends * 4, "more arrives than was sent");
    }
    require(explained(), "no order of the operations gives these results");
    for (auto& c : channels_) c.reset();
    require(element::alive == 0, "an element outlives its channel, or died twice");
  }

 private:
  bool explained() {
    if (!linearizable(history_, model_)) return false;
    for (unsigned r = 0; r != history_.size(); ++r) {
      const operation& received = history_[r];
      if (received.letter != 'r') continue;
      if (received.result == outcome::closed) check_close(received);
      if (received.result != outcome::ok) continue;
      for (unsigned s = 0; s != history_.size(); ++s) {
        const operation& sent = history_[s];
        if (sent.letter == 's' && sent.result == outcome::ok && sent.value == received.value) check_pair(sent, received);
      }
    }
    return true;
  }
  void check_close(const operation& received) const {
    bool some = false;
    for (unsigned i = 0; i != history_.size(); ++i) {
      const operation& c = history_[i];
      some = some || (c.letter == 'c' && c.on == received.on && c.flag && received.sees(c));
    }
    require(some, "a receive that close ended does not see what came before the close");
  }
  void check_pair(const operation& sent, const operation& received) const {
    require(received.sees(sent), "a receive does not see what came before its send");
    const unsigned capacity = capacity_[sent.on];
    if (capacity == 0) require(sent.sees(received), "a send without buffer does not see what came before its receive");
    if (capacity == 0 || !only_sender(sent)) return;
    // The send that this receive made room for.
    unsigned ahead = 0;
    for (unsigned i = 0; i != history_.size(); ++i) {
      const operation& other = history_[i];
      if (other.letter != 's' || other.on != sent.on || other.result != outcome::ok || other.value <= sent.value) continue;
      if (++ahead == capacity) require(other.sees(received), "a send does not see what came before the receive that made its room");
    }
  }
  bool only_sender(const operation& sent) const {
    for (unsigned i = 0; i != history_.size(); ++i) {
      const operation& other = history_[i];
      if (other.letter == 's' && other.on == sent.on && other.result == outcome::ok && other.thread != sent.thread) return false;
    }
    return true;
  }
};

// Buffer::make<T>(capacity): what the elements are kept in; null: mutex_ring.
template <class P, class Buffer>
class channel_program final : public channel_harness<P> {
  using base = channel_harness<P>;

 public:
  explicit channel_program(const program& p) : base(p) {
    const unsigned capacity = Buffer::capacity(p.capacity);
    this->add_channel(Buffer::claims, capacity, Buffer::template make<typename base::element>(capacity));
  }
  void thread(unsigned index) override {
    for (const char letter : this->program_.threads[index]) {
      switch (letter) {
        case 's':
        case 't':
          this->send(index, 0, letter == 's');
          break;
        case 'r':
        case 'y':
          (void)this->receive(index, 0, letter == 'r');
          break;
        case 'c':
          this->close(0);
          break;
        default:
          require(this->channels_[0]->length() <= this->capacity_[0], "length() above the capacity");
          break;
      }
    }
  }
};

template <class P, class Selector, class Buffer>
class select_program final : public channel_harness<P> {
  using base = channel_harness<P>;
  static constexpr unsigned a = 1, b = 2;

 public:
  explicit select_program(const program& p) : base(p) {
    this->add_channel(Buffer::claims, 0, nullptr);
    this->add_channel(Buffer::claims, p.capacity, Buffer::template make<typename base::element>(p.capacity));
  }
  void thread(unsigned index) override {
    for (const char letter : this->program_.threads[index]) {
      switch (letter) {
        case 's':
        case 't':
          this->send(index, letter == 't' ? 1 : 0, true);
          break;
        case 'r':
        case 'y':
          (void)this->receive(index, letter == 'y' ? 1 : 0, true);
          break;
        case 'c':
          this->close(0);
          break;
        case 'S':
          this->template select<Selector>(index, a | b, 0, true);
          break;
        case 'R':
          this->template select<Selector>(index, 0, a | b, true);
          break;
        case 'M':
          this->template select<Selector>(index, a, a, true);
          break;
        case 'X':
          this->template select<Selector>(index, a, b, true);
          break;
        default:
          this->template select<Selector>(index, 0, a | b, false);
          break;
      }
    }
  }
};

}  // namespace stealyard::model

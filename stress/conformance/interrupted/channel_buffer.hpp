// CB1, CB6 and CB7 of a channel buffer, with another thread's calls before every single step of a call.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/conformance/reference/violation.hpp"
#include "stress/conformance/scripted.hpp"
#include "stress/conformance/support.hpp"

#include <string>

namespace stealyard::conformance::channel_buffer_suite {

// How many threads of n may be at an end, by the claim.
inline unsigned producers_of(arity who, unsigned n) { return who == arity::spsc || who == arity::spmc ? 1 : n; }
inline unsigned consumers_of(arity who, unsigned n) { return who == arity::spsc || who == arity::mpsc ? 1 : n; }

template <class B>
class interrupted {
  B buffer_;
  ledger taken_{64};
  std::uint64_t next_ = 0;
  std::uint64_t others_ = 0;
  bool closed_ = false;  // a call of close has returned
  unsigned closers_ = 0;

  void push(unsigned n) {
    for (; n != 0; --n) {
      std::uint64_t value = next_;
      const bool was_closed = closed_;
      const outcome o = buffer_.try_push(value);
      STEALYARD_REQUIRE(o != outcome::ok || !was_closed, "CB6: a push after close returned ok");
      if (o == outcome::ok) ++next_;
    }
  }
  outcome pop(unsigned n) {
    outcome o = outcome::ok;
    for (; n != 0; --n) {
      landing<std::uint64_t> into;
      o = buffer_.try_pop(into);
      if (o == outcome::ok) STEALYARD_REQUIRE(taken_.take(*into), "CB1: element " << *into << " came out twice, or was never put in");
    }
    return o;
  }
  void close() {
    closers_ += buffer_.close();
    closed_ = true;
  }

 public:
  static constexpr unsigned calls = 5;
  static const char* name(unsigned call) {
    static const char* const names[calls] = {"push", "pop", "close", "three pushes", "three pops"};
    return names[call];
  }
  static bool pushes(unsigned call) { return call == 0 || call == 3; }
  static bool pops(unsigned call) { return call == 1 || call == 4; }
  void call(unsigned which) {
    if (which == 2) return close();
    pushes(which) ? push(which == 0 ? 1 : 3) : static_cast<void>(pop(which == 1 ? 1 : 3));
  }
  interrupted(std::size_t capacity, std::size_t shift, unsigned inside) : buffer_(capacity) {
    for (std::size_t i = 0; i != shift; ++i) push(1), pop(1);
    push(inside);
  }

  bool run(unsigned which, unsigned by, unsigned k) {
    std::string complaint;  // a call of the buffer may not throw
    // Values are numbered as they go in: the interrupted push carries one of its own.
    script::interrupt(k, [&] {
      const std::uint64_t mine = next_;
      if (pushes(which)) next_ = 40;
      try {
        call(by);
      } catch (const reference::violation& v) {
        complaint = v.what();
      }
      others_ = next_;
      if (pushes(which)) next_ = mine;
    });
    call(which);
    const bool happened = script::finish();
    STEALYARD_REQUIRE(complaint.empty(), complaint);
    if (!closed_) close();
    STEALYARD_REQUIRE(closers_ == 1, "CB6: " << closers_ << " calls of close said that they closed");
    const outcome last = pop(20);
    STEALYARD_REQUIRE(last == outcome::closed, "CB7: pop of a closed, drained buffer returned " << last);
    for (std::uint64_t value = 0; value != 64; ++value) {
      const bool sent = value < next_ || (value >= 40 && value < others_);
      STEALYARD_REQUIRE(taken_.count(value) == (sent ? 1u : 0u),
                        "CB1: element " << value << " came out " << taken_.count(value) << " times");
    }
    return happened;
  }
};

template <class B>
void at_every_step() {
  using subject = interrupted<B>;
  if (B::claims.locking == buffer_locking::external) return;  // nobody else is inside
  const arity who = B::claims.who;
  for (unsigned which = 0; which != subject::calls; ++which) {
    for (unsigned by = 0; by != subject::calls; ++by) {
      if (subject::pushes(which) && subject::pushes(by) && producers_of(who, 2) == 1) continue;
      if (subject::pops(which) && subject::pops(by) && consumers_of(who, 2) == 1) continue;
      for (const std::size_t capacity : {1u, 2u, 3u}) {
        for (unsigned inside = 0; inside <= capacity; ++inside) {
          bool happened = true;
          for (unsigned k = 1; happened && k != scripted_steps; ++k) {
            reference::within([&] { happened = subject(capacity, capacity - 1, inside).run(which, by, k); }, subject::name(by),
                              " before step ", k, " of ", subject::name(which), ", ", inside, " of ", capacity, " inside");
          }
        }
      }
    }
  }
}

}  // namespace stealyard::conformance::channel_buffer_suite

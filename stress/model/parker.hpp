// Programs on a parker: thread 0 owns it, the others wake it. Checks PK1 to PK5 of core/contract/parker.hpp: PK1 to PK3 and PK5 by
// linearizability against one bit, PK2 and PK4 by waiting for messages as the scheduler does (a lost wake-up, or a permit that does not
// carry what its waker wrote, is a deadlock) and by the race detector on the messages.
//
//   owner   p wait for one message more, parking as often as it takes   t park with a deadline   w poll
//   waker   u leave a message, unpark
#pragma once
#include "core/contract/parker.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

namespace stealyard::model::parker_suite {

inline constexpr unsigned most_messages = 8;
// Three jumps of the model's clock: a parker that spins first has given that up by then, and sleeps.
inline constexpr nanoseconds_t some_time = 3'000'000'000;

struct sequential {
  bool permit = false;
  bool step(const operation& op) noexcept {
    if (op.letter == 'u') {
      permit = true;
      return true;
    }
    return op.flag == std::exchange(permit, false);
  }
  std::uint64_t key() const noexcept { return permit ? 1 : 0; }
};

template <class Parker>
class run final : public scenario {
  const program& program_;
  Parker parker_;
  history history_;
  checked::atomic<std::uint32_t> left_[most_messages];
  checked::plain<unsigned> payload_[most_messages];
  unsigned messages_ = 0;  // begun
  unsigned consumed_ = 0;  // permits
  unsigned wanted_ = 0;    // messages waited for

  void unpark() {
    const unsigned mine = messages_++;
    payload_[mine].put(1000 + mine);
    left_[mine].store(1, relaxed);
    operation op = history::begin('u', "unpark");
    parker_.unpark();
    history_.end(op, true);
  }
  bool park(const char* verb, nanoseconds_t deadline) {
    operation op = history::begin('p', verb);
    const bool permit = parker_.park(deadline);
    history_.end(op, permit);
    require(permit || deadline != never, "PK5: park(never) returned without a permit");
    require(permit || checked::time() >= deadline, "PK5: park said the deadline passed before it did");
    if (!permit) return false;
    require(++consumed_ <= messages_, "PK1: more permits consumed than unparks begun");
    if (consumed_ == messages_) {  // then each unpark made one of them, and this owner has them all
      for (unsigned i = 0; i != messages_; ++i) payload_[i].peek();
    }
    return true;
  }
  unsigned arrived() const noexcept {
    unsigned n = 0;
    for (const auto& flag : left_) n += flag.load(relaxed);
    return n;
  }
  void wait_for_one_more() {
    ++wanted_;
    while (arrived() < wanted_) park("park", never);
  }

 public:
  explicit run(const program& p) : program_(p) {}
  void thread(unsigned index) override {
    for (char letter : program_.threads[index]) {
      switch (letter) {
        case 'u':
          unpark();
          break;
        case 'p':
          wait_for_one_more();
          break;
        case 't':
          park("park, timed", checked::now() + some_time);
          break;
        default:
          park("poll", 1);
          break;
      }
    }
  }
  void after() override {
    unpark();
    unpark();
    park("poll", 1);
    require(!park("poll", 1), "PK3: two unparks made two permits");
    require(linearizable(history_, sequential{}), "PK2: no order of parks and unparks gives these results");
  }
};

template <template <class> class P>
void add(const char* name) {
  using parker = P<checked>;
  static_assert(contract::parker<parker>);
  add_entry<run<parker>>("parker", name, {});
}

}  // namespace stealyard::model::parker_suite

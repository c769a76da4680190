// Programs on a channel_buffer: producers, consumers, close. Checks CB1 to CB10 of core/contract/channel_buffer.hpp from the claims alone:
// CB1 to CB7 by linearizability against the sequential bounded queue, CB8 by the race detector on what was written around each
// element, CB9 by counting living elements, CB10 at every call and exactly at the end. A buffer that claims external locking is
// driven under W::mutex.
//
//   u try_push   o try_pop   c close   l length
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"

#include <algorithm>

namespace stealyard::model::channel_buffer_suite {

inline constexpr unsigned most_threads = 4;
inline constexpr unsigned most_pushes = 7;  // of one thread
inline constexpr unsigned most_ids = most_threads * most_pushes;
constexpr unsigned producer_of(unsigned id) noexcept { return (id - 1) / most_pushes; }

// Move-only, and counted: an element that is still alive when the buffer is gone was lost inside.
class element {
 public:
  static inline int alive = 0;
  explicit element(unsigned id) noexcept : id_(id) { ++alive; }
  element(element&& other) noexcept : id_(std::exchange(other.id_, 0u)) { ++alive; }
  element& operator=(element&& other) noexcept {
    id_ = std::exchange(other.id_, 0u);
    return *this;
  }
  ~element() { --alive; }
  unsigned id() const noexcept { return id_; }

 private:
  unsigned id_;  // 0: moved from
};

struct sequential {
  const channel_buffer_claims* claims;
  unsigned capacity;
  bool closed = false;
  sequence items{};

  bool take(std::uint8_t id) noexcept {
    if (claims->order != item_order::relaxed_fifo) return items.take(claims->order, id);
    for (unsigned i = 0; i != items.size(); ++i) {
      if (producer_of(items.at(i)) == producer_of(id)) return items.take_at(i, id);  // the oldest of its producer, or nothing
    }
    return false;
  }
  bool push(const operation& op) noexcept {
    switch (op.result) {
      case outcome::ok:
        return !closed && items.size() < capacity && items.push(op.value);
      case outcome::full:
        return !closed && (items.size() == capacity || (claims->spurious_full && op.overlapped));
      case outcome::closed:
        return closed;
      default:
        return op.result == outcome::lost && claims->may_lose && op.overlapped;
    }
  }
  bool pop(const operation& op) noexcept {
    switch (op.result) {
      case outcome::ok:
        return take(op.value);
      case outcome::empty:
        return (items.size() == 0 && !closed) || (claims->spurious_empty && op.overlapped);
      case outcome::closed:
        return closed && items.size() == 0;
      default:
        return op.result == outcome::lost && claims->may_lose && op.overlapped;
    }
  }
  bool step(const operation& op) noexcept {
    switch (op.letter) {
      case 'u':
        return push(op);
      case 'o':
        return pop(op);
      default:
        return op.flag == !std::exchange(closed, true);
    }
  }
  std::uint64_t key() const noexcept { return items.key() * 2 + (closed ? 1 : 0); }
};

template <class Buffer>
class run final : public scenario {
  static constexpr bool locked = Buffer::claims.locking == buffer_locking::external;
  struct cells {
    checked::plain<unsigned> payload[most_ids + 1];
    checked::plain<unsigned> before_pop[most_threads * 8];
    checked::plain<unsigned> before_close;
  };
  struct lock_if_external {
    checked::mutex* lock;
    explicit lock_if_external(checked::mutex& m) noexcept : lock(locked ? &m : nullptr) {
      if (lock != nullptr) lock->lock();
    }
    ~lock_if_external() {
      if (lock != nullptr) lock->unlock();
    }
  };

  const program& program_;
  std::unique_ptr<Buffer> buffer_;
  checked::mutex lock_;
  history history_;
  cells cells_;
  std::array<unsigned, most_threads> pushed_{};    // successes
  std::array<unsigned, most_threads> popping_{};   // the pop each thread is at, or was at last
  std::array<unsigned, most_ids + 1> taken_by_{};  // 1 + the pop that took it
  unsigned producers_ = 0, consumers_ = 0, consumer_ = 0, closes_ = 0;
  int inside_ = 0;

  // CB8: what came before the k-th receive is visible to whoever completed the (k + capacity)-th send. Which these are is known when one
  // thread sends, and the receive has returned or only one thread receives.
  void see_the_receive_that_made_room(unsigned sender, unsigned sent) {
    if (producers_ != 1 || Buffer::claims.order != item_order::fifo || sent <= program_.capacity) return;
    const unsigned id = sender * most_pushes + sent - program_.capacity;
    if (taken_by_[id] != 0) {
      cells_.before_pop[taken_by_[id] - 1].peek();
    } else if (consumers_ == 1) {
      cells_.before_pop[popping_[consumer_]].peek();
    }
  }
  outcome push(unsigned me) {
    const unsigned id = me * most_pushes + pushed_[me] + 1;
    cells_.payload[id].put(1000 + id);
    element e(id);
    operation op;
    {
      const lock_if_external held(lock_);
      op = history::begin('u', "try_push", static_cast<std::uint8_t>(id));
      op.result = buffer_->try_push(e);
      history_.end(op);
    }
    if (op.result != outcome::ok) {
      require(e.id() == id, "try_push took the value though it did not say ok");
      return op.result;
    }
    ++inside_;
    see_the_receive_that_made_room(me, ++pushed_[me]);
    return op.result;
  }
  outcome pop(unsigned me, unsigned attempt) {
    popping_[me] = attempt;
    cells_.before_pop[attempt].put(1u);
    landing<element> into;
    operation op;
    {
      const lock_if_external held(lock_);
      op = history::begin('o', "try_pop");
      op.result = buffer_->try_pop(into);
      op.value = into.has_value() && into->id() <= most_ids ? static_cast<std::uint8_t>(into->id()) : std::uint8_t{0};
      history_.end(op);
    }
    require(into.has_value() == (op.result == outcome::ok), "try_pop gave a value without ok, or ok without a value");
    if (op.result == outcome::closed && closes_ == 1) cells_.before_close.peek();  // CB8; with several, which one it was is not known
    if (op.result != outcome::ok) return op.result;
    require(op.value != 0, "CB1: took an element that nobody pushed");
    require(taken_by_[op.value] == 0, "CB1: took an element that was taken before");
    taken_by_[op.value] = attempt + 1;
    --inside_;
    require(cells_.payload[op.value].take() == 1000u + op.value, "CB8: the payload is not what the producer wrote");
    return op.result;
  }
  void close() {
    if (closes_ == 1) cells_.before_close.put(1u);
    const lock_if_external held(lock_);
    operation op = history::begin('c', "close");
    history_.end(op, buffer_->close());
  }
  void length() {
    const lock_if_external held(lock_);
    require(buffer_->length() <= program_.capacity, "CB10: length() above the capacity");
  }

  // Alone: what is inside comes out, then exactly `capacity` elements fit, unless it is closed.
  void settle() {
    require(static_cast<int>(buffer_->length()) == inside_, "CB10: length() is not exact when nobody is inside");
    unsigned attempt = most_threads * 8 - 1;
    outcome last = outcome::ok;
    for (unsigned tries = 0; last == outcome::ok; ++tries) {
      require(tries != most_ids, "CB1: more comes out than went in");
      last = pop(0, attempt);
    }
    if (last != outcome::empty) return;
    pushed_[0] = most_pushes - program_.capacity - 1;
    producers_ = 0;  // no claim of CB8 about these
    for (unsigned i = 0; i != program_.capacity; ++i) require(push(0) == outcome::ok, "CB3: full before `capacity` elements were inside");
    require(push(0) == outcome::full, "CB3: room for more than `capacity` elements");
  }

 public:
  explicit run(const program& p) : program_(p) {
    element::alive = 0;
    for (unsigned t = 0; t != p.threads.size(); ++t) {
      closes_ += static_cast<unsigned>(std::count(p.threads[t].begin(), p.threads[t].end(), 'c'));
      producers_ += p.threads[t].find('u') != std::string::npos ? 1 : 0;
      if (p.threads[t].find('o') != std::string::npos) ++consumers_, consumer_ = t;
    }
    buffer_ = std::make_unique<Buffer>(p.capacity);
  }
  void thread(unsigned index) override {
    unsigned pops = 0;
    for (char letter : program_.threads[index]) {
      switch (letter) {
        case 'u':
          push(index);
          break;
        case 'o':
          pop(index, index * 8 + pops++);
          break;
        case 'c':
          close();
          break;
        default:
          length();
          break;
      }
    }
  }
  void after() override {
    settle();
    buffer_.reset();
    require(element::alive == 0, "CB9: an element outlives the buffer, or died twice");
    const sequential empty{&Buffer::claims, program_.capacity};
    require(linearizable(history_, empty), "CB2: no order of the operations gives these results");
  }
};

template <template <class, class> class B>
void add(const char* name) {
  using buffer = B<checked, element>;
  static_assert(contract::channel_buffer<buffer, element>);
  add_entry<run<buffer>>("channel_buffer", name, {.who = buffer::claims.who});
}

}  // namespace stealyard::model::channel_buffer_suite

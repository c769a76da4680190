// A negative control: sub-queues, one a producer, behind one lock: correct in every way but that it is not one FIFO queue. Its twin
// claims what it is (relaxed_fifo) and must pass. The idea is moodycamel's ConcurrentQueue (Desrochers, 2014), which promises no more.
#include "stress/load/control.hpp"

#include "stress/load/channel_buffer.hpp"

#include <array>
#include <deque>
#include <mutex>

namespace stealyard::load {

namespace {

template <class W, class T, item_order Claimed>
class per_producer {
  static constexpr std::size_t producers = 4;
  const std::size_t capacity_;
  typename W::mutex mutable lock_;
  std::array<std::deque<T>, producers> queues_;
  std::size_t count_ = 0, turn_ = 0;
  bool closed_ = false;
  using guard = std::lock_guard<typename W::mutex>;

 public:
  static constexpr channel_buffer_claims claims{.order = Claimed, .push = progress::blocking, .pop = progress::blocking};
  explicit per_producer(std::size_t capacity) : capacity_(capacity) {}
  outcome try_push(T& value) noexcept {
    const guard held(lock_);
    if (closed_) return outcome::closed;
    if (count_ == capacity_) return outcome::full;
    queues_[W::self() % producers].push_back(value);
    ++count_;
    return outcome::ok;
  }
  outcome try_pop(landing<T>& into) noexcept {
    const guard held(lock_);
    if (count_ == 0) return closed_ ? outcome::closed : outcome::empty;
    while (queues_[turn_ % producers].empty()) ++turn_;
    std::deque<T>& queue = queues_[turn_++ % producers];
    into.emplace(queue.front());
    queue.pop_front();
    --count_;
    return outcome::ok;
  }
  bool close() noexcept {
    const guard held(lock_);
    return !std::exchange(closed_, true);
  }
  std::size_t length() const noexcept {
    const guard held(lock_);
    return count_;
  }
};

template <class W, class T>
using claims_fifo = per_producer<W, T, item_order::fifo>;
template <class W, class T>
using claims_relaxed = per_producer<W, T, item_order::relaxed_fifo>;

}  // namespace

void add_controls() {
  channel_buffer_suite::add<claims_fifo>("control_per_producer");
  channel_buffer_suite::add<claims_relaxed>("control_per_producer_relaxed");
}

}  // namespace stealyard::load

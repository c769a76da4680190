// global_queue: the scheduler's FIFO of last resort: tasks made ready by foreign threads, overflow of bounded run queues,
// and tasks that yield while others idle. A lock and an intrusive list; workers take batches.
#pragma once
#include "core/sched/task.hpp"

#include <algorithm>
#include <mutex>

namespace stealyard::sched {

template <class P>
class global_queue {
  using W = typename P::world;
  using guard = std::lock_guard<typename W::mutex>;

  typename W::mutex mutex_;
  task<P>* head_ = nullptr;
  task<P>* tail_ = nullptr;
  alignas(line_size) atomic<W, std::uint32_t> length_{0};  // written under mutex_

 public:
  void push(task<P>* t) noexcept {
    t->next = nullptr;
    guard lock(mutex_);
    (head_ == nullptr ? head_ : tail_->next) = t;
    tail_ = t;
    length_.store(length_.load(relaxed) + 1, relaxed);
  }

  // Tasks linked by next, oldest first.
  struct chain {
    task<P>* first = nullptr;
    task<P>* last = nullptr;
    std::uint32_t length = 0;

    void append(task<P>* t) noexcept {
      t->next = nullptr;
      (first == nullptr ? first : last->next) = t;
      last = t;
      ++length;
    }
  };
  void push(const chain& tasks) noexcept {
    guard lock(mutex_);
    (head_ == nullptr ? head_ : tail_->next) = tasks.first;
    tail_ = tasks.last;
    length_.store(length_.load(relaxed) + tasks.length, relaxed);
  }

  // One task for the caller; up to `most` - 1 more go to `sink` in FIFO order.
  template <class Sink>
  task<P>* pop(std::uint32_t most, Sink&& sink) noexcept {
    if (probably_empty()) return nullptr;
    task<P>* first = nullptr;
    task<P>* more = nullptr;
    {
      guard lock(mutex_);
      first = head_;
      if (first == nullptr) return nullptr;
      task<P>* last = first;
      std::uint32_t taken = 1;
      for (; taken < most && last->next != nullptr; ++taken) last = last->next;
      head_ = last->next;
      last->next = nullptr;
      length_.store(length_.load(relaxed) - taken, relaxed);
    }
    more = first->next;
    while (more != nullptr) {
      task<P>* after = more->next;
      sink(more);
      more = after;
    }
    return first;
  }

  bool probably_empty() const noexcept { return length_.load(relaxed) == 0; }
  std::uint32_t length() const noexcept { return length_.load(relaxed); }
};

}  // namespace stealyard::sched

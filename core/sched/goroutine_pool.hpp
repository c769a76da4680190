// goroutine_pool: the memory of goroutines: their control blocks, in slabs that live as long as the scheduler, and their stacks.
// The slow path beneath the workers' own lists.
#pragma once
#include "core/contract/assert.hpp"
#include "core/fiber/fiber.hpp"
#include "core/sched/product.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace stealyard::sched {

class goroutine_pool {
 public:
  static constexpr std::uint32_t batch = 128;  // control blocks handed out at a time
  static constexpr std::uint64_t id_block = 1024;
  static constexpr std::uint32_t stack_batch = 64;

  // `of_main` is where the one stack of the main goroutine comes from: however small the others are, main calls what it likes.
  goroutine_pool(std::unique_ptr<abstract_stack> stacks, std::unique_ptr<abstract_stack> of_main)
      : stacks_(std::move(stacks)), of_main_(std::move(of_main)) {}
  goroutine_pool(const goroutine_pool&) = delete;
  goroutine_pool& operator=(const goroutine_pool&) = delete;
  ~goroutine_pool() {
#if defined(STEALYARD_ASAN)
    for_each_alive([](const product_task& t) noexcept {
      fiber::forget_held({reinterpret_cast<const std::byte*>(&t), sizeof t});
      if (t.stack != nullptr) fiber::forget_held({t.stack->low, t.stack->size});
    });
#endif
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
    // Sanitizers keep a record of every stack, and TSan has room for 8,128: they go with the run.
    for (fiber::fiber* f : created_) fiber::destroy_fiber(f);
#endif
    for (slab* s = slabs_.load(relaxed); s != nullptr;) delete std::exchange(s, s->before);
  }

  // Of every fiber, before it is used: makes room for it among the idle ones, so that giving back cannot fail. bad_alloc: there is none.
  void created([[maybe_unused]] fiber::fiber* f) {
    std::lock_guard lock(mutex_);
    make_room(idle_stacks_, ++stacks_made_);
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
    created_.insert(f);
#endif
  }

  abstract_stack& stacks() noexcept { return *stacks_; }

  // Once, before anything runs. Null: there is no memory for it.
  fiber::fiber* make_main_stack() noexcept;
  // The source that the stack with this lowest byte is from.
  const abstract_stack& source_of(const std::byte* low) const noexcept { return low == main_low_ ? *of_main_ : *stacks_; }
  // Async-signal-safe.
  stack_block guarded_by(const void* address) const noexcept {
    const stack_block of_main = of_main_->guarded_by(address);
    return of_main ? of_main : stacks_->guarded_by(address);
  }

  // How many idle stacks it stored: at most stack_batch, 0 if there are none.
  std::uint32_t take_idle_stacks(fiber::fiber** into) noexcept {
    std::lock_guard lock(mutex_);
    return take_some(idle_stacks_, stack_batch, into);
  }
  void give_idle_stacks(std::span<fiber::fiber* const> given) noexcept {
    std::lock_guard lock(mutex_);
    give_some(idle_stacks_, given);
  }

  // To the system: stacks that no worker has at hand, and slabs whose every control block is idle (their address space stays, for
  // for_each_alive). Bytes. See free_os_memory().
  std::size_t give_back() noexcept;

  // How many control blocks it stored: 1 .. batch.
  std::uint32_t take_batch(product_task** into) {
    std::lock_guard lock(mutex_);
    if (!returned_.empty()) return take_some(returned_, batch, into);
    if (emptied_ != nullptr) {
      slab* again = emptied_;
      emptied_ = again->next_emptied;
      return again->hand_out(into);
    }
    make_room(returned_, blocks_made_ + batch);
    auto* fresh = new slab;
    blocks_made_ += batch;
    fresh->before = slabs_.load(relaxed);
    slabs_.store(fresh, release);  // with for_each_alive
    return fresh->hand_out(into);
  }

  void give_batch(std::span<product_task* const> given) noexcept {
    std::lock_guard lock(mutex_);
    give_some(returned_, given);
  }

  // One control block with a fresh id, for a foreign thread that starts a goroutine.
  product_task& take_one() {
    if (foreign_free_.empty()) foreign_free_.refill([&](product_task** into) { return take_batch(into); });
    product_task& t = foreign_free_.take();
    if (foreign_id_ % id_block == 0) foreign_id_ = take_ids();
    t.id.store(++foreign_id_, release);
    return t;
  }
  std::mutex& foreign_mutex() noexcept { return foreign_mutex_; }  // held around take_one

  // The first of id_block fresh ids, less one.
  std::uint64_t take_ids() noexcept {
    std::lock_guard lock(mutex_);
    const std::uint64_t first = ids_;
    ids_ += id_block;
    return first;
  }

  // Every goroutine that is alive, by id.
  std::vector<product_task*> alive() const;

  // The same in no order; takes no lock and allocates nothing: a signal handler may call it. While others run, a goroutine may end, and
  // its control block be another's, at any moment.
  template <class F>
  void for_each_alive(F&& f) const {
    for (slab* s = slabs_.load(acquire); s != nullptr; s = s->before) {
      for (product_task& t : s->tasks) {
        if (t.id.load(acquire) != 0) f(t);
      }
    }
  }

 private:
  struct slab {
    slab* before = nullptr;
    slab* next_emptied = nullptr;
    product_task tasks[batch];

    std::uint32_t hand_out(product_task** into) noexcept {
      for (std::size_t i = 0; i != batch; ++i) into[i] = &tasks[batch - 1 - i];  // the lowest is taken first
      return batch;
    }
  };

  template <class T>
  static void make_room(std::vector<T*>& idle, std::size_t made) {
    if (idle.capacity() < made) idle.reserve(2 * made);
  }
  template <class T>
  static std::uint32_t take_some(std::vector<T*>& idle, std::uint32_t most, T** into) noexcept {
    const auto n = static_cast<std::uint32_t>(std::min<std::size_t>(most, idle.size()));
    std::copy(idle.end() - n, idle.end(), into);
    idle.resize(idle.size() - n);
    return n;
  }

  template <class T>
  static void give_some(std::vector<T*>& idle, std::span<T* const> given) noexcept {
    STEALYARD_ASSERT(idle.size() + given.size() <= idle.capacity(), "more idle memory of goroutines than was ever made");
    idle.insert(idle.end(), given.begin(), given.end());
  }

  void give_back_stacks() noexcept;
  std::size_t give_back_slabs();

  std::mutex mutex_;
  atomic<real, slab*> slabs_{nullptr};  // only ever grows, under mutex_
  slab* emptied_ = nullptr;             // of these, whose memory the system has: every control block idle, and zero or as recycled
  std::vector<fiber::fiber*> idle_stacks_;  // has room for all that were made, so that giving back cannot fail
  std::vector<product_task*> returned_;     // the same
  std::size_t stacks_made_ = 0;
  std::size_t blocks_made_ = 0;
  std::uint64_t ids_ = 0;
  std::mutex foreign_mutex_;
  shelf<product_task, batch> foreign_free_;
  std::uint64_t foreign_id_ = 0;
  const std::unique_ptr<abstract_stack> stacks_;
  const std::unique_ptr<abstract_stack> of_main_;
  std::byte* main_low_ = nullptr;
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
  std::unordered_set<fiber::fiber*> created_;
#endif
};

}  // namespace stealyard::sched

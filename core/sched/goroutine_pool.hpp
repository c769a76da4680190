// goroutine_pool: the memory of goroutines: their control blocks, in slabs that live as long as the scheduler, and their stacks.
// The slow path beneath the workers' own lists.
#pragma once
#include "core/fiber/fiber.hpp"
#include "core/sched/product.hpp"

#include <memory>
#include <mutex>
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

#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
  void created(fiber::fiber* f) {
    std::lock_guard lock(mutex_);
    created_.insert(f);
  }
#else
  void created(fiber::fiber*) noexcept {}
#endif

  abstract_stack& stacks() noexcept { return *stacks_; }

  // Once, before anything runs. Null: the kernel refused the memory.
  fiber::fiber* make_main_stack() noexcept;
  // The source that the stack with this lowest byte is from.
  const abstract_stack& source_of(const std::byte* low) const noexcept { return low == main_low_ ? *of_main_ : *stacks_; }
  // Async-signal-safe.
  stack_block guarded_by(const void* address) const noexcept {
    const stack_block of_main = of_main_->guarded_by(address);
    return of_main ? of_main : stacks_->guarded_by(address);
  }

  // Up to stack_batch idle stacks, linked by next; null if there are none.
  fiber::fiber* take_idle_stacks(std::uint32_t& count) noexcept {
    std::lock_guard lock(mutex_);
    fiber::fiber* first = idle_stacks_;
    fiber::fiber* last = nullptr;
    for (count = 0; count != stack_batch && idle_stacks_ != nullptr; ++count) {
      last = idle_stacks_;
      idle_stacks_ = last->next;
    }
    if (last != nullptr) last->next = nullptr;
    return first;
  }
  void give_idle_stacks(fiber::fiber* first, fiber::fiber* last) noexcept {
    std::lock_guard lock(mutex_);
    last->next = idle_stacks_;
    idle_stacks_ = first;
  }

  // To the system: stacks that no worker has at hand, and slabs whose every control block is idle (their address space stays, for
  // for_each_alive). Bytes. See free_os_memory().
  std::size_t give_back() noexcept;

  // A list of `batch` control blocks, linked by next.
  product_task* take_batch() {
    std::lock_guard lock(mutex_);
    if (returned_ != nullptr) {
      product_task* head = returned_;
      product_task* last = head;
      for (std::size_t i = 1; i != batch; ++i) last = last->next;
      returned_ = last->next;
      last->next = nullptr;
      return head;
    }
    if (emptied_ != nullptr) {
      slab* again = emptied_;
      emptied_ = again->next_emptied;
      return again->link();
    }
    auto* fresh = new slab;
    fresh->before = slabs_.load(relaxed);
    slabs_.store(fresh, release);  // with for_each_alive
    return fresh->link();
  }

  // `first` .. `last`: exactly `batch` of them.
  void give_batch(product_task* first, product_task* last) noexcept {
    std::lock_guard lock(mutex_);
    last->next = returned_;
    returned_ = first;
  }

  // One control block with a fresh id, for a foreign thread that starts a goroutine.
  product_task& take_one() {
    if (foreign_free_ == nullptr) foreign_free_ = take_batch();
    product_task& t = *foreign_free_;
    foreign_free_ = t.next;
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

    product_task* link() noexcept {
      for (std::size_t i = 0; i + 1 != batch; ++i) tasks[i].next = &tasks[i + 1];
      tasks[batch - 1].next = nullptr;
      return tasks;
    }
  };

  std::size_t give_back_slabs();

  std::mutex mutex_;
  atomic<real, slab*> slabs_{nullptr};  // only ever grows, under mutex_
  slab* emptied_ = nullptr;             // of these, whose memory the system has: every control block idle, and zero or as recycled
  fiber::fiber* idle_stacks_ = nullptr;
  product_task* returned_ = nullptr;
  std::uint64_t ids_ = 0;
  std::mutex foreign_mutex_;
  product_task* foreign_free_ = nullptr;
  std::uint64_t foreign_id_ = 0;
  const std::unique_ptr<abstract_stack> stacks_;
  const std::unique_ptr<abstract_stack> of_main_;
  std::byte* main_low_ = nullptr;
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
  std::unordered_set<fiber::fiber*> created_;
#endif
};

}  // namespace stealyard::sched

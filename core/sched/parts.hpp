// The product's parts, chosen by name at run time. Run queues are reached through a table of function pointers made from the
// concept, one copy in each worker (0.6 to 2 ns a call); a static build (STEALYARD_STATIC_RUN_QUEUE) compiles one in, with no
// indirection. Idle, victim and parker are virtual: they are off the hot path, but for the idle word, which is read directly.
#pragma once
#include "core/contract/parker.hpp"
#include "core/contract/run_queue.hpp"
#include "core/contract/stack.hpp"
#include "core/contract/timer_queue.hpp"
#include "core/contract/victim.hpp"
#include "core/sched/idle_box.hpp"
#include "core/sched/idle_in_use.hpp"
#include "core/sched/minutes.hpp"
#include "core/world/real.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#if defined(STEALYARD_STATIC_RUN_QUEUE)
#include "registry/static_run_queue.hpp"
#endif

namespace stealyard::sched {

struct product;
template <class P>
struct task;

using product_task = task<product>;

// What the table holds, and what an erased queue copies.
struct run_queue_calls {
  void* self;
  outcome (*push)(void*, product_task*) noexcept;
  outcome (*pop)(void*, product_task*&) noexcept;
  outcome (*steal)(void*, product_task*&) noexcept;
  outcome (*steal_batch)(void*, product_task**, std::size_t, std::size_t&) noexcept;
  bool (*empty)(const void*) noexcept;
  void (*destroy)(void*) noexcept;
  bool newest_first;  // what the owner pops
};

class erased_run_queue {
  run_queue_calls calls_;

 public:
  explicit erased_run_queue(const run_queue_calls& calls) noexcept : calls_(calls) {}
  erased_run_queue(const erased_run_queue&) = delete;
  erased_run_queue& operator=(const erased_run_queue&) = delete;
  ~erased_run_queue() { calls_.destroy(calls_.self); }

  outcome try_push(product_task* t) noexcept { return calls_.push(calls_.self, t); }
  outcome try_pop(product_task*& into) noexcept { return calls_.pop(calls_.self, into); }
  outcome try_steal(product_task*& into) noexcept { return calls_.steal(calls_.self, into); }
  outcome try_steal_batch(product_task** out, std::size_t room, std::size_t& taken) noexcept {
    return calls_.steal_batch(calls_.self, out, room, taken);
  }
  bool probably_empty() const noexcept { return calls_.empty(calls_.self); }
  bool newest_first() const noexcept { return calls_.newest_first; }
};

class abstract_parker {
 public:
  virtual ~abstract_parker() = default;
  virtual bool park(nanoseconds_t deadline) noexcept = 0;
  virtual void unpark() noexcept = 0;
};

class erased_parker {
  std::unique_ptr<abstract_parker> parker_;

 public:
  explicit erased_parker(std::unique_ptr<abstract_parker> p) : parker_(std::move(p)) {}
  bool park(nanoseconds_t deadline) noexcept { return parker_->park(deadline); }
  void unpark() noexcept { parker_->unpark(); }
};

class erased_idle : public idle_in_use<real, abstract_idle> {
  using in_use = idle_in_use<real, abstract_idle>;

 public:
  using in_use::in_use;
  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept {
    const bool chosen = in_use::commit_sleep(me, deadline);
    look_at_the_clock();
    return chosen;
  }
};

class abstract_victim {
 public:
  virtual ~abstract_victim() = default;
  virtual void begin_pass(unsigned thief) noexcept = 0;
  virtual unsigned next(unsigned thief) noexcept = 0;
};

class erased_victim {
  std::unique_ptr<abstract_victim> victim_;

 public:
  explicit erased_victim(std::unique_ptr<abstract_victim> p) : victim_(std::move(p)) {}
  void begin_pass(unsigned thief) noexcept { victim_->begin_pass(thief); }
  unsigned next(unsigned thief) noexcept { return victim_->next(thief); }
};

template <class P>
struct timer;
using product_timer = timer<product>;

class abstract_timer_queue {
 public:
  virtual ~abstract_timer_queue() = default;
  virtual void insert(product_timer&) = 0;
  virtual bool erase(product_timer&) noexcept = 0;
  virtual product_timer* pop_due(nanoseconds_t now) noexcept = 0;
  virtual nanoseconds_t earliest() const noexcept = 0;
};

class erased_timer_queue {
  std::unique_ptr<abstract_timer_queue> queue_;

 public:
  explicit erased_timer_queue(std::unique_ptr<abstract_timer_queue> p) : queue_(std::move(p)) {}
  void insert(product_timer& t) { queue_->insert(t); }
  bool erase(product_timer& t) noexcept { return queue_->erase(t); }
  product_timer* pop_due(nanoseconds_t now) noexcept { return queue_->pop_due(now); }
  nanoseconds_t earliest() const noexcept { return queue_->earliest(); }
};

// One choice a kind, by index into the registry.
class part_choice {
 public:
  // Names as in variants/CMakeLists.txt. An empty name is the default. `problem` is empty, or one line that says what is wrong and
  // what is accepted; the object is then of no use.
  part_choice(std::string_view run_queue, std::string_view parker, std::string_view idle, std::string_view victim,
              std::string_view timer_queue, std::string& problem);

#if defined(STEALYARD_STATIC_RUN_QUEUE)
  using queue = static_run_queue<real, product_task*>;
  queue make_run_queue() { return queue(first_capacity); }
#else
  using queue = erased_run_queue;
  queue make_run_queue();
#endif
  erased_parker make_parker();
  erased_victim make_victim(const victim_view& view);
  erased_idle make_idle(unsigned workers, idle_sleepers& sleepers);
  std::unique_ptr<abstract_idle> make_idle_policy(unsigned workers, idle_sleepers& sleepers);
  erased_timer_queue make_timer_queue();

 private:
  static constexpr std::size_t first_capacity = 256;
  std::size_t run_queue_, parker_, idle_, victim_, timer_queue_;
};

// A timer queue that claims to be exact and ordered, whatever was chosen: virtual time must not depend on it.
erased_timer_queue make_ordered_timer_queue();
// Where stacks come from: the slow path under the workers' own lists, so a virtual call costs nothing that counts.
class abstract_stack {
 public:
  virtual ~abstract_stack() = default;
  virtual stack_error error() const noexcept = 0;
  virtual stack_block acquire() noexcept = 0;
  virtual bool release(stack_block) noexcept = 0;
  virtual bool intact(const stack_block&) const noexcept = 0;
  virtual stack_block guarded_by(const void* address) const noexcept = 0;  // async-signal-safe
  virtual std::size_t trim() noexcept = 0;
  virtual stack_counters counters() const noexcept = 0;
  virtual std::string_view guard_kind() const noexcept = 0;
};
// An empty name is the default. Null, with `problem` filled, for an unknown name or a size that this kind of stack does not accept.
std::unique_ptr<abstract_stack> make_stack_source(std::string_view name, const stack_options& o, std::string& problem);

// The index of a channel buffer in the registry, as part_choice finds its own. An empty name is the default.
unsigned find_channel_buffer(std::string_view name, std::string& problem);
unsigned find_selector(std::string_view name, std::string& problem);

// The known names of a kind, sorted; empty for an unknown kind.
std::vector<std::string_view> known_parts(std::string_view kind);
std::string_view default_part(std::string_view kind);

}  // namespace stealyard::sched

// The tables behind part_choice, made from the generated registry. The only unit of the runtime that knows every variant.
#include "core/sched/parts.hpp"

#include "core/sched/product.hpp"
#include "registry/channel_buffers.hpp"
#include "registry/idles.hpp"
#include "registry/parkers.hpp"
#include "registry/run_queues.hpp"
#include "registry/selectors.hpp"
#include "registry/stacks.hpp"
#include "registry/timer_queues.hpp"
#include "registry/victims.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <new>

namespace stealyard::sched {

namespace {

constexpr std::string_view defaults[][2] = {
    {"run_queue", "chase_lev"}, {"channel_buffer", "mutex_ring"}, {"parker", "futex"},       {"idle", "go_spinning"},
    {"victim", "uniform"},      {"timer_queue", "four_ary_heap"}, {"selector", "two_phase"}, {"stack", "slab_guard"},
};

template <class Q>
struct queue_thunks {
  static Q& at(void* self) noexcept { return *static_cast<Q*>(self); }
  static outcome push(void* self, product_task* t) noexcept { return at(self).try_push(t); }
  static outcome pop(void* self, product_task*& into) noexcept { return at(self).try_pop(into); }
  static outcome steal(void* self, product_task*& into) noexcept { return at(self).try_steal(into); }
  static outcome steal_batch(void* self, product_task** out, std::size_t room, std::size_t& taken) noexcept {
    if constexpr (steals_batches<Q, product_task*>) {
      return at(self).try_steal_batch(out, room, taken);
    } else {
      taken = 1;
      return at(self).try_steal(out[0]);
    }
  }
  static bool empty(const void* self) noexcept { return static_cast<const Q*>(self)->probably_empty(); }
  static void destroy(void* self) noexcept { delete static_cast<Q*>(self); }
  static run_queue_calls make(std::size_t capacity) {
    return {new Q(capacity), &push, &pop, &steal, &steal_batch, &empty, &destroy, Q::claims.owner_order == item_order::lifo};
  }
};

template <class Parker>
class parker_box final : public abstract_parker {
  Parker parker_;

 public:
  bool park(nanoseconds_t deadline) noexcept override { return parker_.park(deadline); }
  void unpark() noexcept override { parker_.unpark(); }
};

template <class Victim>
class victim_box final : public abstract_victim {
  Victim victim_;

 public:
  explicit victim_box(const victim_view& view) : victim_(view) {}
  void begin_pass(unsigned thief) noexcept override { victim_.begin_pass(thief); }
  unsigned next(unsigned thief) noexcept override { return victim_.next(thief); }
};

template <class Queue>
class timer_queue_box final : public abstract_timer_queue {
  Queue queue_;

 public:
  void insert(product_timer& t) override { queue_.insert(t); }
  bool erase(product_timer& t) noexcept override { return queue_.erase(t); }
  product_timer* pop_due(nanoseconds_t now) noexcept override { return queue_.pop_due(now); }
  nanoseconds_t earliest() const noexcept override { return queue_.earliest(); }
};

template <class Stack>
class stack_box final : public abstract_stack {
  Stack stack_;

 public:
  explicit stack_box(const stack_options& o) : stack_(o) {}
  stack_error error() const noexcept override { return stack_.error(); }
  stack_block acquire() noexcept override { return stack_.acquire(); }
  bool release(stack_block b) noexcept override { return stack_.release(b); }
  bool intact(const stack_block& b) const noexcept override { return stack_.intact(b); }
  stack_block guarded_by(const void* address) const noexcept override { return stack_.guarded_by(address); }
  std::size_t trim() noexcept override { return stack_.trim(); }
  stack_counters counters() const noexcept override { return stack_.counters(); }
  std::string_view guard_kind() const noexcept override { return stack_.guard_kind(); }
};

struct run_queue_row {
  std::string_view name;
  run_queue_calls (*make)(std::size_t);
};
struct parker_row {
  std::string_view name;
  std::unique_ptr<abstract_parker> (*make)();
};
struct idle_row {
  std::string_view name;
  idle_maker idle;
};
struct victim_row {
  std::string_view name;
  std::unique_ptr<abstract_victim> (*make)(const victim_view&);
};
struct timer_queue_row {
  std::string_view name;
  timer_queue_claims claims;
  std::unique_ptr<abstract_timer_queue> (*make)();
};
struct stack_row {
  std::string_view name;
  stack_claims claims;
  std::unique_ptr<abstract_stack> (*make)(const stack_options&);
};
struct name_row {
  std::string_view name;
};

#define STEALYARD_ROW(V) {#V, &queue_thunks<run_queue::V<real, product_task*>>::make},
constexpr run_queue_row run_queues[] = {STEALYARD_RUN_QUEUES(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) {#V, []() -> std::unique_ptr<abstract_parker> { return std::make_unique<parker_box<parker::V<real>>>(); }},
constexpr parker_row parkers[] = {STEALYARD_PARKERS(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) {#V, idle_maker_of<idle::V<real>>},
constexpr idle_row idles[] = {STEALYARD_IDLES(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) \
  {#V, [](const victim_view& v) -> std::unique_ptr<abstract_victim> { return std::make_unique<victim_box<victim::V<real>>>(v); }},
constexpr victim_row victims[] = {STEALYARD_VICTIMS(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V)                      \
  {#V, timer_queue::V<product_timer>::claims, \
   []() -> std::unique_ptr<abstract_timer_queue> { return std::make_unique<timer_queue_box<timer_queue::V<product_timer>>>(); }},
constexpr timer_queue_row timer_queues[] = {STEALYARD_TIMER_QUEUES(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) \
  {#V, stack::V::claims, \
   [](const stack_options& o) -> std::unique_ptr<abstract_stack> { return std::make_unique<stack_box<stack::V>>(o); }},
constexpr stack_row stacks[] = {STEALYARD_STACKS(STEALYARD_ROW)};
#undef STEALYARD_ROW
#define STEALYARD_ROW(V) {#V},
constexpr name_row channel_buffers[] = {STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)};
constexpr name_row selectors[] = {STEALYARD_SELECTORS(STEALYARD_ROW)};
#undef STEALYARD_ROW

template <class Rows>
std::vector<std::string_view> names_of(const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

// The index of `name` in its kind; fills `problem` if there is none.
std::size_t find(std::string_view kind, std::string_view name, std::string& problem) {
  if (name.empty()) name = default_part(kind);
  const auto names = known_parts(kind);
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end() && problem.empty()) {
    problem = "unknown " + std::string(kind) + " \"" + std::string(name) + "\"; known:";
    for (std::size_t i = 0; i != names.size(); ++i) problem += (i == 0 ? " " : ", ") + std::string(names[i]);
  }
  return at == names.end() ? 0 : static_cast<std::size_t>(at - names.begin());
}

}  // namespace

std::vector<std::string_view> known_parts(std::string_view kind) {
  if (kind == "run_queue") return names_of(run_queues);
  if (kind == "channel_buffer") return names_of(channel_buffers);
  if (kind == "parker") return names_of(parkers);
  if (kind == "idle") return names_of(idles);
  if (kind == "victim") return names_of(victims);
  if (kind == "timer_queue") return names_of(timer_queues);
  if (kind == "selector") return names_of(selectors);
  if (kind == "stack") return names_of(stacks);
  return {};
}

std::string_view default_part(std::string_view kind) {
  for (const auto& row : defaults) {
    if (row[0] == kind) return row[1];
  }
  return {};
}

erased_timer_queue make_ordered_timer_queue() {
  const auto* row = std::find_if(std::begin(timer_queues), std::end(timer_queues),
                                 [](const timer_queue_row& r) { return r.claims.ordered && r.claims.resolution == 0; });
  return erased_timer_queue(row->make());
}

unsigned find_channel_buffer(std::string_view name, std::string& problem) {
  return static_cast<unsigned>(find("channel_buffer", name, problem));
}

unsigned find_selector(std::string_view name, std::string& problem) { return static_cast<unsigned>(find("selector", name, problem)); }
std::unique_ptr<abstract_stack> make_stack_source(std::string_view name, const stack_options& o, std::string& problem) {
  const std::size_t at = find("stack", name, problem);
  if (!problem.empty()) return nullptr;
  auto made = stacks[at].make(o);
  if (made->error() == stack_error::none) return made;
  const stack_claims& claims = stacks[at].claims;
  problem = "stack_size=" + std::to_string(o.stride) + ": " + std::string(to_string(made->error())) + "; " + std::string(stacks[at].name) +
            " accepts " + std::to_string(claims.least_stride) + " to " + std::to_string(most_stack_stride) + ", in steps of " +
            std::to_string(claims.stride_step);
  return nullptr;
}

part_choice::part_choice(std::string_view run_queue, std::string_view parker, std::string_view idle, std::string_view victim,
                         std::string_view timer_queue, std::string& problem)
    : run_queue_(find("run_queue", run_queue, problem)),
      parker_(find("parker", parker, problem)),
      idle_(find("idle", idle, problem)),
      victim_(find("victim", victim, problem)),
      timer_queue_(find("timer_queue", timer_queue, problem)) {
#if defined(STEALYARD_STATIC_RUN_QUEUE)
  if (problem.empty() && !run_queue.empty() && run_queue != static_run_queue_name) {
    problem = "run_queue \"" + std::string(run_queue) + "\": this build has " + std::string(static_run_queue_name) + " compiled in";
  }
#endif
}

#if !defined(STEALYARD_STATIC_RUN_QUEUE)
erased_run_queue part_choice::make_run_queue() { return erased_run_queue(run_queues[run_queue_].make(first_capacity)); }
#endif
erased_parker part_choice::make_parker() { return erased_parker(parkers[parker_].make()); }
erased_victim part_choice::make_victim(const victim_view& view) { return erased_victim(victims[victim_].make(view)); }
erased_idle part_choice::make_idle(unsigned workers, idle_sleepers& sleepers) {
  return {workers, make_idle_policy(workers, sleepers), idles[idle_].idle.claims};
}
std::unique_ptr<abstract_idle> part_choice::make_idle_policy(unsigned workers, idle_sleepers& sleepers) {
  return idles[idle_].idle.make(workers, sleepers);
}
erased_timer_queue part_choice::make_timer_queue() { return erased_timer_queue(timer_queues[timer_queue_].make()); }

}  // namespace stealyard::sched

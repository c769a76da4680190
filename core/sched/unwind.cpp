#include "core/sched/unwind.hpp"

#include "core/sched/goexit.hpp"
#include "core/sched/goroutine_pool.hpp"
#include "core/sched/threads.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace stealyard::sched {

namespace {

// For timers and foreign threads, once nothing else can happen.
constexpr nanoseconds_t patience_at_exit = 1'000'000'000;
constexpr nanoseconds_t between_looks = 1'000'000;  // whether a foreign thread woke somebody

product_task& this_goroutine() noexcept { return *product::worker_here()->current; }

// Until it is woken in earnest, which changes its state.
void park_while(unwind_state now) noexcept {
  product_task& me = this_goroutine();
  post_action nothing{[](post_action&) {}};
  while (me.unwinding == now) park(*product::worker_here(), nothing);
}

// On the stack of the goroutine that is to unwind.
void tell(post_action&) {
  product_task& me = this_goroutine();
  running_scheduler()->before_return.acquire();  // main has ended, and whoever unwound before
  if (std::uncaught_exceptions() == 0) throw goexit_signal{};
  const bool waits = me.unwinding == unwind_state::roused;
  me.unwinding = waits ? unwind_state::refused : unwind_state::none;
  if (waits) park_while(unwind_state::refused);
}

struct entry {
  product_task* task;
  std::uint64_t id;
  std::uint64_t generation = 0;  // one more than its creator's; 1 where that one is gone; 0: not known yet
};

// Whoever started another before that one. (Ids do not tell: workers take them in blocks.) O(n log n), however long the lines of descent.
void sort_by_descent(std::vector<entry>& all) {
  std::unordered_map<std::uint64_t, entry*> by_id;
  for (entry& e : all) by_id[e.id] = &e;
  std::vector<entry*> line;
  for (entry& e : all) {
    const entry* known = nullptr;
    for (entry* at = &e; at != nullptr && known == nullptr;) {
      if (at->generation != 0) {
        known = at;
      } else {
        line.push_back(at);
        const auto creator = by_id.find(at->task->created_by.load(relaxed));
        at = creator == by_id.end() ? nullptr : creator->second;
      }
    }
    std::uint64_t generation = known == nullptr ? 0 : known->generation;
    for (; !line.empty(); line.pop_back()) line.back()->generation = ++generation;
  }
  std::sort(all.begin(), all.end(),
            [](const entry& a, const entry& b) { return std::tie(a.generation, a.id) < std::tie(b.generation, b.id); });
}

class unwinder {
  product_scheduler& scheduler_;
  product_worker& worker_;
  const runtime_thread thread_;
  product::place home_{};
  product::stack home_stack_{};
  std::deque<product_task*> woken_;  // that unwind already
  nanoseconds_t limit_ = 0;          // of our patience; 0: it was not asked for

 public:
  explicit unwinder(product_scheduler& s) : scheduler_(s), worker_(s.at(0)) {
    worker_.home = &home_;
    worker_.home_stack = &home_stack_;
    worker_.until_fair.store(1u, relaxed);  // as stop_picking leaves it
    product::enter_worker(worker_);
  }
  unwinder(const unwinder&) = delete;
  unwinder& operator=(const unwinder&) = delete;
  ~unwinder() { product::leave_worker(worker_); }

  void run() {
    std::vector<entry> left;
    do {
      for (bool found = true; found;) {
        run_woken();
        left.clear();
        for (product_task* t : scheduler_.pool->alive()) {
          if (t->unwinding != unwind_state::given_up) left.push_back({t, t->id.load(relaxed)});
        }
        sort_by_descent(left);
        found = false;
        for (auto e = left.rbegin(); e != left.rend(); ++e) {
          if (e->task->id.load(relaxed) != e->id || !have_unwind(*e->task)) continue;
          found = true;
          run_woken();
        }
      }
    } while (!left.empty() && something_comes());
  }

 private:
  // False: there is nothing to do about it now.
  bool have_unwind(product_task& t) {
    if (t.preempted) t.unwinding = unwind_state::given_up;
    const bool waits = t.waits.load(relaxed) != 0;
    if (t.unwinding == unwind_state::queued) {
      t.unwinding = unwind_state::told;
    } else if (t.unwinding == unwind_state::none && waits) {
      t.unwinding = unwind_state::roused;
    } else {
      return false;
    }
    post_action telling{&tell};
    const bool started = t.stack != nullptr && !t.unborn;
    resume(t, started ? &telling : nullptr);
    return true;
  }

  void run_woken() {
    for (sort_queued(); !woken_.empty(); sort_queued()) {
      product_task& t = *woken_.front();
      woken_.pop_front();
      resume(t, nullptr);
    }
  }

  bool sort_queued() {
    bool any = false;
    for (product_task* t; (t = scheduler_.take_leftover()) != nullptr; any = true) sort(*t);
    return any;
  }
  void sort(product_task& t) {
    if (t.unwinding == unwind_state::roused || t.unwinding == unwind_state::told) {
      t.unwinding = unwind_state::told;
      woken_.push_back(&t);
    } else if (t.unwinding != unwind_state::given_up) {
      t.unwinding = unwind_state::queued;
    }
  }

  // Until it parks or ends.
  void resume(product_task& t, post_action* telling) noexcept {
    product::stack* const lies_on = t.stack != nullptr ? t.stack : &take_stack(worker_);
    const bool fresh = t.stack == nullptr;
    worker_.current = fresh ? nullptr : &t;
    worker_.pending = fresh ? &t : nullptr;
    worker_.entering = fresh ? lies_on : nullptr;
    product::place& at = fresh ? lies_on->base : t.place;
    run_post_action(product::switch_to(worker_, home_, home_stack_, at, *lies_on, telling));
    if (t.id.load(relaxed) == 0) t.unwinding = unwind_state::none;
  }

  // Nothing is queued. True: something is again. False: nothing will be, or our patience is over.
  bool something_comes() {
    const auto from_outside = [&] { return scheduler_.foreign.load(seq_cst) != 0; };
    if (limit_ == 0) limit_ = real::now() + patience_at_exit;
    for (;;) {
      if (product_task* due = scheduler_.timers().take_due(worker_, /*of_others=*/true)) return sort(*due), true;
      if (sort_queued()) return true;
      const nanoseconds_t now = real::now();
      const nanoseconds_t due = scheduler_.timers().earliest();
      if (now >= limit_ || (due == never && !from_outside())) return false;
      atomic<real, std::uint32_t> nobody_wakes_it{0};
      real::wait_until(nobody_wakes_it, 0u, std::min({due, limit_, from_outside() ? now + between_looks : never}));
    }
  }
};

}  // namespace

bool product::roused() noexcept { return this_goroutine().unwinding == unwind_state::roused; }
void product::await_wake() noexcept { park_while(unwind_state::roused); }

void unwind_goroutines(product_scheduler& s) { unwinder(s).run(); }

void give_up_if_unwinding() noexcept {
  const product_worker* w = product::worker_here();
  if (w == nullptr || w->current == nullptr) return;
  unwind_state& state = w->current->unwinding;
  if (state != unwind_state::roused && state != unwind_state::told) return;
  state = unwind_state::given_up;
  park_while(unwind_state::given_up);
}

}  // namespace stealyard::sched

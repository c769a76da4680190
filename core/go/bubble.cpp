#include "core/go/bubble.hpp"

#include "core/go/bubble_state.hpp"
#include "core/go/chan.hpp"
#include "core/go/timer_service.hpp"
#include "core/sched/waiter.hpp"

#include <algorithm>
#include <string_view>

namespace stealyard {

namespace sched {

namespace {

std::uint64_t next_serial() noexcept {
  static atomic<real, std::uint64_t> made{0};
  return made.fetch_add(1u, relaxed) + 1;
}

// What only the bubble itself can end. Null: it is ready all the time.
bool durable(wait_reason why) noexcept {
  if (why == nullptr) return true;
  const std::string_view text = why;
  for (const std::string_view known : {"sleep", "sync.Cond.Wait", "sync.WaitGroup.Wait", "semacquire", "synctest.Wait",
                                       "chan receive (nil chan)", "chan send (nil chan)", "select (no cases)"}) {
    if (text == known) return true;
  }
  return text.ends_with("(synctest)");
}

}  // namespace

bubble::bubble(product_scheduler& owner, std::uint64_t seed)
    : serial(next_serial()),
      home(std::make_shared<timer_home<product>>(make_ordered_timer_queue(), /*exact=*/true)),
      owner_(owner),
      random_(seed) {}

// splitmix64; a bias of n / 2^32 does not matter here.
std::uint64_t bubble::draw(std::uint64_t n) noexcept {
  std::uint64_t z = random_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (((z ^ (z >> 31)) >> 32) * n) >> 32;
}

bubble::next bubble::choose() noexcept {
  if (!ready_.empty()) {
    const auto drawn = ready_.begin() + static_cast<std::ptrdiff_t>(draw(ready_.size()));
    product_task* const t = *drawn;
    ready_.erase(drawn);
    busy_ = true;
    return {.task = t};
  }
  if (!idle()) return {};
  if (waiting_ != nullptr) {
    busy_ = true;
    return {.task = std::exchange(waiting_, nullptr)};
  }
  return {.root = std::exchange(root_, nullptr)};
}

void bubble::start(next n) noexcept {
  if (n.root != nullptr) n.root->wake();
  if (n.task == nullptr) return;
  product::note_reason(*n.task, nullptr);
  if (product_worker* w = product::worker_here()) return ready(*w, n.task);
  const foreign_entry staying;
  owner_.push_global(n.task);
}

void bubble::give_token_on() noexcept {
  next n;
  {
    const guard lock(mutex_);
    busy_ = false;
    n = choose();
  }
  start(n);
}

void bubble::make_ready(product_task& t) noexcept {
  next n;
  {
    const guard lock(mutex_);
    if (std::exchange(t.waits_outside, false)) --outside_;
    ready_.push_back(&t);
    if (!busy_) n = choose();
  }
  start(n);
}

void bubble::enroll(product_task& t) noexcept {
  t.of_bubble = this;
  const guard lock(mutex_);
  ++total_;
}

void bubble::dismiss(product_task& t) noexcept {
  t.of_bubble = nullptr;
  blocked_.merge();
  {
    const guard lock(mutex_);
    --total_;
  }
  give_token_on();
}

void bubble::park_here(product_worker& w, post_action& after, wait_reason why) {
  struct publish_and_give_on : post_action {
    post_action* inner;
    bubble* in;
  };
  product_task& me = *w.current;
  blocked_.merge();
  if (!durable(why)) {  // counted before anybody can wake us
    const guard lock(mutex_);
    me.waits_outside = true;
    ++outside_;
  }
  publish_and_give_on both;
  both.inner = &after;
  both.in = this;
  both.run = [](post_action& base) noexcept {
    auto& self = static_cast<publish_and_give_on&>(base);
    bubble* const in = self.in;  // once published, we may go on, and `self` be gone
    self.inner->run(*self.inner);
    in->give_token_on();
  };
  product::note_reason(me, why);
  try {
    park(w, both);
  } catch (const goexit_signal&) {
    const guard lock(mutex_);
    if (std::exchange(me.waits_outside, false)) --outside_;
    throw;
  }
}

void bubble::yield(product_worker& w) {
  mutex_.lock();
  const bool alone = ready_.empty();
  mutex_.unlock();
  if (alone) return sched::yield(w);
  struct stay_ready : post_action {
    bubble* in;
    product_task* me;
  };
  stay_ready after;
  after.in = this;
  after.me = w.current;
  after.run = [](post_action& base) noexcept {
    auto& self = static_cast<stay_ready&>(base);
    self.in->make_ready(*self.me);
  };
  park_here(w, after, nullptr);
}

template <class Waiting>
void bubble::take_back(Waiting*& registered) noexcept {
  if (!product::roused()) return;
  mutex_.lock();
  const bool chosen = registered == nullptr;
  registered = nullptr;
  mutex_.unlock();
  if (chosen) product::await_wake();
}

bool bubble::wait(product_worker& w) {
  {
    const guard lock(mutex_);
    if (waiting_ != nullptr) return false;
    waiting_ = w.current;
  }
  post_action nothing{[](post_action&) noexcept {}};
  try {
    park_here(w, nothing, "synctest.Wait");
  } catch (const goexit_signal&) {
    take_back(waiting_);
    throw;
  }
  blocked_.acquire();
  return true;
}

void bubble::fire_what_is_due(nanoseconds_t at) noexcept {
  now_ = std::max(now_, at);
  product_task* tasks[64];
  while (home->earliest() <= now_) {
    const unsigned n = home->fire_due(now_, tasks, std::size(tasks));
    const guard lock(mutex_);
    ready_.insert(ready_.end(), tasks, tasks + n);  // sleepers, and goroutines that begin: admitted when they were made
  }
}

bool bubble::run_to_end() {
  bool fruitful = true;
  for (;;) {
    mutex_.lock();
    if (!idle()) {
      waiter<product> me;
      root_ = &me;
      try {
        me.wait(mutex_, "synctest.Run");
      } catch (const goexit_signal&) {
        take_back(root_);
        throw;
      }
      continue;
    }
    if (total_ == 0) {
      mutex_.unlock();
      blocked_.acquire();
      return true;
    }
    busy_ = true;  // while we look, nobody else goes on
    mutex_.unlock();
    // A timer whose channel nobody listens to changes nothing.
    const nanoseconds_t at = home->earliest();
    const bool hope = at != never && (fruitful || home->any_awaited());
    if (hope) fire_what_is_due(at);
    mutex_.lock();
    fruitful = !ready_.empty();
    busy_ = false;
    const next n = fruitful ? choose() : next{};
    const bool dead = !hope && idle();
    mutex_.unlock();
    start(n);
    if (dead) return false;
  }
}

// ---- the platform's hooks (core/sched/product.hpp) ----

void product::park_in_bubble(product_worker& w, post_action& after, reason why) { w.current->of_bubble->park_here(w, after, why); }
void product::wake_in_bubble(product_task& t) noexcept { t.of_bubble->make_ready(t); }
std::uint32_t product::random_here(std::uint32_t n) noexcept {
  bubble* b = bubble_here();
  return b == nullptr ? real::random(n) : static_cast<std::uint32_t>(b->draw(n));
}
nanoseconds_t product::now_here() noexcept {
  const bubble* b = bubble_here();
  return b == nullptr ? real::now() : b->now();
}

}  // namespace sched

namespace detail {

using sched::product;

void run_bubble(const std::function<void()>& f, const bubble_options& o) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::product_worker* w = product::worker_here();
  if (w == nullptr) panic_text("stealyard: bubble outside a goroutine");
  if (w->current->of_bubble != nullptr) panic_text("synctest.Run called from within a synctest bubble");
  const auto made = std::make_shared<sched::bubble>(w->owner, o.seed != 0 ? o.seed : w->owner.seed);
  go_in_bubble(*made, f, std::source_location::current());
  const bool all_ended = made->run_to_end();
  made->home->close();
  if (!all_ended) panic_text("deadlock: all goroutines in bubble are blocked");
}

never_started::never_started(const sched::product_task& t) {
  if (t.of_bubble != nullptr) in_ = t.of_bubble->shared_from_this();
}
never_started::~never_started() {
  if (in_ != nullptr) in_->dismiss(*product::worker_here()->current);
}

void go_unusual(std::function<void()> f, std::source_location site) {
  sched::bubble* b = sched::bubble_here();
  if (b == nullptr) return go_from_foreign_thread(std::move(f), site);
  go_in_bubble(*b, std::move(f), site);
}

void go_in_bubble(sched::bubble& in, std::function<void()> f, std::source_location site) {
  sched::product_task* t = new_goroutine({.goroutine = origin_here(site).goroutine, .site = site, .in = in.shared_from_this()},
                                         [body = std::make_unique<std::function<void()>>(std::move(f))] { (*body)(); });
  t->started_after.release();
  in.make_ready(*t);
}

std::uint64_t bubble_serial_here() noexcept {
  const sched::bubble* b = sched::bubble_here();
  return b == nullptr ? 0 : b->serial;
}

void panic_unless_in_bubble(std::uint64_t serial, const char* complaint) {
  if (bubble_serial_here() != serial) panic_text(complaint);
}

void yield_in_bubble(sched::product_worker& w) { w.current->of_bubble->yield(w); }

}  // namespace detail

void bubble_wait() {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::bubble* b = sched::bubble_here();
  if (b == nullptr) panic_text("goroutine is not in a bubble");
  if (!b->wait(*sched::product::worker_here())) panic_text("wait already in progress");
}

}  // namespace stealyard

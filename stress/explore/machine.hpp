// machine: runs executions of a scenario: its threads as fibers, its memory as `memory`, every decision by `search`.
//
// A thread runs until it is about to do what others can see (a *step*), and then asks who goes first. Steps are accesses to atomics, locks
// and wait queues; fences, plain cells, allocation and arithmetic belong to the step before them, since nobody can tell when they
// happen. Whoever sets up and checks the scenario is one more participant, alone before and after the others.
#pragma once
#include "core/fiber/chosen_switch.hpp"
#include "core/world/order.hpp"
#include "stress/explore/heap.hpp"
#include "stress/explore/memory.hpp"
#include "stress/explore/search.hpp"
#include "stress/model/scenario.hpp"

#include <string>

namespace stealyard::explore {

using where = std::source_location;

enum class ending : std::uint8_t {
  complete,
  cut,  // whatever follows has been run
  // Failures of the program:
  assertion,
  data_race,
  deadlock,
  livelock,
  use_after_free,
  double_free,
  uninitialised,
  leak,
  exception,
  misuse,  // of a lock
  // Of nobody, or of the program: a budget.
  step_budget,
  memory_budget,
  too_many_locations,
};
const char* to_string(ending e) noexcept;
constexpr bool is_failure(ending e) noexcept { return e > ending::cut; }

// What an execution may do at most; each is part of the bound that a result is complete within.
struct limits {
  unsigned steps = 2000;    // of all threads; more is a livelock, or a bound too low
  bool cut_long = false;    // … or neither: given up, and counted as a bound that hid executions
  unsigned spurious = 1;    // of a thread: weak exchanges that fail, and sleepers that wake, without a reason
  unsigned jumps = 1;       // of a thread: deadlines that pass, and now() that jumps, while others could run
  unsigned repeats = 0;     // of a thread: more turns of a loop around pause() that read exactly what the turn before read
};

using object_id = std::uint32_t;

class machine {
 public:
  limits bound;
  search choices;
  memory cells;

  struct result {
    ending how = ending::complete;
    std::string why = {};
    where at{};
    unsigned thread = 0;
  };
  // Runs one execution, along the path that `choices` holds.
  const result& run(const model::subject& s);

  // For worlds. A thread that is told to stop never returns.
  bool inside() const noexcept { return running_ != nullptr; }
  unsigned current() const noexcept { return current_; }
  unsigned threads() const noexcept { return threads_; }
  [[noreturn]] void fail(ending how, const char* why, where at);

  struct seen {
    std::uint64_t value;   // read
    message_id from;       // read from
    message_id made;       // written
    bool done;             // of a compare-exchange
  };
  location_id make(std::uint64_t value, where at);
  void destroy(location_id at, where site);
  seen load(location_id at, std::memory_order o, where site);
  seen store(location_id at, std::uint64_t value, std::memory_order o, where site);
  // Change: old value, argument -> new value.
  using change = std::uint64_t (*)(std::uint64_t, std::uint64_t);
  seen update(location_id at, change f, std::uint64_t argument, std::memory_order o, where site);
  struct exchange {
    std::uint64_t expected, desired;
    std::memory_order ok, fail;
    bool weak;
  };
  seen compare_exchange(location_id at, const exchange& wish, where site);
  void fence(std::memory_order o);
  void pause();
  std::uint64_t newest(location_id at) const noexcept { return cells[cells.newest(at)].value; }

  enum class woke : std::uint8_t { not_equal, woken, timed_out, spurious };
  woke wait(location_id at, std::uint64_t expected, std::int64_t deadline, where site);
  void wake(location_id at, unsigned n, where site);

  // Locks and queues of sleepers. What a lock guards passes from holder to holder.
  object_id make_object();
  void lock(object_id o, where at);
  bool try_lock(object_id o, where at);
  void unlock(object_id o, where at);
  woke wait_on(object_id condition, object_id lock, std::int64_t deadline, where at);
  void notify(object_id condition, unsigned n, where at);

  // Whose worker the calling thread is: an identity may move between threads.
  unsigned self() const noexcept { return strands_[current_].identity; }
  void set_self(unsigned participant) noexcept { strands_[current_].identity = participant; }

  std::int64_t now();
  std::int64_t time() const noexcept { return strands_[current_].now; }
  std::uint32_t random(std::uint32_t n);

  // Bounds that were met, and that hid executions.
  bool bounded() const noexcept { return bounded_; }
  void forget_bounds() noexcept { bounded_ = false; }
  std::uint64_t progress() const noexcept { return progress_; }  // grows with every step ever made: a watchdog looks at it

 private:
  enum class step : std::uint8_t { nothing, read, write, update, object, lock, sleep, pause };
  struct strand {
    fiber::chosen_switch::context stack;
    std::byte* low = nullptr;
    step next = step::nothing;  // what it waits to do
    location_id location = 0;
    object_id object = 0;
    bool live = false;
    bool woken = false;
    bool timed = false;
    bool released = false;      // from a pause, because nobody else could run
    bool clocked = false;       // it has looked at the clock: its spin may end because time passes
    clock wake_cause;
    unsigned identity = 0;
    std::int64_t now = 0;
    std::int64_t deadline = 0;
    unsigned spurious = 0, jumps = 0, repeats = 0;  // so far
    std::vector<std::pair<location_id, message_id>> turn, turn_before;  // what it read since its last pause, and between the two before
    location_id forced_location = 0;  // its next load there reads this, which its pause waited for
    message_id forced = 0;
    bool has_forced = false;
  };
  struct object {
    std::vector<search::use> uses;     // unlocking aside
    std::vector<search::use> unlocks;  // no lock can come before them, once the lock they end has: only try_lock races
    std::vector<unsigned> sleepers;
    clock cause;
    knowledge guarded;
    std::uint32_t stamp = 0;
    level_t floor = 0;      // of the word slept on: a sleeper sees at least what the last waker saw
    unsigned holder = 0;
    bool held = false;
  };
  struct shadow {           // of a location, what is not memory's business
    std::vector<search::use> reads;
    object_id queue = 0;
    bool has_queue = false;
  };

  static void run_thread(void*);
  static void run_main(void*);
  void start();
  [[noreturn]] void leave(ending how);
  void go_to(unsigned from, unsigned to);
  void finished();
  unsigned pick();
  void let_time_pass();
  bool able(unsigned t) const noexcept;
  bool awake(unsigned t) const noexcept;
  unsigned preferred(thread_set from) const noexcept;
  void races_of_the_unfinished();
  void arrive(step s, location_id at, object_id o);
  bool alone() const noexcept { return current_ == threads_; }

  void check(location_id at, where site);
  void race_with_reads(location_id at);
  void race_with_uses(object_id o, bool unlocks = true);
  void use_object(object_id o, bool unlocks = false);
  void remember_read(location_id at, message_id m);
  message_id chosen(location_id at);
  woke sleep(object_id o, std::int64_t deadline);
  void wake_sleepers(object_id o, unsigned n);
  object_id queue_of(location_id at);

  const model::subject* running_ = nullptr;
  model::scenario* body_ = nullptr;
  unsigned threads_ = 0;
  unsigned current_ = 0;
  unsigned live_ = 0;
  bool starting_ = false;
  bool bounded_ = false;
  std::uint64_t progress_ = 0;
  result outcome_;
  fiber::chosen_switch::context outside_;
  std::array<strand, max_threads> strands_;
  std::vector<shadow> shadows_{max_locations};
  std::vector<object> objects_;
  unsigned objects_used_ = 0;
  std::vector<message_id> candidates_, more_candidates_;
  std::vector<location_id> pause_places_;
  std::vector<unsigned> fresh_;  // positions among the candidates of those not tried yet
};

extern machine the_machine;

}  // namespace stealyard::explore

// memory: C++20's memory model as a machine: what may a read return, where may a write stand, given everything executed so far?
// Knows nothing of schedules, threads' code or searches.
//
// An execution grows by one event after another, each after whatever it reads from (so load buffering is outside the model). At any
// moment the memory holds, for each location, its writes in modification order, each a *message*; each thread knows of each location the
// newest write or read that happens before it (its *view*).
//
//   coherence    a read may return any message not older than the view; a write may stand anywhere after it, but not between a
//                read-modify-write and what it read.
//   happens      knowledge (view and clocks) travels in messages: a release write's, or the one of the last release fence; read by an
//   before       acquire, or kept for the next acquire fence. A read-modify-write hands on what it read from as well: C++20's release
//                sequence, without the writer's own later stores.
//   seq_cst      [atomics.order] of C++20 to the letter. The total order S is never chosen: the memory keeps the partial order that
//                strongly-happens-before and coherence-ordered-before demand of it, transitively closed, and refuses a read or a place
//                in modification order that would close a cycle. S exists iff there is none. Cost: nothing without seq_cst.
//
// Every consistent execution without load buffering is built by some order of such steps, and only those: each prefix of a consistent
// execution is consistent, and reading the newest message or writing last is always possible. The axiomatic checker in
// stress/litmus/axiomatic tests that sentence.
#pragma once
#include "stress/explore/clock.hpp"

#include <atomic>
#include <cstddef>
#include <vector>

namespace stealyard::explore {

using location_id = std::uint32_t;
using message_id = std::uint32_t;
// A point in a location's modification order: a message's level is even, that of its readers one more.
using level_t = std::uint32_t;
inline constexpr unsigned max_locations = 512;

constexpr bool acquires(std::memory_order o) noexcept {
  return o == std::memory_order::acquire || o == std::memory_order::acq_rel || o == std::memory_order::seq_cst;
}
constexpr bool releases(std::memory_order o) noexcept {
  return o == std::memory_order::release || o == std::memory_order::acq_rel || o == std::memory_order::seq_cst;
}

struct view {
  std::array<level_t, max_locations> level{};
  void join(const level_t* other, unsigned count) noexcept {
    for (unsigned i = 0; i != count; ++i) level[i] = other[i] > level[i] ? other[i] : level[i];
  }
};

// What passes along synchronisation, the view aside.
struct clocks {
  clock happened;  // events of each thread that happen before: for data races
  clock fenced;    // seq_cst fences of each thread that happen before
  clock strong;    // seq_cst events of each thread that strongly happen before whatever comes next
  void join(const clocks& other) noexcept {
    happened.join(other.happened);
    fenced.join(other.fenced);
    strong.join(other.strong);
  }
};
struct knowledge {
  clocks times;
  view seen;
};

struct message {
  std::uint64_t value = 0;
  level_t level = 0;
  std::uint32_t stamp = 0;       // how many messages and object steps were there before it
  std::uint32_t event = 0;       // the writer's, for whoever prints
  thread_id writer = 0;
  bool taken = false;            // a read-modify-write stands right after it
  clock cause;                   // steps of each thread that this one needed: program order and reads-from
  clocks published;              // to whoever acquires it
  std::uint32_t seen = 0;        // offset of the published view
  std::uint32_t seen_count = 0;  // locations in it
  clock before_s;                // seq_cst events that S must place before whatever is coherence-ordered after this write,
  clock readers_before_s;        // and after its readers
};

// Alone counts: nobody else's access may be unordered with it.
enum class clash : std::uint8_t { none, race, uninitialised, gone };

class memory {
 public:
  // Everything forgotten.
  void reset();

  location_id make(thread_id t, std::uint64_t value);
  clash destroy(thread_id t, location_id at) noexcept;  // race: somebody's access is not ordered before it
  clash check_access(thread_id t, location_id at) noexcept;
  unsigned locations() const noexcept { return count_; }

  // Each step of a thread that others may see begins with this: it names the point in its program order.
  void tick(thread_id t) noexcept { ++threads_[t].now.times.happened[t]; }

  // The messages a load may return, newest first.
  void readable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into);
  // The messages right after which a store may stand, newest first.
  void writable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into);
  // The messages a read-modify-write may read and stand right after, newest first.
  void replaceable(thread_id t, location_id at, std::memory_order o, std::vector<message_id>& into);

  std::uint64_t read(thread_id t, location_id at, message_id from, std::memory_order o);
  message_id write(thread_id t, location_id at, message_id after, std::uint64_t value, std::memory_order o);
  message_id replace(thread_id t, location_id at, message_id from, std::uint64_t value, std::memory_order o);
  void fence(thread_id t, std::memory_order o);

  // A lock's hand-over and the like: knowledge that passes outside any message.
  const knowledge& known(thread_id t) const noexcept { return threads_[t].now; }
  void learn(thread_id t, const knowledge& k) noexcept;
  void save(thread_id t, knowledge& into) const noexcept;
  // Fairness: from now on t reads nothing older than this.
  void must_see(thread_id t, location_id at, message_id m) noexcept { raise(threads_[t].now, at, messages_[m].level); }

  const message& operator[](message_id m) const noexcept { return messages_[m]; }
  const std::vector<message_id>& order_of(location_id at) const noexcept { return places_[at].order; }
  message_id newest(location_id at) const noexcept { return places_[at].order.back(); }
  level_t view_of(thread_id t, location_id at) const noexcept { return threads_[t].now.seen.level[at]; }
  std::uint32_t stamp() const noexcept { return stamp_; }
  std::uint32_t next_stamp() noexcept { return stamp_++; }
  void set_cause(message_id m, const clock& cause, std::uint32_t event) noexcept {
    messages_[m].cause = cause;
    messages_[m].event = event;
  }
  // A place in some modification order was not offered, because too many writes stand around it: the search is incomplete.
  bool crowded() const noexcept { return crowded_; }

  // The epoch of what t does between two steps, for plain cells: known to others once t's next step has been.
  std::uint16_t epoch(thread_id t) const noexcept { return static_cast<std::uint16_t>(threads_[t].now.times.happened[t] + 1); }
  bool happened(thread_id t, unsigned other, std::uint16_t epoch) const noexcept {
    return other == t || threads_[t].now.times.happened[other] >= epoch;
  }

 private:
  struct place {
    std::vector<message_id> order;  // modification order
    clock accessed;                 // epoch of each thread's last access
    thread_id maker = 0;
    std::uint16_t made = 0;
    bool gone = false;
  };
  struct participant {
    knowledge now;
    knowledge for_acquire;  // what relaxed reads saw, for the next acquire fence
    knowledge at_release;   // what the last release fence publishes
  };
  // A seq_cst access or fence, and what S must place before it.
  struct s_event {
    thread_id thread = 0;
    std::uint16_t index = 0;  // 1 for the thread's first
    bool fence = false;
    location_id location = 0;
    level_t level = 0;
    std::uint32_t seen = 0, seen_count = 0;  // of a fence: the view there
    clock before;
  };
  // An access that may or may not be possible.
  struct wanted {
    thread_id thread;
    location_id location;
    message_id at;  // read from, or written right after
    std::memory_order order;
    bool reads;
    bool writes;
  };

  void raise(knowledge& k, location_id at, level_t level) noexcept {
    level_t& known_level = k.seen.level[at];
    if (level > known_level) known_level = level;
  }
  std::uint32_t keep(const view& v);
  void forget(knowledge& k) noexcept;
  // What S must place before `w`, given that it is seq_cst itself.
  clock before_in_s(const wanted& w) const;
  clock fences_before(const wanted& w) const;
  bool fits_in_s(const wanted& w) const;
  // Adds the access to S's partial order; gives the events that S places before whatever is coherence-ordered after it.
  clock enter_s(const wanted& w, level_t level);
  void add_closed(clock& into, const clock& sources) const noexcept;
  bool must_follow(const s_event& e, location_id at, level_t from) const noexcept;
  const s_event& s_at(unsigned thread, std::uint16_t index) const noexcept { return events_[s_of_[thread][index - 1u]]; }
  std::size_t position_of(location_id at, message_id m) const noexcept;
  void take_in(thread_id t, message_id m, std::memory_order o);
  message_id place_message(thread_id t, location_id at, message_id after, std::uint64_t value, std::memory_order o);

  unsigned count_ = 0;
  bool crowded_ = false;
  std::uint32_t stamp_ = 0;
  std::array<participant, max_threads> threads_;
  std::vector<place> places_{max_locations};
  std::vector<message> messages_;
  std::vector<level_t> levels_;  // published views, end to end
  std::vector<s_event> events_;
  std::array<std::vector<std::uint32_t>, max_threads> s_of_;
};

}  // namespace stealyard::explore

// The idle protocol in one thread: every worker's state, what the word must say after each step, and who must and may be woken.
// It sees the policy through virtual calls (core/sched/idle_box.hpp), so that it is compiled once, not once a variant.
#pragma once
#include "core/sched/idle_box.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stealyard::reference {

// Parkers of one thread: nobody sleeps, permits are kept, and a script may act in the middle of a park.
class scripted_parkers final : public idle_sleepers {
 public:
  explicit scripted_parkers(unsigned workers) : permit(workers, false) {}
  std::vector<bool> permit;
  std::vector<unsigned> unparked;     // in order, since last taken
  std::function<void()> before_park;  // once
  bool deadline_first = false;        // once: the deadline fires although a permit is there
  std::function<bool()> still_in_set;  // when a worker is unparked: does the word still count it as sleeping?
  std::string complaint;               // a method may not throw

  bool park(unsigned worker, nanoseconds_t deadline) noexcept override;
  void unpark(unsigned worker) noexcept override;
};

class idle {
  enum class state { awake, searching, asleep, chosen };
  scripted_parkers parkers_;
  const idle_claims claims_;
  const std::unique_ptr<sched::abstract_idle> idle_;
  std::vector<state> workers_;
  bool all_woken_ = false;

  unsigned count(state s) const;
  state after_wake() const;
  unsigned searching() const;
  bool nobody_searches() const;
  // Takes note of who was unparked by a step.
  bool note_unparked(const char* by, unsigned of_interest);
  void look(const char* after);
  // `must` and `may`: how many the step had to wake, and could at most.
  void woken(const char* by, std::size_t must, std::size_t may);
  std::size_t at_most() const;
  // Work may be left, and nobody searches for it: somebody must be woken, if anybody sleeps.
  void pass_on(const char* by);
  void left(unsigned w, const char* by, bool chosen, bool said);
  void begin_search(unsigned w);
  void found(unsigned w);
  void prepare_sleep(unsigned w, bool searched);
  void cancel(unsigned w, bool chosen);
  void commit(unsigned w, bool chosen);
  // A waker acts when w has committed, and w's deadline fires in the same moment. Whom it chooses is the policy's business.
  void collide(unsigned w);

 public:
  idle(const sched::idle_maker& of, unsigned workers);
  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }
  void work_added();
  // One step of worker w, of those that its state allows; `choice` is taken modulo their number.
  void step(unsigned w, unsigned choice);
  void wake_all();
};

}  // namespace stealyard::reference

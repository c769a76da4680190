// The idle protocol in one thread: every worker's state, what the word must say after each step, and who must and may be woken.
// It sees the policy through virtual calls, so that it is compiled once, not once a variant.
#pragma once
#include "core/contract/idle.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stealyard::reference {

class any_idle {
 public:
  const idle_claims claims;

  virtual ~any_idle() = default;
  virtual std::uint32_t word() const noexcept = 0;
  virtual void work_added() noexcept = 0;
  virtual bool begin_search(unsigned me) noexcept = 0;
  virtual void end_search_found(unsigned me) noexcept = 0;
  virtual bool prepare_sleep(unsigned me, bool searching) noexcept = 0;
  virtual bool cancel_sleep(unsigned me) noexcept = 0;
  virtual bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept = 0;
  virtual void wake_all() noexcept = 0;

 protected:
  explicit any_idle(const idle_claims& claims_) : claims(claims_) {}
};

template <class I>
class any_idle_of final : public any_idle {
  mutable I idle_;

 public:
  any_idle_of(unsigned workers, idle_sleepers& sleepers) : any_idle(I::claims), idle_(workers, sleepers) {}
  std::uint32_t word() const noexcept override { return idle_.word().load(relaxed); }
  void work_added() noexcept override { idle_.work_added(); }
  bool begin_search(unsigned me) noexcept override { return idle_.begin_search(me); }
  void end_search_found(unsigned me) noexcept override { idle_.end_search_found(me); }
  bool prepare_sleep(unsigned me, bool searching) noexcept override { return idle_.prepare_sleep(me, searching); }
  bool cancel_sleep(unsigned me) noexcept override { return idle_.cancel_sleep(me); }
  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept override { return idle_.commit_sleep(me, deadline); }
  void wake_all() noexcept override { idle_.wake_all(); }
};

using make_idle = std::unique_ptr<any_idle> (*)(unsigned workers, idle_sleepers&);
template <class I>
std::unique_ptr<any_idle> idle_of(unsigned workers, idle_sleepers& sleepers) {
  return std::make_unique<any_idle_of<I>>(workers, sleepers);
}

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
  const std::unique_ptr<any_idle> idle_;
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
  idle(make_idle make, unsigned workers);
  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }
  void work_added();
  // One step of worker w, of those that its state allows; `choice` is taken modulo their number.
  void step(unsigned w, unsigned choice);
  void wake_all();
};

}  // namespace stealyard::reference

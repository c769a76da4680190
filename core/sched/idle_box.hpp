// An idle policy behind virtual calls, for code that is compiled once and not once a policy: the product's, and the tests' model of one.
#pragma once
#include "core/contract/idle.hpp"
#include "core/world/real.hpp"

#include <memory>

namespace stealyard::sched {

class abstract_idle {
 public:
  virtual ~abstract_idle() = default;
  virtual atomic<real, std::uint32_t>& word() noexcept = 0;
  virtual void work_added() noexcept = 0;
  virtual bool begin_search(unsigned me) noexcept = 0;
  virtual void end_search_found(unsigned me) noexcept = 0;
  virtual bool prepare_sleep(unsigned me, bool searching) noexcept = 0;
  virtual bool cancel_sleep(unsigned me) noexcept = 0;
  virtual bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept = 0;
  virtual void wake_all() noexcept = 0;
};

template <class Idle>
class idle_box final : public abstract_idle {
  Idle idle_;

 public:
  idle_box(unsigned workers, idle_sleepers& sleepers) : idle_(workers, sleepers) {}
  atomic<real, std::uint32_t>& word() noexcept override { return idle_.word(); }
  void work_added() noexcept override { idle_.work_added(); }
  bool begin_search(unsigned me) noexcept override { return idle_.begin_search(me); }
  void end_search_found(unsigned me) noexcept override { idle_.end_search_found(me); }
  bool prepare_sleep(unsigned me, bool searching) noexcept override { return idle_.prepare_sleep(me, searching); }
  bool cancel_sleep(unsigned me) noexcept override { return idle_.cancel_sleep(me); }
  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept override { return idle_.commit_sleep(me, deadline); }
  void wake_all() noexcept override { idle_.wake_all(); }
};

// A policy to be made: what it claims, and how.
struct idle_maker {
  idle_claims claims;
  std::unique_ptr<abstract_idle> (*make)(unsigned workers, idle_sleepers&);
};
template <class Idle>
inline constexpr idle_maker idle_maker_of{Idle::claims, [](unsigned workers, idle_sleepers& sleepers) -> std::unique_ptr<abstract_idle> {
                                            return std::make_unique<idle_box<Idle>>(workers, sleepers);
                                          }};

}  // namespace stealyard::sched

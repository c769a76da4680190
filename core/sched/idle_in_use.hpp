// idle_in_use: the idle policy of a scheduler whose number of workers changes. A policy is made for exactly n workers, so another
// number takes another object; it is published while every worker is home. Outsiders who push (foreign threads, blocking regions) do
// not wait for that, and may hold on to the old object: it stays alive, nobody sleeps in it, and its word says so.
//
// Why such a push is not lost, though nobody of the new policy hears of it. P1, P2, P3 and S1, S2, S3 as in scheduler.hpp:
//   pusher   P1 push          P2 fence          P3 reads U2's place: the old policy's
//   resizer                                        N1 writes the new one there      N2 lets workers enter
//   sleeper                                                                            S1 registers   S2 fence   S3 looks everywhere
// P3 reads what N1 overwrites, and N1 happens before S2: so P2 precedes S2 in the order of seq_cst fences, and S3 sees P1.
//
// At most one object a number of workers: where the last worker has gone home, each that slept has left the set, each that searched has
// said so, and the word is 0, so that a policy is as new (ID3), and serves again.
// Orders
//   U1  store current_ release  with U3: the policy was made before
//   U2  store word_    release  with U4
//   U3  load  current_ acquire  with U1; a worker had it by way of whoever gave it its thread
//   U4  load  word_    acquire  with U2: free where loads are ordered anyway
//   U5  load  word     relaxed  - of a policy that is not in use: nobody changes it
#pragma once
#include "core/contract/idle.hpp"
#include "core/world/force_inline.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace stealyard::sched {

// Policy: an idle policy (core/contract/idle.hpp), or what stands for one chosen at run time.
template <class W, class Policy>
class idle_in_use {
  struct made {
    unsigned workers;
    std::unique_ptr<Policy> policy;
  };

  std::vector<made> all_;       // by whoever changes the number of workers
  Policy* prepared_ = nullptr;  // the same
  atomic<W, Policy*> current_;
  atomic<W, atomic<W, std::uint32_t>*> word_;

  Policy& current() noexcept { return *current_.load(acquire); }  // U3

 public:
  using policy_type = Policy;
  const idle_claims claims;

  idle_in_use(unsigned workers, std::unique_ptr<Policy> first, idle_claims c) : current_(first.get()), word_(&first->word()), claims(c) {
    all_.push_back({workers, std::move(first)});
  }
  idle_in_use(const idle_in_use&) = delete;
  idle_in_use& operator=(const idle_in_use&) = delete;

  // While workers run: the policy for another number of them; make() returns one. May throw.
  template <class Make>
  void prepare(unsigned workers, Make make) {
    for (made& m : all_) {
      if (m.workers != workers || m.policy->word().load(relaxed) != 0) continue;  // U5
      prepared_ = m.policy.get();
      return;
    }
    all_.push_back({workers, make()});
    prepared_ = all_.back().policy.get();
  }
  // While every worker is home.
  void become_prepared() noexcept {
    current_.store(prepared_, release);       // U1
    word_.store(&prepared_->word(), release);  // U2
  }

  STEALYARD_FORCE_INLINE atomic<W, std::uint32_t>& word() noexcept { return *word_.load(acquire); }  // U4
  void work_added() noexcept { current().work_added(); }
  bool begin_search(unsigned me) noexcept { return current().begin_search(me); }
  void end_search_found(unsigned me) noexcept { current().end_search_found(me); }
  bool prepare_sleep(unsigned me, bool searching) noexcept { return current().prepare_sleep(me, searching); }
  bool cancel_sleep(unsigned me) noexcept { return current().cancel_sleep(me); }
  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept { return current().commit_sleep(me, deadline); }
  void wake_all() noexcept { current().wake_all(); }
};

}  // namespace stealyard::sched

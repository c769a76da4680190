// idle: the protocol by which workers that found nothing search, sleep and are woken. One object a scheduler.
//
// What a push reads is one word, `word()`: sleeping workers in the low half, searching workers in the high half.
//   pusher:  push; fence(seq_cst); w = word().load(relaxed); if (someone_should_wake(w)) work_added();
//   worker:  finds nothing locally
//            if (begin_search(me)) { look at the others' queues; }
//            found:  end_search_found(me)                         (only if begin_search was true)
//            not:    if (prepare_sleep(me, searching)) re-check every queue: found? cancel_sleep(me), run it
//                    commit_sleep(me, deadline)                   sleeps until woken
//            woken:  the worker is searching (claims.woken_searches) or not, as the policy says
//   Whoever counts as searching ends it: by end_search_found, or by the next prepare_sleep(me, true).
//   A stop flag is set before wake_all and looked at after every prepare_sleep, whatever that returned: a worker that registers
//   after wake_all passed is not woken by it.
//
//   template <class W> class name {
//    public:
//     static constexpr idle_claims claims{...};
//     name(unsigned workers, idle_sleepers& sleepers);           1 <= workers <= 256
//     atomic<W, std::uint32_t>& word() noexcept;
//     void work_added() noexcept;                                 any thread: wakes as many as the policy wants
//     bool begin_search(unsigned me) noexcept;                    true: I now search
//     void end_search_found(unsigned me) noexcept;                I searched and found: pass the search on if I was the last
//     bool prepare_sleep(unsigned me, bool searching) noexcept;   registers me as sleeping, full fence; true: re-check every queue
//     bool cancel_sleep(unsigned me) noexcept;                    the re-check found something. True: a waker had already chosen me, I
//                                                                 count as searching if claims.woken_searches; false: I do not search
//                                                                 (the policy itself wakes another for what else there may be)
//     bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept;  true: woken by a waker, I now count as searching if
//     claims.woken_searches
//                                                                 false: the deadline passed, I am awake and not searching
//     void wake_all() noexcept;                                   shutdown
//   };
//
// Axioms
//   ID1  Work conservation: if a task was pushed with the pusher's protocol while a worker sleeps, some worker that looks at that
//        queue after the push is awake or is woken; no task stays queued for ever while a worker sleeps.
//   ID2  A waker unparks a worker only after removing it from the sleeping set; a worker is chosen by at most one waker a sleep.
//   ID3  The word's low half is the number of workers registered as sleeping, its high half the number searching, at quiescence.
//   ID4  searching <= claims.searchers_limit(workers), until the first wake_all.
//   ID5  wake_all: every worker that registered before it returns from commit_sleep: true, as if woken by a waker.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/concept.hpp"

#include <concepts>
#include <cstdint>

namespace stealyard {

struct idle_claims {
  bool woken_searches = true;       // a woken worker already counts as searching
  bool always_recheck = false;      // prepare_sleep always asks for the re-check
  bool wakes_one_at_a_time = true;  // at most one worker is woken per work_added, and none while somebody searches
  unsigned searching_share = 1;     // at most one worker in so many searches (rounded up)
  progress begin_search = progress::lock_free;
  progress work_added = progress::blocking;

  constexpr unsigned searchers_limit(unsigned workers) const noexcept { return (workers + searching_share - 1) / searching_share; }
};

// What an idle policy sleeps on: the scheduler's parkers, by worker.
class idle_sleepers {
 public:
  virtual bool park(unsigned worker, nanoseconds_t deadline) noexcept = 0;
  virtual void unpark(unsigned worker) noexcept = 0;

 protected:
  ~idle_sleepers() = default;
};

inline constexpr std::uint32_t one_sleeping = 1;
inline constexpr std::uint32_t one_searching = 1u << 16;
constexpr std::uint32_t sleeping_in(std::uint32_t word) noexcept { return word & 0xffffu; }
constexpr std::uint32_t searching_in(std::uint32_t word) noexcept { return word >> 16; }
// One compare: somebody sleeps and nobody searches.
constexpr bool someone_should_wake(std::uint32_t word) noexcept { return word - 1 < 0xffffu; }

namespace contract {
template <class I, class W>
concept idle = std::same_as<std::remove_cvref_t<decltype(I::claims)>, idle_claims> &&
               std::constructible_from<I, unsigned, idle_sleepers&> && requires(I& i, unsigned me, bool searching, nanoseconds_t deadline) {
                 { i.word() } noexcept -> std::same_as<atomic<W, std::uint32_t>&>;
                 { i.work_added() } noexcept;
                 { i.begin_search(me) } noexcept -> std::same_as<bool>;
                 { i.end_search_found(me) } noexcept;
                 { i.prepare_sleep(me, searching) } noexcept -> std::same_as<bool>;
                 { i.cancel_sleep(me) } noexcept -> std::same_as<bool>;
                 { i.commit_sleep(me, deadline) } noexcept -> std::same_as<bool>;
                 { i.wake_all() } noexcept;
               };
}  // namespace contract

}  // namespace stealyard

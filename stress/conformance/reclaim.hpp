// Conformance of a reclaim: each axiom of core/contract/reclaim.hpp, from the claims alone.
//   RC1, RC2, RC5  readers and writers at once, plain and perturbed; threads that come and go
//   RC2, RC3, RC6  one thread, with guards and without: what is freed after each step
// RC4 needs a thread that stops inside: the progress meter.
#pragma once
#include "core/contract/reclaim.hpp"
#include "core/world/native_perturbed.hpp"
#include "core/world/real.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>

namespace stealyard::conformance::reclaim_suite {

// A node is whole while it lives. Plain on purpose: ThreadSanitizer sees what is read too late, AddressSanitizer what is gone.
struct node {
  static inline std::atomic<int> alive{0};
  static constexpr std::uint64_t whole = 0x5ca1ab1e0ddba11;
  std::uint64_t id, check;
  explicit node(std::uint64_t i) : id(i), check(i ^ whole) { alive.fetch_add(1, std::memory_order_relaxed); }
  ~node() {
    EXPECT_EQ(id ^ check, whole) << "RC2: freed twice";
    id = check = 0;
    alive.fetch_sub(1, std::memory_order_relaxed);
  }
};

template <class R, class W>
class place {
  atomic<W, node*> holds_{new node(0)};

 public:
  ~place() { delete holds_.load(relaxed); }
  void replace(R& reclaim, std::uint64_t id) { reclaim.retire(holds_.exchange(new node(id), acq_rel)); }
  node* protect(typename R::guard& g) noexcept { return g.protect(holds_); }
};

// One thread: with a guard on the first node, then without.
template <class R>
void one_thread() {
  ASSERT_EQ(node::alive.load(), 0);
  {
    std::optional<R> reclaim{std::in_place};
    place<R, real> p;
    for (unsigned round = 0; round != 300; ++round) {
      {
        typename R::guard g(*reclaim);
        const node* const first = p.protect(g);
        const std::uint64_t id = first->id;
        for (unsigned i = 1; i <= round % 40; ++i) {
          p.replace(*reclaim, round * 100 + i);
          ASSERT_EQ(first->id, id) << "RC1: freed while a guard protects it";
        }
        reclaim->quiescent();
        ASSERT_EQ(first->id ^ first->check, node::whole) << "RC1: freed while a guard protects it";
        const int kept = round % 40 == 0 ? 1 : 2;  // what stands there, and what the guard keeps back
        if (R::claims.bounded) {
          ASSERT_EQ(node::alive.load(), kept) << "RC6: a guard keeps back more than it protects";
        }
        p.protect(g);
        reclaim->quiescent();
        if (R::claims.bounded) {
          ASSERT_EQ(node::alive.load(), 1) << "RC6: a guard keeps back what it no longer protects";
        }
      }
      for (unsigned again = 0; again != 3; ++again) reclaim->quiescent();
      if (R::claims.frees) {
        ASSERT_EQ(node::alive.load(), 1) << "RC3: nobody holds a guard, and something is not freed";
      }
    }
    p.replace(*reclaim, 1);
    reclaim.reset();
    ASSERT_EQ(node::alive.load(), 1) << "RC2: the destructor left something unfreed";
  }
  ASSERT_EQ(node::alive.load(), 0);
}

// As many guards as are claimed, one node each; each ends in its turn.
template <class R>
void guards_at_once() {
  R reclaim;
  place<R, real> p;
  constexpr unsigned most = R::claims.guards;
  std::optional<typename R::guard> guards[most];
  const node* held[most];
  for (unsigned i = 0; i != most; ++i) {
    guards[i].emplace(reclaim);
    held[i] = p.protect(*guards[i]);
    p.replace(reclaim, i + 1);
  }
  for (unsigned i = 0; i != most; ++i) {
    reclaim.quiescent();
    for (unsigned j = i; j != most; ++j) ASSERT_EQ(held[j]->id ^ held[j]->check, node::whole) << "RC1: guard " << j << " of " << most;
    if (R::claims.bounded) {
      ASSERT_EQ(node::alive.load(), static_cast<int>(most - i + 1)) << "RC6: guard " << i << " of " << most << " ended";
    }
    guards[i].reset();
  }
}

// A node whose destructor retires the next.
template <class R>
struct link {
  R& reclaim;
  unsigned left;
  node alive;
  link(R& r, unsigned n) : reclaim(r), left(n), alive(n) {}
  ~link() {
    if (left != 0) reclaim.retire(new link(reclaim, left - 1));
  }
};

template <class R>
void deleting_retires_others() {
  constexpr unsigned long_chain = 100'000;  // deeper than a stack
  {
    R reclaim;
    reclaim.retire(new link<R>(reclaim, long_chain));
    reclaim.quiescent();
    if (R::claims.bounded) {
      ASSERT_EQ(node::alive.load(), 0) << "RC6: what was retired meanwhile is kept back";
    }
    reclaim.retire(new link<R>(reclaim, 3));
  }
  ASSERT_EQ(node::alive.load(), 0) << "RC2: the destructor left something unfreed";
}

// Two writers and two readers, each of which also says now and then that it is quiescent. They come and go: indices are used again.
template <class R, class W>
void readers_and_writers() {
  for (time_box box(200); box.more();) {
    {
      R reclaim;
      place<R, W> p;
      together(4, [&](unsigned me) {
        random_numbers random(me);
        for (std::uint64_t i = 1; i != 400 && !a_check_failed(); ++i) {
          if (random.one_in(8)) reclaim.quiescent();
          if (me < 2) {
            p.replace(reclaim, i * 2 + me);
            continue;
          }
          typename R::guard g(reclaim);
          const node* const n = p.protect(g);
          const std::uint64_t id = n->id;
          for (std::uint64_t wait = random.below(32); wait != 0; --wait) real::pause();
          EXPECT_EQ(n->id ^ n->check, node::whole) << "RC1: freed while a guard protects it";
          EXPECT_EQ(n->id, id) << "RC1: freed while a guard protects it, and used again";
        }
      });
    }
    ASSERT_EQ(node::alive.load(), 0) << "RC2: not everything was freed once";
  }
}

template <template <class> class V>
void add(const char* name) {
  using reclaim = V<real>;
  if constexpr (shape::reclaim<reclaim, real>()) {
    static const suite s("reclaim", name);
    s.test("RC1_RC2_RC3_RC6_one_thread", [] { one_thread<reclaim>(); });
    s.test("RC1_RC6_guards_at_once", [] { guards_at_once<reclaim>(); });
    s.test("RC2_RC6_deleting_retires_others", [] { deleting_retires_others<reclaim>(); });
    s.test("RC1_RC2_RC5_readers_and_writers", [] { readers_and_writers<reclaim, real>(); });
    s.test("RC1_RC2_RC5_readers_and_writers_perturbed", [] { readers_and_writers<V<native_perturbed>, native_perturbed>(); });
  }
}

}  // namespace stealyard::conformance::reclaim_suite

// Conformance of a channel_buffer: each axiom of core/contract/channel_buffer.hpp, from the claims alone.
//   CB1       ledger with real producers and consumers; another's calls at every step of a call (so CB6, CB7)
//   CB2       the model; order of each producer's values at each consumer
//   CB3, CB4  the model; racing producers fill, racing consumers drain, to the exact count; counts at each full and empty while
//             elements are slow to move
//   CB5       the model (alone: never lost); the claim with real threads        CB6, CB7  the model; close against real producers
//   CB8       plain payloads both ways                          CB9       counted elements, over-aligned and empty ones
//   CB10      the model; bounds with real threads
//   Linearizability beyond this is for small programs under Relacy (stress/model), and so are the progress claims. hand_off is the
//   channel's promise and is tested there.
// A buffer that leaves locking to the channel is driven under a lock.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/world/real.hpp"
#include "stress/conformance/driven.hpp"
#include "stress/conformance/interrupted/channel_buffer.hpp"
#include "core/world/native_perturbed.hpp"
#include "stress/conformance/support.hpp"
#include "stress/conformance/reference/channel_buffer.hpp"
#include "stress/conformance/register.hpp"
#include "stress/conformance/shape.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace stealyard::conformance::channel_buffer_suite {

inline constexpr std::size_t capacities[] = {1, 2, 3, 8};

// Driven through the model alone (channel_buffer.cpp): random calls; and every offset of the indices, both ends of the range on each of
// three laps.
void sequential(const reference::channel_buffer_type&);
void shifts(const reference::channel_buffer_type&);

// Values are producer * per_producer + sequence number.
template <class B, class T>
struct traffic {
  // Elements that take their time to move open every window between claim and hand-over; calls are then counted, to hold
  // full and empty against what must have been inside. The counters order the threads, so quick elements go without.
  static constexpr bool counting = std::same_as<T, unhurried>;
  static constexpr std::uint64_t per_producer = counting ? 300 : 1500;
  const std::size_t capacity;
  B buffer;
  const unsigned producers, consumers;
  ledger taken;
  std::vector<std::uint32_t> payload;  // plain on purpose
  std::vector<std::atomic<std::uint64_t>> pushed;
  std::atomic<unsigned> producing;
  std::atomic<unsigned> closers{0};
  std::atomic<std::int64_t> in{0}, out{0};  // calls that returned ok, counted after they did

  traffic(std::size_t capacity_, unsigned producers_, unsigned consumers_)
      : capacity(capacity_),
        buffer(capacity_),
        producers(producers_),
        consumers(consumers_),
        taken(producers_ * per_producer),
        payload(producers_ * per_producer, 0),
        pushed(producers_),
        producing(producers_) {}

  static std::int64_t count(const std::atomic<std::int64_t>& calls) { return counting ? calls.load() : 0; }
  void check_length() { EXPECT_LE(buffer.length(), capacity) << "CB10"; }

  // False: closed.
  bool send(std::uint64_t value) {
    payload[value] = static_cast<std::uint32_t>(value * 5 + 1);
    for (patient_loop wait; wait.turn();) {
      T element = make<T>(value);
      const std::int64_t out_before = count(out);
      const outcome o = buffer.try_push(element);
      if (o == outcome::ok) {
        if (counting) in.fetch_add(1);
        return true;
      }
      if (o == outcome::closed) return false;
      if (o == outcome::lost && !B::claims.may_lose) ADD_FAILURE() << "CB5: push returned lost, and does not claim it";
      if (o == outcome::full && counting && !B::claims.spurious_full) {
        EXPECT_GE(count(in) + producers - 1 - out_before, static_cast<std::int64_t>(capacity)) << "CB3: full with room";
      }
      if (a_check_failed()) return false;
    }
    ADD_FAILURE() << "a push of " << value << " got no room for 10 s";
    return false;
  }
  void produce(unsigned me) {
    for (std::uint64_t i = 0; i != per_producer && send(me * per_producer + i); ++i) {
      pushed[me].fetch_add(1, std::memory_order_relaxed);
      if (i % 16 == 0) check_length();
    }
  }
  void close() { closers.fetch_add(buffer.close() ? 1 : 0); }
  void consume() {
    std::vector<std::uint64_t> next(producers, 0);
    for (patient_loop wait; wait.turn();) {
      landing<T> into;
      const std::int64_t in_before = count(in);
      const outcome o = buffer.try_pop(into);
      if (o == outcome::closed || a_check_failed()) return;
      if (o == outcome::lost && !B::claims.may_lose) ADD_FAILURE() << "CB5: pop returned lost, and does not claim it";
      if (o == outcome::empty && counting && !B::claims.spurious_empty) {
        EXPECT_LE(in_before - count(out) - (consumers - 1), 0) << "CB4: empty with elements inside";
      }
      if (o != outcome::ok) continue;
      if (counting) out.fetch_add(1);
      wait = {};
      receive(number(*into), next);
    }
    ADD_FAILURE() << "a consumer got neither an element nor closed for 10 s";
  }
  void receive(std::uint64_t value, std::vector<std::uint64_t>& next) {
    ASSERT_TRUE(taken.take(value)) << "CB1: value " << value << " was received twice, or never sent";
    ASSERT_EQ(payload[value], static_cast<std::uint32_t>(value * 5 + 1)) << "CB8: the element came before what was written before its push";
    const std::uint64_t from = value / per_producer;
    ASSERT_GE(value % per_producer, next[from]) << "CB2: values of producer " << from << " out of order";
    next[from] = value % per_producer + 1;
  }
  void check_all() {
    ASSERT_EQ(closers.load(), 1u) << "CB6: how many calls of close said that they closed";
    ASSERT_EQ(buffer.length(), 0u) << "CB10";
    for (unsigned p = 0; p != producers; ++p) {
      for (std::uint64_t i = 0; i != per_producer; ++i) {
        ASSERT_EQ(taken.count(p * per_producer + i), i < pushed[p].load() ? 1u : 0u)
            << "CB1, CB6: how often value " << i << " of producer " << p << " was received; " << pushed[p].load() << " were sent, capacity "
            << capacity;
      }
    }
  }
};

// CB1, CB2, CB5 to CB8: `early`: the close comes while the producers are at work.
template <class B, class T>
void exactly_once(unsigned threads, bool early) {
  random_numbers random;
  for (time_box box; box.more();) {
    for (const std::size_t capacity : capacities) {
      const auto t = std::make_unique<traffic<B, T>>(capacity, producers_of(B::claims.who, threads), consumers_of(B::claims.who, threads));
      const std::uint64_t close_at = random.below(traffic<B, T>::per_producer);
      together(t->producers + t->consumers + (early ? 1 : 0), [&](unsigned i) {
        if (i < t->producers) {
          t->produce(i);
          if (t->producing.fetch_sub(1) == 1) t->close();
        } else if (i < t->producers + t->consumers) {
          t->consume();
        } else {
          for (patient_loop wait; t->pushed[0].load(std::memory_order_relaxed) < close_at && wait.turn();) {
          }
          t->close();
        }
      });
      if (a_check_failed()) return;
      t->check_all();
      if (a_check_failed()) return;
    }
  }
}

// CB3, CB4: nobody takes while producers race for the room, nobody puts while consumers race for the elements.
template <class B>
void exact_room() {
  const unsigned producers = producers_of(B::claims.who, 2), consumers = consumers_of(B::claims.who, 2);
  for (time_box box; box.more();) {
    for (const std::size_t capacity : capacities) {
      B buffer(capacity);
      for (unsigned lap = 0; lap != 20; ++lap) {
        std::atomic<std::size_t> in{0}, out{0};
        together(producers, [&](unsigned) {
          for (patient_loop wait; wait.turn() && in.load() <= capacity;) {
            std::uint64_t value = 7;
            const outcome o = buffer.try_push(value);
            if (o == outcome::full) return;
            in += o == outcome::ok;
          }
        });
        EXPECT_LE(in.load(), capacity) << "CB3: more elements than room";
        EXPECT_TRUE(B::claims.spurious_full || in.load() >= capacity) << "CB3: full with " << in.load() << " inside, capacity " << capacity;
        EXPECT_EQ(buffer.length(), in.load()) << "CB10";
        together(consumers, [&](unsigned) {
          for (patient_loop wait; wait.turn() && out.load() <= capacity;) {
            landing<std::uint64_t> into;
            const outcome o = buffer.try_pop(into);
            if (o == outcome::empty) return;
            out += o == outcome::ok;
          }
        });
        EXPECT_LE(out.load(), in.load()) << "CB1: more came out than went in";
        EXPECT_TRUE(B::claims.spurious_empty || out.load() >= in.load()) << "CB4: empty with " << in.load() - out.load() << " inside";
        if (a_check_failed()) return;
        for (landing<std::uint64_t> into; buffer.try_pop(into) == outcome::ok;) into.reset();
      }
    }
  }
}

// CB8, second half: the (k + capacity)-th pusher sees what the k-th taker did before its pop.
template <class B>
void room_is_ordered() {
  constexpr std::size_t count = 3000;
  for (time_box box(60); box.more();) {
    for (const std::size_t capacity : capacities) {
      B buffer(capacity);
      std::vector<std::uint32_t> note(count, 0);  // plain on purpose
      together(2, [&](unsigned i) {
        patient_loop wait;
        for (std::size_t k = 0; k != count;) {
          if (!wait.turn() || a_check_failed()) return;
          std::uint64_t value = k;
          landing<std::uint64_t> into;
          if (i == 1) note[k] = static_cast<std::uint32_t>(k + 1);
          const outcome o = i == 0 ? buffer.try_push(value) : buffer.try_pop(into);
          if (o != outcome::ok) continue;
          const bool reuses = i == 0 && k >= capacity;
          ASSERT_TRUE(!reuses || note[k - capacity] == k - capacity + 1) << "CB8: room came before what its maker wrote";
          ASSERT_TRUE(i == 0 || *into == k) << "CB2: element " << *into << " in place of " << k;
          ++k;
          wait = {};
        }
      });
      if (a_check_failed()) return;
      ASSERT_EQ(note[count - 1], count) << "no progress for 10 s";
    }
  }
}

template <template <class, class> class V>
void add(const char* name) {
  if constexpr (shape::channel_buffer<V<real, std::uint64_t>, std::uint64_t>()) {
    using words = driven<V<real, std::uint64_t>, std::uint64_t>;
    using slow = driven<V<native_perturbed, std::uint64_t>, std::uint64_t>;
    using slow_elements = driven<V<native_perturbed, unhurried>, unhurried>;
    static const suite s("channel_buffer", name);
    s.test("CB2_CB3_CB4_CB5_CB7_CB10_sequential_model", [] { sequential(reference::channel_buffer_of<V, std::uint64_t>); });
    s.test("CB2_CB3_CB4_CB7_every_shift", [] { shifts(reference::channel_buffer_of<V, std::uint64_t>); });
    s.test("CB9_counted_elements", [] { sequential(reference::channel_buffer_of<V, counted>); });
    s.test("CB9_over_aligned_elements", [] { sequential(reference::channel_buffer_of<V, over_aligned>); });
    s.test("CB9_move_only_elements", [] { sequential(reference::channel_buffer_of<V, boxed>); });
    s.test("CB2_CB3_empty_elements", [] { sequential(reference::channel_buffer_of<V, nothing>); });
    s.test("CB1_CB6_CB7_at_every_step", [] { at_every_step<V<scripted, std::uint64_t>>(); });
    s.test("CB1_CB2_CB6_CB7_CB8_exactly_once", [] { exactly_once<words, std::uint64_t>(1, false); });
    s.test("CB1_CB2_CB6_CB7_CB8_exactly_once_crowded", [] { exactly_once<words, std::uint64_t>(2, false); });
    s.test("CB1_CB2_CB3_CB4_CB6_slow_elements", [] { exactly_once<slow_elements, unhurried>(2, false); });
    s.test("CB6_close_against_producers", [] { exactly_once<words, std::uint64_t>(2, true); });
    s.test("CB6_close_against_producers_perturbed", [] { exactly_once<slow, std::uint64_t>(2, true); });
    s.test("CB3_CB4_exact_room", [] { exact_room<words>(); });
    s.test("CB3_CB4_exact_room_perturbed", [] { exact_room<slow>(); });
    s.test("CB8_room_is_ordered", [] { room_is_ordered<words>(); });
  }
}

}  // namespace stealyard::conformance::channel_buffer_suite

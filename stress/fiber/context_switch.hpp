// Each axiom of core/contract/context_switch.hpp, for every registered context switch, by raw jumps.
// Sanitizers cannot follow a raw jump (switch_fiber tells them; stress/fiber/fiber.cpp runs there), so sanitized builds skip these.
#pragma once
#include "core/contract/context_switch.hpp"
#include "core/fiber/sanitizers.hpp"
#include "core/fiber/worker_pointer.hpp"
#include "stress/conformance/register.hpp"
#include "stress/fiber/registers.hpp"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unwind.h>

namespace stealyard::fiber::context_switch_suite {

inline constexpr std::size_t size = 64 << 10;

// Two computations: the test (`host`), and `guest` on memory of its own.
template <class S>
struct pair {
  using function = void (*)(pair&, void*);
  typename S::context host;
  typename S::context guest;
  std::unique_ptr<std::byte[]> memory{new std::byte[size]};
  function body = nullptr;
  std::uint64_t values[8] = {};

  // entry knows no more than its arg, which is the first one the host sends.
  explicit pair(function f) : body(f) {
    S::make(guest, memory.get(), size, [](void* self) {
      auto& p = *static_cast<pair*>(self);
      p.body(p, S::jump(p.guest, p.host, nullptr));
      std::abort();
    });
    S::jump(host, guest, this);
  }
  void* to_guest(void* arg) noexcept { return S::jump(host, guest, arg); }
  void* to_host(void* arg) noexcept { return S::jump(guest, host, arg); }
  bool holds(const void* at) const noexcept { return at >= memory.get() && at < memory.get() + size; }
};

inline void block_signal(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
}
inline bool signal_blocked(int number) {
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return sigismember(&now, number) == 1;
}

inline void* word(std::uint64_t value) { return reinterpret_cast<void*>(value); }
inline std::uint64_t value(void* word) { return reinterpret_cast<std::uint64_t>(word); }

template <class S>
void cs1_million_switches() {
  pair<S> p([](pair<S>& me, void* arg) {
    for (;;) {
      me.values[0] += value(arg);
      arg = me.to_host(word(value(arg) * 3 + 1));
    }
  });
  std::uint64_t back = 0;
  for (std::uint64_t i = 0; i != 500000; ++i) back += value(p.to_guest(word(i)));
  ASSERT_EQ(p.values[0], 500000ull * 499999 / 2);
  ASSERT_EQ(back, 3 * (500000ull * 499999 / 2) + 500000);
}

// Three in a ring: who resumes need not be who was left.
template <class S>
void cs1_ring_of_three() {
  struct ring {
    typename S::context host, at[3];
    std::unique_ptr<std::byte[]> memory[3];
    std::string order;
    int next = 0;
  };
  static ring* r;
  ring here;
  r = &here;
  for (int i = 0; i != 3; ++i) {
    here.memory[i].reset(new std::byte[size]);
    S::make(here.at[i], here.memory[i].get(), size, [](void* arg) {
      const auto me = static_cast<int>(value(arg));
      for (;;) {
        r->order += static_cast<char>('a' + me);
        typename S::context& to = r->order.size() >= 9 ? r->host : r->at[(me + 1) % 3];
        S::jump(r->at[me], to, word(static_cast<std::uint64_t>(me + 1) % 3));
      }
    });
  }
  S::jump(here.host, here.at[0], word(0));
  ASSERT_EQ(here.order, "abcabcabc");
}

template <class S>
void cs2_callee_saved_registers() {
  pair<S> p([](pair<S>& me, void* arg) {
    for (;;) {
      spoil_registers();
      arg = me.to_host(arg);
    }
  });
  for (int i = 0; i != 1000; ++i) {
    ASSERT_EQ(registers_lost_by([](void* self) { static_cast<pair<S>*>(self)->to_guest(nullptr); }, &p), 0u)
        << "a bit a register: rbx, rbp, r12, r13, r14, r15";
  }
}

// More live values than there are registers, of every class, on both sides.
template <class S>
[[gnu::always_inline]] inline double mixed_work(std::uint64_t seed, pair<S>* p, bool guest) {
  std::uint64_t a = seed, b = seed * 3, c = seed ^ 77, d = seed + 9, e = seed * 11, f = ~seed, g = seed << 3, h = seed >> 1;
  double v = static_cast<double>(seed), w = v * 1.25, x = v + 0.5, y = v / 3, z = -v, s = v * v, t = v - 7, u = v * 0.1;
  long double big = static_cast<long double>(seed) / 7, bigger = big * big;
  for (int i = 0; i != 50; ++i) {
    if (p != nullptr) guest ? p->to_host(nullptr) : p->to_guest(nullptr);
    a += b ^ h, b = b * 5 + c, c ^= d << 1, d += e, e = e * 3 + f, f -= g, g ^= h + a, h += a & 0xff;
    v = v * 0.5 + w, w = w * 0.25 + x, x -= y * 0.125, y += z * 0.5, z = z * 0.75 - s * 1e-3, s = s * 0.5 + t, t += u, u -= v * 1e-2;
    big = big * 0.5L + bigger * 0.25L, bigger = bigger * 0.125L + 1;
  }
  return static_cast<double>(a ^ b ^ c ^ d ^ e ^ f ^ g ^ h) + v + w + x + y + z + s + t + u + static_cast<double>(big + bigger);
}
template <class S>
void cs2_live_values() {
  static double guest_result;
  pair<S> p([](pair<S>& me, void*) {
    guest_result = mixed_work(me.values[0], &me, true);
    for (;;) me.to_host(nullptr);
  });
  volatile std::uint64_t seed = 12345;
  p.values[0] = 999;
  const double host_result = mixed_work<S>(seed, &p, false);
  p.to_guest(nullptr);
  ASSERT_EQ(host_result, (mixed_work<S>(seed, nullptr, false)));
  seed = 999;
  ASSERT_EQ(guest_result, (mixed_work<S>(seed, nullptr, false)));
}

// A frame that needs a base pointer besides its stack and frame pointers: over-aligned locals and a size known at run time.
template <class S>
[[gnu::noinline]] std::uint64_t realigned_frame(pair<S>& p, std::size_t bytes) {
  alignas(128) std::uint64_t fixed[16];
  auto* dynamic = static_cast<unsigned char*>(__builtin_alloca(bytes));
  for (std::size_t i = 0; i != 16; ++i) fixed[i] = i * 1001;
  for (std::size_t i = 0; i != bytes; ++i) dynamic[i] = static_cast<unsigned char>(i);
  asm volatile("" : : "r"(fixed), "r"(dynamic) : "memory");
  p.to_guest(nullptr);
  std::uint64_t sum = reinterpret_cast<std::uintptr_t>(fixed) % 128;
  for (std::size_t i = 0; i != 16; ++i) sum += fixed[i];
  for (std::size_t i = 0; i != bytes; ++i) sum += dynamic[i];
  return sum;
}
template <class S>
void cs2_realigned_frame() {
  pair<S> p([](pair<S>& me, void*) {
    for (;;) {
      spoil_registers();
      me.to_host(nullptr);
    }
  });
  for (std::size_t bytes : {1u, 100u, 200u}) {
    ASSERT_EQ(realigned_frame(p, bytes), 1001u * 120 + bytes * (bytes - 1) / 2);
  }
}

template <class S>
void cs3_alignment_and_bounds() {
  for (std::size_t odd = 0; odd != 64; odd += 8) {
    static std::uintptr_t frame;
    typename S::context guest;
    static typename S::context host;
    alignas(64) static std::byte memory[size];
    S::make(guest, memory, size - odd, [](void*) {
      frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
      typename S::context gone;
      S::jump(gone, host, nullptr);
    });
    S::jump(host, guest, nullptr);
    ASSERT_EQ(frame % 16, 0u) << "entry's frame pointer, size " << size - odd;
    ASSERT_LT(frame, reinterpret_cast<std::uintptr_t>(memory + size - odd));
    ASSERT_GE(frame, reinterpret_cast<std::uintptr_t>(memory));
  }
}

struct frames {
  int count = 0;
  bool outside = false;
  _Unwind_Reason_Code ended = _URC_NO_REASON;
};
[[gnu::noinline]] inline frames walk() {
  frames f;
  f.ended = _Unwind_Backtrace(
      [](_Unwind_Context*, void* into) { return ++static_cast<frames*>(into)->count > 40 ? _URC_FATAL_PHASE1_ERROR : _URC_NO_REASON; }, &f);
  return f;
}
template <class S>
void cs4_unwinding_stops() {
  static frames seen;
  pair<S> p([](pair<S>& me, void*) {
    seen = walk();
    for (;;) me.to_host(nullptr);
  });
  p.to_guest(nullptr);
  ASSERT_EQ(seen.ended, _URC_END_OF_STACK);
  ASSERT_GE(seen.count, 2);
  ASSERT_LE(seen.count, 8);
}
template <class S>
void cs4_exceptions() {
  pair<S> p([](pair<S>& me, void*) {
    for (;;) {
      try {
        throw std::runtime_error("thrown on the guest's stack");
      } catch (const std::runtime_error& e) {
        me.values[1] += std::string(e.what()) == "thrown on the guest's stack";
      }
      me.to_host(nullptr);
    }
  });
  for (int i = 0; i != 100; ++i) p.to_guest(nullptr);
  ASSERT_EQ(p.values[1], 100u);
  EXPECT_EXIT(
      {
        std::set_terminate([] { std::_Exit(42); });
        pair<S> thrower([](pair<S>&, void*) { throw 1; });
        thrower.to_guest(nullptr);
      },
      testing::ExitedWithCode(42), "");
}

template <class S>
void cs5_sp_within() {
  pair<S> p([](pair<S>& me, void*) {
    for (;;) {
      me.values[2] += !me.holds(me.host.sp);
      me.to_host(nullptr);
    }
  });
  for (int i = 0; i != 10; ++i) {
    p.to_guest(nullptr);
    ASSERT_TRUE(p.holds(p.guest.sp));
  }
  ASSERT_EQ(p.values[2], 10u);
  ASSERT_EQ(typename S::context{}.sp, nullptr);
}

template <class S>
void cs6_control_words() {
  static std::uint64_t seen;
  pair<S> p([](pair<S>& me, void*) {
    set_control_word(control_word() | flush_to_zero);
    me.to_host(nullptr);
    seen = control_word() & flush_to_zero;
    for (;;) me.to_host(nullptr);
  });
  const std::uint64_t mine = control_word();
  p.to_guest(nullptr);
  const std::uint64_t after = control_word();
  set_control_word(mine);
  p.to_guest(nullptr);
  set_control_word(mine);
  ASSERT_EQ(after & flush_to_zero, S::claims.control_words ? mine & flush_to_zero : flush_to_zero);
  ASSERT_EQ(seen, S::claims.control_words ? flush_to_zero : mine & flush_to_zero);
}

template <class S>
void cs7_errno_stays() {
  pair<S> p([](pair<S>& me, void*) {
    set_errno_here(77);
    for (;;) me.to_host(nullptr);
  });
  set_errno_here(1);
  p.to_guest(nullptr);
  ASSERT_EQ(errno_here(), 77);
}

// The guest blocks a signal: the host finds it blocked, or with claims.signal_mask does not, and each has its own again.
template <class S>
void cs7_signal_mask() {
  pair<S> p([](pair<S>& me, void*) {
    block_signal(SIGUSR2);
    me.to_host(nullptr);
    me.values[3] = signal_blocked(SIGUSR2);
    for (;;) me.to_host(nullptr);
  });
  p.to_guest(nullptr);
  const bool travels = !signal_blocked(SIGUSR2);
  p.to_guest(nullptr);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR2);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ASSERT_EQ(travels, S::claims.signal_mask);
  ASSERT_EQ(p.values[3], 1u);
}

// Saved on one thread, resumed on the next, for every switch.
template <class S>
void cs1_another_thread_each_time() {
  pair<S> p([](pair<S>& me, void* arg) {
    for (;;) arg = me.to_host(word(value(arg) + 1));
  });
  std::uint64_t carried = 0;
  for (int i = 0; i != 200; ++i) {
    std::thread([&] { carried = value(p.to_guest(word(carried))); }).join();
  }
  ASSERT_EQ(carried, 200u);
}

inline bool sanitized() {
#if defined(STEALYARD_ASAN) || defined(STEALYARD_TSAN)
  return true;
#else
  return false;
#endif
}

template <class S>
void add(const char* name) {
  static_assert(contract::context_switch<S>);
  static const conformance::suite s("context_switch", name, "fiber");
  auto test = [&](const char* what, void (*run)()) {
    s.test(what, sanitized() ? [] { GTEST_SKIP() << "sanitizers cannot follow a raw jump"; } : run);
  };
  test("CS1_million_switches", cs1_million_switches<S>);
  test("CS1_ring_of_three", cs1_ring_of_three<S>);
  test("CS1_another_thread_each_time", cs1_another_thread_each_time<S>);
  test("CS2_callee_saved_registers", cs2_callee_saved_registers<S>);
  test("CS2_live_values", cs2_live_values<S>);
  test("CS2_realigned_frame", cs2_realigned_frame<S>);
  test("CS3_alignment_and_bounds", cs3_alignment_and_bounds<S>);
  test("CS4_unwinding_stops", cs4_unwinding_stops<S>);
  test("CS4_exceptions", cs4_exceptions<S>);
  test("CS5_sp_within", cs5_sp_within<S>);
  test("CS6_control_words", cs6_control_words<S>);
  test("CS7_errno_stays", cs7_errno_stays<S>);
  test("CS7_signal_mask", cs7_signal_mask<S>);
}

}  // namespace stealyard::fiber::context_switch_suite

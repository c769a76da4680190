// The axioms of core/contract/context_switch.hpp that another machine's assembly could break, by raw jumps.
#include "smoke.hpp"

#include "core/fiber/chosen_switch.hpp"
#include "core/fiber/suspended.hpp"
#include "core/fiber/traceback.hpp"
#include "core/fiber/worker_pointer.hpp"
#include "stress/fiber/registers.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>
#include <unwind.h>

namespace stealyard::smoke {

namespace {

using fiber::chosen_switch;

constexpr std::size_t stack_size = std::size_t{64} << 10;

void* word(std::uint64_t value) { return reinterpret_cast<void*>(value); }
std::uint64_t value(void* word) { return reinterpret_cast<std::uint64_t>(word); }

// The check, and a guest on memory of its own.
struct pair {
  using function = void (*)(pair&, void*);
  chosen_switch::context host;
  chosen_switch::context guest;
  std::unique_ptr<std::byte[]> memory{new std::byte[stack_size]};
  function body;
  std::uint64_t seen[4] = {};

  explicit pair(function f) : body(f) {
    chosen_switch::make(guest, memory.get(), stack_size, [](void* self) {
      auto& me = *static_cast<pair*>(self);
      me.body(me, me.to_host(nullptr));
      std::abort();
    });
    to_guest(this);
  }
  void* to_guest(void* arg) noexcept { return chosen_switch::jump(host, guest, arg); }
  void* to_host(void* arg) noexcept { return chosen_switch::jump(guest, host, arg); }
  bool holds(const void* at) const noexcept { return at >= memory.get() && at < memory.get() + stack_size; }
};

// CS1
std::string arguments_travel() {
  constexpr std::uint64_t n = 20000;
  pair p([](pair& me, void* arg) {
    for (;;) {
      me.seen[0] += value(arg);
      arg = me.to_host(word(value(arg) * 3 + 1));
    }
  });
  std::uint64_t back = 0;
  for (std::uint64_t i = 0; i != n; ++i) back += value(p.to_guest(word(i)));
  const std::string wrong = expect_equal("the sum that arrived", p.seen[0], n * (n - 1) / 2);
  return wrong.empty() ? expect_equal("the sum that came back", back, 3 * (n * (n - 1) / 2) + n) : wrong;
}

// CS2
std::string callee_saved_registers_are_kept() {
  pair p([](pair& me, void* arg) {
    for (;;) {
      fiber::spoil_registers();
      arg = me.to_host(arg);
    }
  });
  std::uint64_t lost = 0;
  for (int i = 0; i != 100; ++i) {
    lost |= fiber::registers_lost_by([](void* self) { static_cast<pair*>(self)->to_guest(nullptr); }, &p);
  }
  return expect_equal("the set of registers lost (stress/fiber/registers.hpp)", lost, 0u);
}

// CS2: more live values than there are registers, on both sides.
std::string live_values_are_kept() {
  const auto work = [](pair& me, bool guest, std::uint64_t seed) {
    std::uint64_t a[24];
    double d[24];
    for (unsigned i = 0; i != 24; ++i) a[i] = seed + i, d[i] = static_cast<double>(seed) * 0.5 + i;
    std::uint64_t bad = 0;
    for (int round = 0; round != 50; ++round) {
      guest ? me.to_host(nullptr) : me.to_guest(nullptr);
      for (unsigned i = 0; i != 24; ++i) {
        bad += a[i] != seed + i + static_cast<unsigned>(round);
        bad += d[i] != static_cast<double>(seed) * 0.5 + i + round;
        a[i] += 1;
        d[i] += 1;
      }
    }
    return bad;
  };
  static constexpr auto both = work;
  pair p([](pair& me, void*) {
    me.seen[0] = both(me, true, 1000);
    me.seen[1] = 1;
    for (;;) me.to_host(nullptr);
  });
  const std::uint64_t bad = both(p, false, 7);
  p.to_guest(nullptr);
  if (p.seen[1] != 1) return "the guest never finished";
  return expect_equal("the number of values changed", bad + p.seen[0], 0u);
}

// CS3, CS5
std::string entry_lies_aligned_on_its_stack() {
  pair p([](pair& me, void*) {
    alignas(16) volatile char local[16] = {};
    for (;;) {
      me.seen[0] = reinterpret_cast<std::uintptr_t>(&local) % 16;
      me.seen[1] = me.holds(const_cast<const char*>(&local[0]));
      me.to_host(nullptr);
    }
  });
  p.to_guest(nullptr);
  if (p.seen[0] != 0) return "the frame of entry is not 16-aligned";
  if (p.seen[1] != 1) return "entry does not run on its stack";
  if (!p.holds(p.guest.sp)) return "sp of the suspended guest is outside of its stack";
  return expect_equal("sp modulo 16", reinterpret_cast<std::uintptr_t>(p.guest.sp) % 16, 0u);
}

// CS4
std::string unwinding_ends_at_entry() {
  pair p([](pair& me, void*) {
    for (;;) {
      me.seen[0] = _Unwind_Backtrace(
          [](_Unwind_Context*, void* count) { return ++*static_cast<std::uint64_t*>(count) < 100 ? _URC_NO_REASON : _URC_NORMAL_STOP; },
          &me.seen[1]);
      try {
        throw std::runtime_error("inside");
      } catch (const std::exception& e) {
        me.seen[2] = e.what() == std::string("inside");
      }
      me.to_host(nullptr);
    }
  });
  p.to_guest(nullptr);
  if (p.seen[0] != _URC_END_OF_STACK)
    return "the unwinder ended with " + std::to_string(p.seen[0]) + " after " + std::to_string(p.seen[1]) + " frames";
  return p.seen[2] == 1 ? "" : "an exception was not caught on the guest's stack";
}

// CS6
std::string control_words_travel_as_claimed() {
  pair p([](pair& me, void*) {
    fiber::set_control_word(fiber::control_word() | fiber::flush_to_zero);
    me.to_host(nullptr);
    me.seen[0] = fiber::control_word() & fiber::flush_to_zero;
    for (;;) me.to_host(nullptr);
  });
  constexpr bool travel = chosen_switch::claims.control_words;
  const std::uint64_t mine = fiber::control_word();
  p.to_guest(nullptr);
  const std::uint64_t after = fiber::control_word() & fiber::flush_to_zero;
  fiber::set_control_word(mine);
  p.to_guest(nullptr);
  fiber::set_control_word(mine);
  const std::string wrong =
      expect_equal("the host's flush-to-zero bit", after, travel ? mine & fiber::flush_to_zero : fiber::flush_to_zero);
  return wrong.empty() ? expect_equal("the guest's", p.seen[0], travel ? fiber::flush_to_zero : mine & fiber::flush_to_zero) : wrong;
}

// CS7
std::string what_stays_with_the_thread() {
  pair p([](pair& me, void*) {
    for (;;) {
      me.seen[0] = value(fiber::worker_pointer());
      me.to_host(nullptr);
    }
  });
  fiber::set_worker_pointer(word(1));
  p.to_guest(nullptr);
  std::uint64_t on_another = 0;
  std::thread([&] {
    fiber::set_worker_pointer(word(2));
    p.to_guest(nullptr);
    on_another = p.seen[0];
  }).join();
  p.to_guest(nullptr);
  const std::uint64_t here = p.seen[0];
  fiber::set_worker_pointer(nullptr);
  const std::string wrong = expect_equal("the other thread's worker", on_another, 2u);
  return wrong.empty() ? expect_equal("this thread's worker", here, 1u) : wrong;
}

[[gnu::noinline]] void waits_here(pair& me) {
  me.to_host(nullptr);
  asm volatile("");  // no tail call
}

// Optional: where the suspended computation stands.
std::string a_suspended_guest_can_be_looked_at() {
  pair p([](pair& me, void*) {
    for (;;) waits_here(me);
  });
  p.to_guest(nullptr);
  const fiber::traceback found = fiber::capture_suspended<chosen_switch>(p.guest);
  if constexpr (!shows_suspended<chosen_switch>) return expect_equal("the number of frames of a switch that shows none", found.count, 0u);
  if (found.count < 2 || found.count > 20) return "there are " + std::to_string(found.count) + " frames";
  for (void* at : found.view()) {
    void* const function = _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(at) - 1));
    if (function == reinterpret_cast<void*>(&waits_here)) return {};
  }
  return "the function that waits is in none of the frames";
}

}  // namespace

std::vector<check> fiber_checks() {
  return {{"fiber.arguments_travel", &arguments_travel},
          {"fiber.callee_saved_registers_are_kept", &callee_saved_registers_are_kept},
          {"fiber.live_values_are_kept", &live_values_are_kept},
          {"fiber.entry_lies_aligned_on_its_stack", &entry_lies_aligned_on_its_stack},
          {"fiber.unwinding_ends_at_entry", &unwinding_ends_at_entry},
          {"fiber.control_words_travel_as_claimed", &control_words_travel_as_claimed},
          {"fiber.what_stays_with_the_thread", &what_stays_with_the_thread},
          {"fiber.a_suspended_guest_can_be_looked_at", &a_suspended_guest_can_be_looked_at}};
}

}  // namespace stealyard::smoke

#include "core/go/settings.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace stealyard::detail {

namespace {

constexpr unsigned most_workers = 256;

// Fills `value` from a variable; returns what is wrong with it.
template <class Number>
std::string read_number(const char* variable, Number& value, Number least, Number most) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return {};
  const std::string_view all(text);
  Number parsed{};
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), parsed);
  if (error != std::errc{} || end != all.data() + all.size() || parsed < least || parsed > most) {
    return std::string(variable) + "=" + text + ": accepted are " + std::to_string(least) + " to " + std::to_string(most);
  }
  value = parsed;
  return {};
}

void read_text(const char* variable, std::string& value) {
  const char* text = std::getenv(variable);
  if (value.empty() && text != nullptr) value = text;
}

std::string read_birth(stack_birth& birth) {
  std::string name;
  read_text("STEALYARD_STACKS", name);
  if (name.empty() || name == "lazy") return {};
  if (name != "eager") return "STEALYARD_STACKS=" + name + ": accepted are lazy, eager";
  birth = stack_birth::eager;
  return {};
}

std::string read_leaks(leak_check& leaks) {
  std::string name;
  read_text("STEALYARD_LEAKS", name);
  if (name.empty() || name == "off") return {};
  if (name != "report" && name != "fail") return "STEALYARD_LEAKS=" + name + ": accepted are off, report, fail";
  leaks = name == "fail" ? leak_check::fail : leak_check::report;
  return {};
}

std::string read_on_exit(exit_policy& policy) {
  std::string name;
  read_text("STEALYARD_ON_EXIT", name);
  if (name.empty() || name == "discard") return {};
  if (name != "unwind") return "STEALYARD_ON_EXIT=" + name + ": accepted are discard, unwind";
  policy = exit_policy::unwind;
  return {};
}

std::string read_slice(std::chrono::nanoseconds& slice) {
  constexpr std::chrono::nanoseconds least = std::chrono::microseconds(50), most = std::chrono::seconds(10);
  std::string text;
  if (slice.count() == 0) read_text("STEALYARD_PREEMPT_SLICE", text);
  if (text == "off") slice = std::chrono::nanoseconds(-1);
  if (!text.empty() && text != "off") {
    std::uint64_t us = 0;
    std::string problem = read_number<std::uint64_t>("STEALYARD_PREEMPT_SLICE", us, 50, 10'000'000);
    if (!problem.empty()) return problem + " microseconds, or off";
    slice = std::chrono::microseconds(us);
  }
  if (slice.count() > 0 && (slice < least || slice > most)) {
    return "preempt_slice=" + std::to_string(slice.count()) + " ns: accepted are 50 us to 10 s, negative for none, 0 for the default";
  }
  return {};
}

}  // namespace

std::string resolve(options& o) {
  if (o.workers > most_workers) {
    return "workers=" + std::to_string(o.workers) + ": accepted are 1 to " + std::to_string(most_workers) + ", or 0 for the allowed CPUs";
  }
  std::string problem;
  if (o.workers == 0) problem = read_number<unsigned>("STEALYARD_WORKERS", o.workers, 1, most_workers);
  if (problem.empty() && o.stack_size == 0) {
    problem = read_number<std::size_t>("STEALYARD_STACK_SIZE", o.stack_size, std::size_t{1} << 10, std::size_t{1} << 30);
  }
  if (problem.empty() && o.seed == 0) problem = read_number<std::uint64_t>("STEALYARD_SEED", o.seed, 1, UINT64_MAX);
  if (problem.empty() && !o.pin) {
    unsigned pin = 0;
    problem = read_number<unsigned>("STEALYARD_PIN", pin, 0, 1);
    o.pin = pin == 1;
  }
  if (problem.empty() && o.stacks == stack_birth::lazy) problem = read_birth(o.stacks);
  if (problem.empty() && o.leaks == leak_check::off) problem = read_leaks(o.leaks);
  if (problem.empty() && o.on_exit == exit_policy::discard) problem = read_on_exit(o.on_exit);
  if (problem.empty()) problem = read_slice(o.preempt_slice);
  read_text("STEALYARD_RUN_QUEUE", o.run_queue);
  read_text("STEALYARD_CHANNEL_BUFFER", o.channel_buffer);
  read_text("STEALYARD_PARKER", o.parker);
  read_text("STEALYARD_IDLE", o.idle);
  read_text("STEALYARD_VICTIM", o.victim);
  read_text("STEALYARD_TIMER_QUEUE", o.timer_queue);
  read_text("STEALYARD_SELECTOR", o.selector);
  read_text("STEALYARD_STACK", o.stack);
  read_text("STEALYARD_TOPOLOGY", o.topology);
  if (o.stack_size == 0) o.stack_size = std::size_t{64} << 10;
  constexpr std::size_t least_to_throw = std::size_t{16} << 10;
  if (problem.empty() && o.on_exit == exit_policy::unwind && o.stack_size < least_to_throw) {
    problem =
        "stack_size=" + std::to_string(o.stack_size) + ": with on_exit=unwind accepted are " + std::to_string(least_to_throw) + " and more";
  }
  return problem;
}

}  // namespace stealyard::detail

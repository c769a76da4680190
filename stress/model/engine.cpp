#include "stress/model/engine.hpp"

#include "core/contract/assert.hpp"
#include "stress/world/relacy.hpp"
#include "stress/world/schedulers.hpp"

#include <csignal>
#include <sys/time.h>
#include <unistd.h>

namespace stealyard::model {

using world::the_search;

namespace {

const subject* running = nullptr;
bool inside = false;
char running_name[512] = "?";

template <unsigned Threads>
struct hosted : rl::test_suite<hosted<Threads>, static_cast<rl::thread_id_t>(Threads)> {
  std::unique_ptr<scenario> body{running->make(running->context)};
  void thread(unsigned index) { body->thread(index); }
  void after() { body->after(); }
};

void breach_in_model(const char* text, const char*, unsigned) {
  world::fail_model(rl::test_result_user_assert_failed, text, std::source_location::current());
}

template <unsigned Threads>
verdict run(std::uint64_t count) {
  rl::test_params params;
  std::ostream nowhere(nullptr);
  params.output_stream = &nowhere;
  params.progress_stream = &nowhere;
  params.iteration_count = count;
  params.execution_depth_limit = most_steps;
  rl::ostringstream state;
  const breach_handler before = std::exchange(on_breach, &breach_in_model);
  inside = true;
  using suite = hosted<Threads>;
  const rl::test_result_e result = rl::run_test<suite, world::model_scheduler<suite::params::thread_count>>(params, state, false);
  inside = false;
  on_breach = before;
  verdict v{.failed = result != rl::test_result_success, .executions = params.stop_iteration};
  if (!v.failed) return v;
  v.iteration = the_search.iteration;
  v.steps = the_search.steps;
  v.what = rl::test_result_str(result);
  if (*world::the_model.failure != 0) v.what.append(": ").append(world::the_model.failure);
  return v;
}

verdict run(const subject& s, world::scheduler_kind kind, unsigned depth, std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  running = &s;
  the_search.kind = kind;
  the_search.depth = depth;
  the_search.seed = seed;
  the_search.first = first;
  switch (s.threads) {
    case 2:
      return run<2>(count);
    case 3:
      return run<3>(count);
    case 4:
      return run<4>(count);
    case 5:
      return run<5>(count);
    case 6:
      return run<6>(count);
    default:
      return run<7>(count);
  }
}

// pct spreads its change points over as many steps as a random execution takes: iteration 0 of the same seed.
void measure_steps(const subject& s, std::uint64_t seed) {
  run(s, world::scheduler_kind::random, 1, seed, 0, 1);
  the_search.expected_steps = the_search.steps < 8 ? 8 : the_search.steps;
}

// Crashes and hangs -----------------------------------------------------------------------------------------------------

void say(const char* text) { [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text, std::strlen(text)); }

void say_number(std::uint64_t n) {
  char digits[24];
  char* at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = static_cast<char>('0' + n % 10);
    n /= 10;
  } while (n != 0);
  say(at);
}

[[noreturn]] void die(const char* how) {
  say("stealyard-relacy: ");
  say(how);
  say("; replay: stealyard-relacy --replay '");
  say(running_name);
  say(the_search.kind == world::scheduler_kind::pct ? ":pct" : ":random");
  if (the_search.kind == world::scheduler_kind::pct) say_number(the_search.depth);
  say(":");
  say_number(the_search.seed);
  say(":");
  say_number(the_search.iteration);
  say("'\n");
  ::_exit(1);
}

void on_crash(int signal) { die(signal == SIGSEGV || signal == SIGBUS ? "CRASH: a wild access" : "CRASH: aborted"); }

// A loop without one step of the model never comes back to the scheduler.
void on_tick(int) {
  static std::uint64_t last_execution = 0;
  static unsigned last_steps = 0, quiet = 0;
  const bool moved = !inside || the_search.executions != last_execution || the_search.steps != last_steps;
  last_execution = the_search.executions;
  last_steps = the_search.steps;
  quiet = moved ? 0 : quiet + 1;
  if (quiet == 10) die("HANG: ten seconds without a step");
}

}  // namespace

void require(bool holds, const char* otherwise, std::source_location at) {
  if (!holds) world::fail_model(rl::test_result_user_assert_failed, otherwise, at);
}

std::string to_string(const scheduler_name& s) { return s.pct ? "pct" + std::to_string(s.depth) : "random"; }

std::optional<scheduler_name> parse_scheduler(std::string_view text) {
  if (text == "random") return scheduler_name{};
  if (text.size() == 4 && text.starts_with("pct") && text[3] >= '1' && text[3] < '1' + static_cast<int>(world::max_pct_depth)) {
    return scheduler_name{true, static_cast<unsigned>(text[3] - '0')};
  }
  return std::nullopt;
}

verdict explore(const subject& s, scheduler_name by, std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  if (count == 0) return {};
  if (by.pct) measure_steps(s, seed);
  return run(s, by.pct ? world::scheduler_kind::pct : world::scheduler_kind::random, by.depth, seed, first, count);
}

verdict replay(const subject& s, scheduler_name by, std::uint64_t seed, std::uint64_t iteration) {
  if (by.pct) measure_steps(s, seed);
  world::the_trace.start();
  verdict v = run(s, by.pct ? world::scheduler_kind::pct : world::scheduler_kind::random, by.depth, seed, iteration, 1);
  world::the_trace.stop();
  return v;
}

void name_running(std::string_view subject_and_program) {
  const std::size_t n = std::min(subject_and_program.size(), sizeof running_name - 1);
  std::memcpy(running_name, subject_and_program.data(), n);
  running_name[n] = 0;
}

void guard_process() {
  static std::byte own_stack[64 << 10];  // the model's stack may be what broke
  stack_t stack{};
  stack.ss_sp = own_stack;
  stack.ss_size = sizeof own_stack;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_flags = SA_ONSTACK;
  action.sa_handler = &on_crash;
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  action.sa_handler = &on_tick;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval every{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_REAL, &every, nullptr);
}

}  // namespace stealyard::model

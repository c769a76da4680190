#include "stress/go/support.hpp"

#include "core/sched/parts.hpp"
#include "core/world/real.hpp"
#include "registry/channel_buffers.hpp"
#include "registry/selectors.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <iterator>
#include <map>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stealyard::go_tests {

options row::with_workers(unsigned n) const {
  options o{.workers = n,
            .run_queue = run_queue,
            .channel_buffer = channel_buffer,
            .parker = parker,
            .idle = idle,
            .victim = victim,
            .timer_queue = timer_queue,
            .selector = selector,
            .stack = stack,
            .stacks = stacks};
  if (sanitized) o.stack_size = std::size_t{512} << 10;  // their frames are larger
  return o;
}

std::string row::name() const {
  return "w" + std::to_string(workers) + (stacks == stack_birth::lazy ? "_lazy_" : "_eager_") + run_queue + "_" + channel_buffer + "_" +
         parker + "_" + idle + "_" + victim + "_" + timer_queue + "_" + selector + (stack.empty() ? "" : "_") + stack;
}
void PrintTo(const row& r, std::ostream* out) { *out << r.name(); }

namespace {

// A function, for rows() is called before main.
const std::map<std::string, channel_buffer_claims>& buffer_claims() {
#define STEALYARD_ROW(V) {#V, channel_buffer::V<real, int>::claims},
  static const std::map<std::string, channel_buffer_claims> known = {STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)};
#undef STEALYARD_ROW
  return known;
}

constexpr std::size_t dimensions = 10;
using choice = std::array<std::size_t, dimensions>;  // an index a dimension
constexpr unsigned worker_counts[] = {2, 1, 3, 8};

std::array<std::vector<std::string>, dimensions> dimension_values(bool of_everything) {
  std::array<std::vector<std::string>, dimensions> values;
  const char* kinds[] = {"run_queue", "channel_buffer", "parker", "idle", "victim", "timer_queue", "selector"};
  for (std::size_t i = 0; i != std::size(kinds); ++i) {
    for (const auto name : sched::known_parts(kinds[i])) values[i].emplace_back(name);
  }
  // Most programs here have several senders or receivers. What claims fewer has programs of its own (arity_test.cpp).
  if (!of_everything) {
    std::erase_if(values[1], [](const std::string& name) { return buffer_claims().at(name).who != arity::mpmc; });
  }
#if defined(STEALYARD_STATIC_RUN_QUEUE)
  values[0] = {sched::static_run_queue_name};
#endif
  values[7] = {"lazy", "eager"};
  for (const unsigned n : worker_counts) values[8].push_back(std::to_string(n));
  values[9] = {""};
  if (of_everything) {
    const auto stacks = sched::known_parts("stack");
    values[9].assign(stacks.begin(), stacks.end());
  }
  return values;
}

std::vector<choice> every_choice(const std::array<std::size_t, dimensions>& sizes) {
  std::vector<choice> all{choice{}};
  for (std::size_t d = 0; d != dimensions; ++d) {
    std::vector<choice> longer;
    for (const auto& c : all) {
      for (std::size_t v = 0; v != sizes[d]; ++v) {
        longer.push_back(c);
        longer.back()[d] = v;
      }
    }
    all = std::move(longer);
  }
  return all;
}

// Greedy: one row after another, each built value by value to cover the most pairs that are still uncovered.
std::vector<choice> pairwise(const std::array<std::size_t, dimensions>& sizes) {
  std::map<std::array<std::size_t, 4>, bool> covered;  // dimension, value, dimension, value
  for (std::size_t a = 0; a != dimensions; ++a) {
    for (std::size_t b = a + 1; b != dimensions; ++b) {
      for (std::size_t i = 0; i != sizes[a]; ++i) {
        for (std::size_t j = 0; j != sizes[b]; ++j) covered[{a, i, b, j}] = false;
      }
    }
  }
  std::vector<choice> chosen;
  for (;;) {
    const auto open = std::find_if(covered.begin(), covered.end(), [](const auto& pair) { return !pair.second; });
    if (open == covered.end()) return chosen;
    choice c{};
    std::array<bool, dimensions> set{};
    c[open->first[0]] = open->first[1];
    c[open->first[2]] = open->first[3];
    set[open->first[0]] = set[open->first[2]] = true;
    for (std::size_t d = 0; d != dimensions; ++d) {
      if (set[d]) continue;
      std::size_t most = 0;
      for (std::size_t v = sizes[d]; v-- != 0;) {
        std::size_t gain = 0;
        for (std::size_t e = 0; e != dimensions; ++e) {
          if (!set[e] || e == d) continue;
          gain += d < e ? !covered[{d, v, e, c[e]}] : !covered[{e, c[e], d, v}];
        }
        if (gain >= most) {
          most = gain;
          c[d] = v;
        }
      }
      set[d] = true;
    }
    for (std::size_t a = 0; a != dimensions; ++a) {
      for (std::size_t b = a + 1; b != dimensions; ++b) covered[{a, c[a], b, c[b]}] = true;
    }
    chosen.push_back(c);
  }
}

#define STEALYARD_ROW(V) {#V, selector::V<real>::claims},
const std::map<std::string, selector_claims> selector_claims_of = {STEALYARD_SELECTORS(STEALYARD_ROW)};
#undef STEALYARD_ROW

std::vector<row> make_rows(bool all, bool of_everything) {
  const auto values = dimension_values(of_everything);
  std::array<std::size_t, dimensions> sizes{};
  for (std::size_t d = 0; d != dimensions; ++d) sizes[d] = values[d].size();
  std::vector<row> found;
  for (const auto& c : all ? every_choice(sizes) : pairwise(sizes)) {
    row r;
    std::string* names[] = {&r.run_queue, &r.channel_buffer, &r.parker, &r.idle, &r.victim, &r.timer_queue, &r.selector};
    for (std::size_t d = 0; d != std::size(names); ++d) *names[d] = values[d][c[d]];
    r.stacks = c[7] == 0 ? stack_birth::lazy : stack_birth::eager;
    r.workers = worker_counts[c[8]];
    r.stack = values[9][c[9]];
    found.push_back(std::move(r));
  }
  return found;
}

}  // namespace

// Each topic asks. Under ThreadSanitizer making them takes longer than many a test.
std::vector<row> rows(bool all, bool of_everything) {
  static std::map<std::pair<bool, bool>, std::vector<row>> made;
  const auto [at, first] = made.try_emplace({all, of_everything});
  if (first) at->second = make_rows(all, of_everything);
  return at->second;
}

bool channels_have_locks(const row& r) { return claims_of_buffer(r).locking == buffer_locking::external; }
const selector_claims& claims_of_selector(const row& r) { return selector_claims_of.at(r.selector); }
const channel_buffer_claims& claims_of_buffer(const row& r) { return buffer_claims().at(r.channel_buffer); }
bool claims_hand_off(const row& r) { return claims_of_buffer(r).hand_off; }
std::vector<std::string> channel_buffers_for(arity who) {
  std::vector<std::string> found;
  for (const auto& [name, claims] : buffer_claims()) {
    if (claims.who == who) found.push_back(name);
  }
  return found;
}
bool claims_fifo(const row& r) { return claims_of_buffer(r).order == item_order::fifo; }

namespace {

// Reads both pipes until they are closed or time is up; false: time is up.
bool drain(int out, int err, child& into, std::chrono::steady_clock::time_point limit) {
  pollfd ends[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&into.out, &into.err};
  char buffer[4096];
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    if (poll(ends, 2, static_cast<int>(left)) < 0 && errno != EINTR) return false;
    for (int i = 0; i != 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      const ssize_t n = read(ends[i].fd, buffer, sizeof buffer);
      if (n > 0) texts[i]->append(buffer, static_cast<std::size_t>(n));
      if (n == 0) ends[i].fd = -1;
    }
  }
  return true;
}

// `become`, in the new process, does not return.
template <class F>
child in_new_process(F become, std::chrono::milliseconds limit) {
  child result;
  int out[2];
  int err[2];
  if (pipe(out) != 0 || pipe(err) != 0) return result;
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(0);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (const int end : {out[0], out[1], err[0], err[1]}) close(end);
    become();
  }
  close(out[1]);
  close(err[1]);
  if (!drain(out[0], err[0], result, std::chrono::steady_clock::now() + limit)) {
    result.timed_out = true;
    kill(pid, SIGKILL);
  }
  close(out[0]);
  close(err[0]);
  int raw = 0;
  waitpid(pid, &raw, 0);
  if (WIFEXITED(raw) && !result.timed_out) result.status = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) result.signal = WTERMSIG(raw);
  return result;
}

[[noreturn]] void end_as(const std::function<int()>& body) {
  const int status = body();
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

child in_child(const std::function<int()>& body, std::chrono::milliseconds limit) {
  return in_new_process([&] { end_as(body); }, limit);
}

child in_fresh_child(const std::function<int()>& body, std::chrono::milliseconds limit) {
  const unsigned number = ++fresh_children;
  if (fresh_child_to_be != 0) {
    if (number != fresh_child_to_be) return {};
    alarm(0);
    end_as(body);
  }
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  const std::string only = std::string("--gtest_filter=") + test.test_suite_name() + "." + test.name();
  const std::string which = "--fresh_child=" + std::to_string(number);
  return in_new_process(
      [&] {
        for (const char* ours : {"GTEST_OUTPUT", "GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) unsetenv(ours);
        execl("/proc/self/exe", "stealyard-go-tests", only.c_str(), which.c_str(), all_rows ? "--all-rows" : nullptr, nullptr);
        _exit(127);
      },
      limit);
}

void PrintTo(const child& c, std::ostream* out) {
  *out << "status " << c.status << ", signal " << c.signal << (c.timed_out ? ", timed out" : "") << "\n--- stdout\n"
       << c.out << "--- stderr\n"
       << c.err << "---";
}

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool starts_with(const std::string& text, const std::string& part) { return text.compare(0, part.size(), part) == 0; }

}  // namespace stealyard::go_tests

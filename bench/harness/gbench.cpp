#include "bench/harness/gbench.hpp"

#include <benchmark/benchmark.h>
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <sstream>
#include <unistd.h>

namespace stealyard::bench {

namespace {

using micro::variant_scenario;

// What Google Benchmark's state does not carry: the answer, and how many operations a batch has.
struct ledger {
  const variant_scenario* of = nullptr;
  std::uint64_t size = 0;
  random_source random{1};
  answer checked{};
  std::uint64_t operations = 0;  // in the last run of the loop
  std::uint64_t a_batch = 1;     // operations
  bool stop_when_wrong = true;   // else it goes on: the measurement says that its answer is wrong
};

std::string complaint(const ledger& book) {
  return "wrong answer of " + book.of->workload_name() + " with " + book.of->variant + ": expected " + book.checked.expected + ", got " +
         book.checked.got;
}

// Each turn of the loop is a batch that times itself: building and checking cost no time.
void loop(benchmark::State& state, ledger& book) {
  book.operations = 0;
  for ([[maybe_unused]] auto turn : state) {
    const run_outcome batch = book.of->run(book.size, book.random);
    state.SetIterationTime(batch.elapsed_ns * 1e-9);
    book.operations += batch.operations;
    book.a_batch = batch.operations;
    book.checked.check(batch);
    if (!book.checked.ok && book.stop_when_wrong) {
      state.SkipWithError(complaint(book).c_str());
      break;
    }
  }
  state.counters["operations"] = static_cast<double>(book.operations);
}

benchmark::internal::Benchmark* add(const std::string& name, ledger& book) {
  return benchmark::RegisterBenchmark(name.c_str(), [&book](benchmark::State& state) { loop(state, book); })->UseManualTime();
}

// Keeps the samples and prints nothing.
class collector final : public benchmark::BenchmarkReporter {
 public:
  std::vector<double> samples;
  std::uint64_t operations = 0;

  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const double done = run.counters.at("operations").value;
      operations = static_cast<std::uint64_t>(done);
      samples.push_back(run.real_accumulated_time * 1e9 / done);
    }
  }
};

// What a loop costs that adds up what it takes, as the scenarios do, without any part in it.
double own_cost() {
  constexpr std::uint64_t turns = 100'000;
  tally seen;
  const stopwatch watch;
  for (std::uint64_t i = 0; i != turns; ++i) {
    opaque(i);
    seen.add(i);
  }
  const double elapsed = watch.ns();
  opaque(seen.squares);
  return elapsed / static_cast<double>(turns);
}

void initialize(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
}

// One line a run: ns an operation, however many operations a batch has.
class table final : public benchmark::BenchmarkReporter {
  const std::vector<ledger>& books_;
  bool colour_;
  std::size_t width_ = 0;

  double operations_in_a_batch(const std::string& name) const {
    for (const ledger& book : books_) {
      if (name == benchmark_name(*book.of)) return static_cast<double>(book.a_batch);
    }
    return 1;
  }
  std::string value_of(const Run& run, const std::string& name) const {
    if (run.run_type == Run::RT_Aggregate && run.aggregate_unit == benchmark::kPercentage) {
      return fmt::format("{:10.2f} % ", run.real_accumulated_time * 100);
    }
    return fmt::format("{:10.3f} ns", run.GetAdjustedRealTime() / operations_in_a_batch(name));
  }

 public:
  bool failed = false;

  table(const std::vector<ledger>& books, bool colour) : books_(books), colour_(colour) {}
  static std::string benchmark_name(const variant_scenario& of) { return of.kind + "/" + of.name + "/" + of.variant; }

  bool ReportContext(const Context& context) override {
    width_ = context.name_field_width;
    GetOutputStream() << fmt::format("{:<{}} {:>13}  {:>10}\n", "benchmark", width_, "an operation", "batches");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const std::string name = run.run_name.function_name;
      const std::string shown = run.aggregate_name.empty() ? name : name + "_" + run.aggregate_name;
      if (run.error_occurred) {
        failed = true;
        GetErrorStream() << "stealyard-bench: " << run.error_message << "\n";
        continue;
      }
      GetOutputStream() << fmt::format("{}{:<{}}{} {}  {:>10}\n", colour_ ? "\x1b[32m" : "", shown, width_, colour_ ? "\x1b[0m" : "",
                                       value_of(run, name), run.iterations);
    }
    GetOutputStream().flush();
  }
};

std::vector<ledger> register_all() {
  std::vector<ledger> books;
  for (const auto& each : micro::scenarios()) {
    if (each.not_applicable.empty()) books.push_back({.of = &each, .size = each.default_size});
  }
  return books;
}

bool asks_for(int argc, char** argv, std::string_view prefix, std::string_view other_than = {}) {
  return std::any_of(argv + 1, argv + argc, [&](const char* word) {
    const std::string_view text(word);
    return text.starts_with(prefix) && (other_than.empty() || text.substr(prefix.size()) != other_than);
  });
}

}  // namespace

measured sample_scenario(const request& wanted) {
  initialize({"stealyard-bench"});
  ledger book{.of = wanted.scenario, .size = wanted.size, .random = random_source(wanted.seed), .stop_when_wrong = false};
  const double seconds = std::max(static_cast<double>(wanted.min_time_ms) * 1e-3, 1e-9);
  add("scenario", book)->Repetitions(static_cast<int>(wanted.samples))->MinTime(seconds);
  book.checked.check(wanted.scenario->run(wanted.size, book.random));  // warms up

  collector kept;
  const double before = cpu_seconds_so_far();
  benchmark::RunSpecifiedBenchmarks(&kept, "all");
  measured result;
  result.unit = "ns/op";
  result.cpu_seconds = cpu_seconds_so_far() - before;
  result.samples = kept.samples;
  result.operations = kept.operations;
  result.threads = wanted.scenario->threads;
  result.checked = book.checked;
  result.harness_cost = own_cost();
  return result;
}

int run_google_benchmark(int argc, char** argv) {
  std::vector<ledger> books = register_all();
  for (ledger& book : books) add(table::benchmark_name(*book.of), book);
  const bool other_format = asks_for(argc, argv, "--benchmark_format=", "console");
  const std::vector<std::string> typed(argv + 1, argv + argc);
  std::ostringstream complaints;
  std::streambuf* const terminal = std::cerr.rdbuf(complaints.rdbuf());  // it says the same as we do, in other words
  benchmark::Initialize(&argc, argv);
  std::cerr.rdbuf(terminal);
  if (argc > 1) {
    std::cerr << "stealyard-bench: unknown flag or value '" << argv[1] << "'; --gbench --help lists what Google Benchmark accepts\n";
    return 2;
  }
  complaints.str({});
  table ours(books, isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr);
  ours.SetErrorStream(&complaints);
  const std::size_t matched = other_format ? benchmark::RunSpecifiedBenchmarks() : benchmark::RunSpecifiedBenchmarks(&ours);
  if (matched == 0) {
    std::string given;
    for (const auto& word : typed) given += " " + word;
    std::cerr << "stealyard-bench: no benchmark matched" << given << "; --gbench --benchmark_list_tests lists them\n";
    return 3;
  }
  std::cerr << complaints.str();
  const bool wrong = std::any_of(books.begin(), books.end(), [](const ledger& book) { return !book.checked.ok; });
  return wrong || !std::cout.flush() ? 1 : 0;
}

}  // namespace stealyard::bench

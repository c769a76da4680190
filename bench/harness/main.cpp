// stealyard-bench: our own runtime and its parts, measured as a subject of scripts/stealyard bench.
//
// It speaks the subject protocol of results/README.md: `--list` describes what there is, `--workload NAME` measures one and prints one
// line of JSON. Exit status: 0 done, 1 wrong answer, 2 usage, 3 not applicable or nothing matched.
#include "bench/harness/gbench.hpp"
#include "bench/harness/options.hpp"
#include "bench/harness/report.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace stealyard::bench {

namespace {

int complain(const char* what, int status) {
  std::fprintf(stderr, "stealyard-bench: %s\n", what);
  return status;
}

int print(const std::string& text) {
  if (std::puts(text.c_str()) >= 0 && std::fflush(stdout) == 0) return 0;
  return complain((std::string("cannot write to standard output: ") + std::strerror(errno)).c_str(), 1);
}

int measure(const request& wanted) {
  const measured result = wanted.program != nullptr ? sample_workload(wanted) : sample_scenario(wanted);
  const int status = print(measurement_line(wanted, result));
  if (result.checked.ok) return status;
  return complain(("wrong answer: expected " + result.checked.expected + ", got " + result.checked.got).c_str(), 1);
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--gbench") {
    argv[1] = argv[0];
    return run_google_benchmark(argc - 1, argv + 1);
  }
  const command_line given = parse(argc, argv);
  if (!given.help.empty()) return print(given.help);
  if (given.list) return print(listing_line());
  return measure(*given.measure);
}

}  // namespace

}  // namespace stealyard::bench

int main(int argc, char** argv) {
  using namespace stealyard::bench;
  try {
    return run(argc, argv);
  } catch (const usage_error& error) {
    return complain(error.what(), 2);
  } catch (const nothing_matched& error) {
    return complain(error.what(), 3);
  } catch (const refused& by) {
    return by.status == 0 ? 2 : by.status;
  } catch (const std::bad_alloc&) {
    return complain("out of memory; a smaller --size may fit", 2);
  }
}

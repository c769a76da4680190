// stealyard-meter: the progress claims of every variant, against what happens when somebody stops for good at each of his steps.
#include "stress/meter/controls.hpp"
#include "stress/meter/meter.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <CLI/CLI.hpp>

namespace {

using namespace stealyard::meter;

enum exit_status { fine = 0, failed = 1, usage = 2, nothing = 3 };

int run(const std::string& filter, bool list) {
  unsigned measured = 0, wrong = 0, left_out = 0;
  for (const entry& e : entries()) {
    if (fnmatch(filter.c_str(), e.dotted().c_str(), 0) != 0) continue;
    if (list) {
      fmt::print("{}\n", e.dotted());
      ++measured;
      continue;
    }
    if (!e.not_applicable.empty()) {
      ++left_out;
      fmt::print("{}: not applicable, {}\n", e.dotted(), e.not_applicable);
      continue;
    }
    ++measured;
    const findings f = measure(e);
    std::string report;
    const bool exact = judge(e, f, report);
    if (!exact) ++wrong;
    fmt::print("{}{}: {} stops\n{}", exact ? "" : "FAILED meter.", e.dotted(), f.stops, report);
  }
  if (measured + left_out == 0) {
    fmt::print(stderr, "stealyard-meter: nothing matches --filter {}; --list names what there is\n", filter);
    return nothing;
  }
  if (!list) fmt::print("{} measured, {} claim something else, {} not applicable\n", measured, wrong, left_out);
  return wrong == 0 ? fine : failed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Progress: stops a thread at each of its steps, for good, and sees who can still finish."};
  app.set_help_flag("--help");
  std::string filter = "*";
  bool list = false, controls = false;
  app.add_option("--filter", filter, "KIND.VARIANT; * and ? are wild");
  app.add_flag("--list", list);
  app.add_flag("--controls", controls, "objects whose progress is known");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "stealyard-meter: {}\n", e.what());
    return usage;
  }
  if (controls) return check_controls() ? fine : failed;
  return run(filter, list);
}

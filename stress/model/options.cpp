#include "stress/model/options.hpp"

#include <charconv>
#include <cstdio>

namespace stealyard::model {

const char* const usage =
    "stealyard-relacy [--filter PATTERN] [--seed N] [--budget FACTOR] [--save FOLDER] [--scheduler random|pct3] [--weaken "
    "FILE:ROW[:ROLE]=ORDER]...\n"
    "stealyard-relacy --replay 'KIND/VARIANT:PROGRAM:SCHEDULER:SEED:ITERATION'\n"
    "stealyard-relacy --teeth [--no-clean] [--seeds N] [--filter PATTERN] [--budget FACTOR]\n"
    "stealyard-relacy --self-check | --list | --help\n"
    "PATTERN is matched against kind.variant (or kind.variant+bug with --teeth); * and ? are wild.\n"
    "Exit status: 0 nothing found, 1 something failed, 2 bad usage, 3 nothing matched.\n";

namespace {

template <class Number>
bool number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

int refuse(const std::string& why) {
  std::fprintf(stderr, "stealyard-relacy: %s\n", why.c_str());
  return 2;
}

bool selected(const options& o, std::string_view dotted) { return wild_match(o.filter, dotted); }

std::optional<options> parse_options(int argc, char** argv, std::string& why) {
  options o;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i];
    std::optional<std::string_view> value;
    if (const std::size_t equals = flag.find('='); flag.starts_with("--") && equals != flag.npos) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    }
    if (flag == "--teeth" || flag == "--no-clean" || flag == "--self-check" || flag == "--list" || flag == "--help") {
      if (value) return why = std::string(flag) + " takes no value", std::nullopt;
      (flag == "--teeth"        ? o.teeth
       : flag == "--no-clean"   ? o.no_clean
       : flag == "--self-check" ? o.self_check
       : flag == "--list"       ? o.list
                                : o.help) = true;
      continue;
    }
    const bool known = flag == "--filter" || flag == "--seed" || flag == "--budget" || flag == "--replay" || flag == "--save" ||
                       flag == "--weaken" || flag == "--seeds" || flag == "--scheduler";
    if (!known) {
      why = "unknown argument " + std::string(argv[i]) +
            "; accepted are --filter --seed --budget --replay --save --scheduler --weaken --teeth --no-clean --seeds --self-check --list "
            "--help";
      return std::nullopt;
    }
    if (!value) {
      if (i + 1 == argc) return why = std::string(flag) + " needs a value", std::nullopt;
      value = argv[++i];
    }
    const auto refused = [&](const char* accepted) {
      why = std::string(flag) + " " + std::string(*value) + ": accepted is " + accepted;
      return std::nullopt;
    };
    if (flag == "--filter") o.filter = *value;
    if (flag == "--replay") {
      if (value->empty()) return refused("kind/variant:program:scheduler:seed:iteration");
      o.replay = *value;
    }
    if (flag == "--save") o.save = *value;
    if (flag == "--scheduler") {
      if (*value != "random" && *value != "pct3") return refused("random or pct3");
      o.scheduler = *value;
    }
    if (flag == "--seed") o.seed_given = true;
    if (flag == "--seed" && !number(*value, o.seed)) return refused("a number from 0 to 2^64 - 1");
    if (flag == "--seeds" && (!number(*value, o.seeds) || o.seeds < 1 || o.seeds > 10000)) return refused("a number from 1 to 10000");
    if (flag == "--budget" && (!number(*value, o.budget) || !(o.budget >= 0.001 && o.budget <= 100000))) {
      return refused("a factor from 0.001 to 100000");
    }
    if (flag == "--weaken") {
      const auto w = world::parse_weakening(*value, why);
      if (!w) return why = "--weaken " + why, std::nullopt;
      o.weakened.push_back(*w);
    }
  }
  return o;
}

}  // namespace stealyard::model

// stealyard-programs NAME [--PART=NAME …]: runs one seed program, with the parts named here or in STEALYARD_*. Without a name: checks them
// all against expected.txt on a pairwise covering set of combinations of parts (--all-rows: on all of them), each in a process of its own.
// What a combination does not claim, and the program needs, makes it "not applicable": skipped, and so counted and listed.
#include "core/fiber/traceback.hpp"
#include "stress/go/messages.hpp"
#include "stress/programs/seed/programs.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>

namespace stealyard::programs {

namespace {

std::vector<program> all_programs() {
  std::vector<program> all = basics();
  for (const auto& more : {patterns(), deaths()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

// ---- what they say -----------------------------------------------------------------------------------------------------------

struct saying {
  std::string out;
  int status = 0;
};

std::map<std::string, saying, std::less<>> read_expected(const char* file) {
  std::map<std::string, saying, std::less<>> all;
  std::ifstream in(file);
  saying* into = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      const std::size_t end = line.find(' ', 3);
      into = &all[line.substr(3, end == std::string::npos ? end : end - 3)];
      if (end != std::string::npos) into->status = std::stoi(line.substr(end + 1));
    } else if (into != nullptr) {
      into->out += line + "\n";
    }
  }
  return all;
}

// ---- what they need ----------------------------------------------------------------------------------------------------------

constexpr bool covers(arity claimed, arity needed) {
  const bool many_senders = needed == arity::mpsc || needed == arity::mpmc, many_receivers = needed == arity::spmc || needed == arity::mpmc;
  return (!many_senders || claimed == arity::mpsc || claimed == arity::mpmc) &&
         (!many_receivers || claimed == arity::spmc || claimed == arity::mpmc);
}

// Empty: they cover it.
std::string not_claimed(const go_tests::row& r, const needs& needed) {
  if (needed.buffered) {
    const channel_buffer_claims& claims = go_tests::claims_of_buffer(r);
    if (!covers(claims.who, *needed.buffered)) {
      return r.channel_buffer + " claims " + std::string(to_string(claims.who)) + ", needed is " + std::string(to_string(*needed.buffered));
    }
    if (needed.fifo && claims.order != item_order::fifo) return r.channel_buffer + " does not claim fifo";
    if (needed.hand_off && !claims.hand_off) return r.channel_buffer + " does not claim hand_off";
  }
  if (needed.sleeping_select && !go_tests::claims_of_selector(r).sleeps) return r.selector + " does not claim sleeps";
  return "";
}

class program_on_row : public ::testing::Test {
  const program& program_;
  const saying& wanted_;
  const go_tests::row row_;

 public:
  program_on_row(const program& p, const saying& wanted, const go_tests::row& r) : program_(p), wanted_(wanted), row_(r) {}

  void TestBody() override {
    const std::string missing = not_claimed(row_, program_.needed);
    if (!missing.empty()) GTEST_SKIP() << "not applicable: " << missing;
    const go_tests::child ended = go_tests::in_child([&] { return run(row_.parts(), program_.main); });
    EXPECT_EQ(ended.out, wanted_.out);
    EXPECT_TRUE(ended.err.starts_with(program_.last_words)) << ::testing::PrintToString(ended);
    if (program_.death.empty()) {
      EXPECT_EQ(ended.err, "");
      EXPECT_EQ(ended.status, wanted_.status) << ::testing::PrintToString(ended);
    } else {
      go_tests::expect_death_by(ended, std::string(program_.death), wanted_.status);
    }
  }
};

void add_checks(const std::vector<program>& all, bool every_row) {
  static const auto expected = read_expected(STEALYARD_PROGRAMS "/expected.txt");
  static const std::vector<go_tests::row> rows = go_tests::rows(every_row, /*of_everything=*/true);
  for (const program& p : all) {
    const auto wanted = expected.find(p.name);
    if (wanted == expected.end()) {
      std::fprintf(stderr, "stealyard-programs: there is no %s in " STEALYARD_PROGRAMS "/expected.txt\n", std::string(p.name).c_str());
      std::exit(1);
    }
    for (const go_tests::row& r : rows) {
      ::testing::RegisterTest(("programs_" + std::string(p.name)).c_str(), r.name().c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [&p, &said = wanted->second, &r]() -> ::testing::Test* { return new program_on_row(p, said, r); });
    }
  }
}

// ---- one by hand -------------------------------------------------------------------------------------------------------------

bool set_part(options& o, const std::string& word) {
  const std::pair<const char*, std::string options::*> parts[] = {
      {"--run_queue=", &options::run_queue}, {"--channel_buffer=", &options::channel_buffer},
      {"--parker=", &options::parker},       {"--idle=", &options::idle},
      {"--victim=", &options::victim},       {"--timer_queue=", &options::timer_queue},
      {"--selector=", &options::selector},   {"--stack=", &options::stack}};
  for (const auto& [flag, field] : parts) {
    if (word.starts_with(flag)) return o.*field = word.substr(std::strlen(flag)), true;
  }
  return false;
}

int run_one(const program& p, int count, char** words) {
  options o;
  for (int i = 0; i != count; ++i) {
    if (set_part(o, words[i])) continue;
    std::fprintf(stderr,
                 "stealyard-programs: \"%s\": accepted are --run_queue=, --channel_buffer=, --parker=, --idle=, --victim=, "
                 "--timer_queue=, --selector=, --stack= and STEALYARD_* in the environment\n",
                 words[i]);
    return 2;
  }
  return run(o, p.main);
}

}  // namespace

}  // namespace stealyard::programs

int main(int argc, char** argv) {
  using namespace stealyard;
  const std::vector<programs::program> all = programs::all_programs();
  if (argc > 1 && argv[1][0] != '-') {
    const auto named = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == argv[1]; });
    if (named != all.end()) return programs::run_one(*named, argc - 2, argv + 2);
    std::fprintf(stderr, "stealyard-programs: \"%s\": accepted are", argv[1]);
    for (const auto& p : all) std::fprintf(stderr, " %s", std::string(p.name).c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  const auto every_row = std::find_if(argv + 1, argv + argc, [](const char* word) { return std::strcmp(word, "--all-rows") == 0; });
  programs::add_checks(all, every_row != argv + argc);
  ::testing::InitGoogleTest(&argc, argv);
  fiber::load_symbols();  // once: child processes inherit them
  const int status = RUN_ALL_TESTS();
  return ::testing::UnitTest::GetInstance()->test_to_run_count() == 0 ? 3 : status;
}

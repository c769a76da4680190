// Trying things in a child process, and what that is for: corrupted descriptions cost neither the process nor its stderr.
#include "core/topology/trial.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

TEST(topology_trial, tells_success_from_every_kind_of_failure) {
  EXPECT_EQ(try_in_a_child([] { return true; }), trial_outcome::succeeded);
  EXPECT_EQ(try_in_a_child([] { return false; }), trial_outcome::failed);
  EXPECT_EQ(try_in_a_child([] {
              std::fprintf(stderr, "a complaint\n");
              return true;
            }),
            trial_outcome::failed);
  EXPECT_EQ(try_in_a_child([] {
              for (int i = 0; i < 100'000; ++i) std::fprintf(stderr, "many\n");
              return true;
            }),
            trial_outcome::failed);
  EXPECT_EQ(try_in_a_child([]() -> bool {
              std::raise(SIGSEGV);
              return true;
            }),
            trial_outcome::failed);
  EXPECT_EQ(try_in_a_child([]() -> bool { std::abort(); }), trial_outcome::failed);
  EXPECT_EQ(try_in_a_child([]() -> bool { ::_exit(0); }), trial_outcome::failed);
}

TEST(topology_trial, changes_nothing_here) {
  int touched = 0;
  EXPECT_EQ(try_in_a_child([&] {
              touched = 1;
              return ::setenv("STEALYARD_TRIAL", "1", 1) == 0;
            }),
            trial_outcome::succeeded);
  EXPECT_EQ(touched, 0);
  EXPECT_EQ(std::getenv("STEALYARD_TRIAL"), nullptr);
}

TEST(topology_trial, a_hang_ends) {
  auto const start = std::chrono::steady_clock::now();
  EXPECT_EQ(try_in_a_child(
                [] {
                  for (;;) ::pause();
                  return true;
                },
                1),
            trial_outcome::failed);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(topology_trial, needs_no_sigchld) {
  auto const before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(try_in_a_child([] { return true; }), trial_outcome::succeeded);
  EXPECT_EQ(try_in_a_child([] { return false; }), trial_outcome::failed);
  std::signal(SIGCHLD, before);
}

void is_sound_or_refused(result<machine> const& found) {
  if (!found) {
    RC_ASSERT(found.error().kind == error_kind::usage);
    RC_ASSERT(found.error().reason.find('\n') == std::string::npos);
    return;
  }
  RC_ASSERT(!found->is_this_machine());
  RC_ASSERT(!found->allowed_pus().empty());
  for (unsigned a = 0; a < found->pus().size(); ++a)
    for (unsigned b = 0; b < found->pus().size(); ++b) RC_ASSERT(found->distance(a, b) == found->distance(b, a));
  for (unsigned const p : found->place(20, placement::scatter)) RC_ASSERT(found->pus().at(p).allowed);
}

TEST(topology_trial, xml_with_a_few_bytes_changed) {
  std::ifstream file(machine_file("two_packages_reported.xml"));
  std::string const good{std::istreambuf_iterator<char>(file), {}};
  scratch_folder scratch;
  EXPECT_TRUE(rc::check("is refused, or is a sound machine", [&] {
    std::string text = good;
    auto const edits = *rc::gen::inRange(1, 5);
    for (int i = 0; i < edits; ++i) {
      auto const at = *rc::gen::inRange<std::size_t>(0, text.size());
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          text[at] = *rc::gen::elementOf(std::string("0123456789-fx\"<>/= PUa"));
          break;
        case 1:
          text.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
          break;
        default:
          text.insert(at, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), *rc::gen::inRange<std::size_t>(1, 40)));
      }
    }
    is_sound_or_refused(discover({.topology = "xml:" + scratch.write("machine.xml", text)}));
  }));
}

TEST(topology_trial, synthetic_strings_made_of_the_right_words) {
  std::vector<std::string> const words{
      "pack:2", "numa:2", "core:2", "pu:2", "l3:1", "l2:2",  "pu:",      "[numa]", "group:2", "(size=1MB)",
      "(",      ")",      "2",      "0",    "-1",   "die:2", "core:1.5", ":",      "pu:1",    "(indexes=3,1,2,0)"};
  EXPECT_TRUE(rc::check("are refused, or are sound machines", [&] {
    auto const chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words));
    std::string text;
    for (auto const& word : chosen) text += (*rc::gen::arbitrary<bool>() ? " " : "") + word;
    RC_LOG() << text;
    is_sound_or_refused(discover({.topology = "synthetic:" + text}));
  }));
}

}  // namespace
}  // namespace stealyard::topology::testing

// stealyard-litmus: litmus programs and their outcomes by the axioms of C++20; the checker's own trial.
#include "stress/litmus/axiomatic/model.hpp"
#include "stress/litmus/library/library.hpp"
#include "stress/litmus/variations.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>

namespace {

using namespace stealyard::litmus;
using axiomatic::axiom;

enum exit_status { fine = 0, failed = 1, usage = 2 };

struct arguments {
  std::string program;
  std::string seq_cst = "c++20";
  std::string release_sequences = "c++20";
  bool load_buffering = false;
  std::uint64_t seed = 1;
  std::size_t programs = 2000;
  unsigned instructions = 7;
};

axiomatic::model model_of(const arguments& given) {
  axiomatic::model m;
  if (given.seq_cst == "rc11") m.seq_cst = axiomatic::seq_cst_rule::rc11;
  if (given.release_sequences == "c++11") m.release_sequence = axiomatic::release_sequence_rule::cpp11;
  return given.load_buffering ? m.without(axiom::no_thin_air) : m;
}

int show(const arguments& given) {
  const program p = parse_program(given.program);
  axiomatic::effort spent;
  const verdict v = axiomatic::decide(p, model_of(given), &spent);
  if (v.races) fmt::print("data race: the program has no meaning\n");
  for (const outcome& o : v.outcomes) fmt::print("{}\n", to_string(p, o));
  if (!given.load_buffering) {
    const verdict more = axiomatic::decide(p, model_of(given).without(axiom::no_thin_air));
    for (const outcome& o : more.outcomes) {
      if (!v.outcomes.contains(o) && !v.races) fmt::print("{}   only by load buffering, which is outside the model\n", to_string(p, o));
    }
  }
  fmt::print("{} candidate executions, {} consistent\n", spent.candidates, spent.consistent);
  return fine;
}

int list() {
  for (const library::test& t : library::tests()) {
    fmt::print("{:32} {:9}  {:20}  {}   asked: {}\n", t.from.name, library::to_string(t.from.verdict), library::to_string(t.from.from),
               to_string(t.code), t.from.outcome);
  }
  return fine;
}

// Every verdict of the library; and every axiom left out must change some verdict, or the library cannot see that axiom.
int check_library() {
  int wrong = 0;
  for (const library::test& t : library::tests()) {
    if (parse_program(to_string(t.code)) != t.code) {
      ++wrong;
      fmt::print("FAILED {}: its text reads back as {}\n", t.from.name, to_string(parse_program(to_string(t.code))));
    }
    const library::known got = library::answer(t, axiomatic::decide(t.code));
    if (got == t.from.verdict) continue;
    ++wrong;
    fmt::print("FAILED {}: {} is {}, known as {} ({})\n  {}\n", t.from.name, t.from.outcome, library::to_string(got),
               library::to_string(t.from.verdict), library::to_string(t.from.from), to_string(t.code));
  }
  for (unsigned a = 0; a != axiomatic::axioms; ++a) {
    std::string changed;
    unsigned count = 0;
    for (const library::test& t : library::tests()) {
      if (library::answer(t, axiomatic::decide(t.code, axiomatic::model{}.without(axiom{static_cast<unsigned char>(a)}))) !=
          t.from.verdict) {
        if (++count <= 4) changed.append(" ").append(t.from.name);
      }
    }
    fmt::print("without {:22} {:3} verdicts change:{}{}\n", axiomatic::to_string(axiom{static_cast<unsigned char>(a)}), count, changed,
               count > 4 ? " …" : "");
    if (count == 0) {
      ++wrong;
      fmt::print("FAILED no test of the library needs {}\n", axiomatic::to_string(axiom{static_cast<unsigned char>(a)}));
    }
  }
  fmt::print("{} litmus tests, {} wrong\n", library::tests().size(), wrong);
  return wrong == 0 ? fine : failed;
}

// What must hold of any program: a stronger order allows nothing more, seq_cst throughout is interleaving, no load buffering allows
// nothing more than load buffering does.
class properties {
  std::size_t programs_ = 0, wrong_ = 0, differ_ = 0, buffered_ = 0;

  void complain(const char* what, const program& p, const outcome* o) {
    ++wrong_;
    if (wrong_ <= 10) fmt::print("FAILED {}\n  {}\n  outcome {}\n", what, to_string(p), o != nullptr ? to_string(p, *o) : "-");
  }
  void require_within(const char* what, const program& p, const verdict& part, const verdict& whole) {
    if (whole.races) return;
    if (part.races) return complain(what, p, nullptr);
    for (const outcome& o : part.outcomes) {
      if (!whole.outcomes.contains(o)) return complain(what, p, &o);
    }
  }

 public:
  void check(const program& p) {
    ++programs_;
    const verdict v = axiomatic::decide(p);
    each_strengthening(
        p, [&](const program& stronger) { require_within("a stronger order allows more", stronger, axiomatic::decide(stronger), v); });
    require_within("load buffering allows less", p, v, axiomatic::decide(p, axiomatic::model{}.without(axiom::no_thin_air)));
    buffered_ += axiomatic::decide(p, axiomatic::model{}.without(axiom::no_thin_air)) != v;
    const verdict sequential = axiomatic::decide(all_seq_cst(p));
    const bool plain = std::any_of(p.threads.begin(), p.threads.end(), [](const auto& thread) {
      return std::any_of(thread.begin(), thread.end(), [](const instruction& i) { return is_plain(i.what); });
    });
    const verdict interleaved = interleavings(p);
    if (!sequential.races) require_within("seq_cst throughout gives more than interleaving", all_seq_cst(p), sequential, interleaved);
    if (!plain) require_within("seq_cst throughout gives less than interleaving", all_seq_cst(p), interleaved, sequential);
    require_within("an interleaving is not allowed", p, interleaved, v);
    const verdict paper = axiomatic::decide(p, {.seq_cst = axiomatic::seq_cst_rule::rc11});
    require_within("C++20 allows what RC11's psc forbids", p, v, paper);
    differ_ += paper != v;
  }
  int report() const {
    fmt::print("{} programs, {} wrong; {} have outcomes that need load buffering; C++20's seq_cst forbids more than RC11's psc on {}\n",
               programs_, wrong_, buffered_, differ_);
    return wrong_ == 0 ? fine : failed;
  }
};

int check_properties(const arguments& given) {
  properties all;
  random_programs draw(given.seed);
  for (std::size_t i = 0; i != given.programs; ++i) all.check(draw.draw(given.instructions));
  fmt::print("seed {}: ", given.seed);
  return all.report();
}

int check_orders(std::size_t most) {
  properties all;
  std::map<std::string, bool> seen;  // shapes of the library, without their orders
  for (const library::test& t : library::tests()) {
    if (!seen.emplace(to_string(all_seq_cst(t.code)), true).second) continue;
    each_order(t.code, most, [&](const program& p) { all.check(p); });
  }
  fmt::print("every order of {} shapes: ", seen.size());
  return all.report();
}

int run(int argc, char** argv) {
  CLI::App app{"Litmus programs, judged by the axioms of C++20 over whole executions."};
  app.set_help_flag("--help");
  app.require_subcommand(0, 1);
  arguments given;
  int status = fine;
  auto* outcomes = app.add_subcommand("outcomes", "print the outcomes of a program: 'store x 1 rel; load y acq || …'");
  outcomes->add_option("program", given.program)->required();
  outcomes->add_option("--seq-cst", given.seq_cst)->check(CLI::IsMember({"c++20", "rc11"}));
  outcomes->add_option("--release-sequences", given.release_sequences)->check(CLI::IsMember({"c++20", "c++11"}));
  outcomes->add_flag("--load-buffering", given.load_buffering, "let loads read from stores that come after them");
  outcomes->callback([&] { status = show(given); });
  app.add_subcommand("list", "print the library")->callback([&] { status = list(); });
  app.add_subcommand("library", "check every known verdict, and that every axiom is needed for one")->callback([&] {
    status = check_library();
  });
  auto* properties = app.add_subcommand("properties", "check what must hold of any program, on random ones");
  properties->add_option("--seed", given.seed);
  properties->add_option("--programs", given.programs)->check(CLI::Range(1, 100'000'000));
  properties->add_option("--instructions", given.instructions)->check(CLI::Range(2, 9));
  properties->callback([&] { status = check_properties(given); });
  auto* orders = app.add_subcommand("orders", "the same on every order of every shape in the library");
  std::size_t most = 100'000;
  orders->add_option("--most", most, "programs a shape at most");
  orders->callback([&] { status = check_orders(most); });
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty())
      throw std::invalid_argument("a subcommand is required: outcomes, list, library, properties or orders");
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "stealyard-litmus: {}\n", e.what());
    return usage;
  } catch (const std::invalid_argument& e) {
    fmt::print(stderr, "stealyard-litmus: {}\n", e.what());
    return usage;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }

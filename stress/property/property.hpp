// Properties of a kind: RapidCheck generates and shrinks calls to a reference model (stress/conformance/reference), which drives the
// variant and throws where an axiom is violated. The test's seed is RapidCheck's, unless RC_PARAMS names another.
#pragma once
#include "stress/conformance/register.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>
#include <rapidcheck/state.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>

namespace stealyard::property {

// The state that RapidCheck carries along: the model proper belongs to the system, for what a queue with relaxed claims answers
// is not known before it is asked.
struct no_state {};

// The calls, shrunk and replayed by RapidCheck.
template <class System>
struct command : rc::state::Command<no_state, System> {
  virtual void call(System&) const = 0;
  void run(const no_state&, System& system) const final { call(system); }
};

// Commands Cs on a fresh system.
template <class... Cs, class System>
void sequence(System& system) {
  rc::state::check(no_state{}, system, rc::state::gen::execOneOfWithArgs<Cs...>());
}

// Checks the property in a test; a failure reports the shrunk example and how to replay it.
template <class Testable>
void holds(Testable&& testable) {
  rc::detail::TestParams parameters;
  parameters.maxSuccess = 150;
  if (std::getenv("RC_PARAMS") != nullptr) {
    parameters = rc::detail::configuration().testParams;
  } else {
    parameters.seed = conformance::seed();
  }
  rc::detail::TestMetadata metadata;
  metadata.id = conformance::full_name();
  metadata.description = metadata.id;
  rc::detail::TestListenerAdapter silent;  // RapidCheck's own announces a seed of its own
  const auto result = rc::detail::checkTestable(
      [&] {
        world::native_seed(parameters.seed);  // variants draw numbers too
        testable();
      },
      metadata, parameters, silent, std::unordered_map<std::string, rc::detail::Reproduce>{});
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  ADD_FAILURE() << text.str() << "\nreplay: RC_PARAMS='seed=" << parameters.seed << " max_success=" << parameters.maxSuccess
                << "' stealyard-native-tests '--gtest_filter=" << metadata.id << "'";
}

}  // namespace stealyard::property

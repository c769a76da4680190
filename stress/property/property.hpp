// Properties of a kind: RapidCheck generates and shrinks calls to a reference model (stress/conformance/reference), which drives the
// variant and throws where an axiom is violated. The test's seed is RapidCheck's, unless RC_PARAMS names another.
#pragma once
#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <functional>
#include <ostream>

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
void holds(const std::function<void()>& property);

}  // namespace stealyard::property

#include "stress/property/property.hpp"

#include "stress/conformance/register.hpp"
#include "stress/conformance/support.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>

namespace stealyard::property {

void holds(const std::function<void()>& property) {
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
        property();
      },
      metadata, parameters, silent, std::unordered_map<std::string, rc::detail::Reproduce>{});
  if (result.is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  ADD_FAILURE() << text.str() << "\nreplay: RC_PARAMS='seed=" << parameters.seed << " max_success=" << parameters.maxSuccess
                << "' stealyard-native-tests '--gtest_filter=" << metadata.id << "'";
}

}  // namespace stealyard::property

// The committed list of what the runtime says when it ends a program (stress/programs/messages.txt), and how a program's stderr is compared
// with it.
#pragma once
#include "stress/go/support.hpp"

#include <string>

namespace stealyard::go_tests {

// Empty if `text` is the message called `name`, from its first line to its last; else where they part.
std::string unlike_message(const std::string& name, const std::string& text);

// Status 2, and that message.
void expect_death_by(const child& died, const std::string& name, int status = 2);

}  // namespace stealyard::go_tests

// ledger_command: `stealyard-explore ledger`: makes the ledgers of the variants that match, prints them.
#pragma once
#include "stress/explore/ledger.hpp"

#include <string>

namespace stealyard::explore {

// Exit status: 0 made, 1 a variant fails as it is written, 3 nothing matched.
int run_ledgers(const std::string& filter, const ledger_options& o, bool json);

}  // namespace stealyard::explore

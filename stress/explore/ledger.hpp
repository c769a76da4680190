// ledger: of every order that a variant's programs use, which weaker ones do as well? Each is tried at run time, the source untouched.
#pragma once
#include "stress/explore/sweep.hpp"

namespace stealyard::explore {

enum class fate : std::uint8_t {
  killed,     // a program fails under it
  survived,   // COMPLETE: no execution of any program within the bound fails
  implied,    // survived, because a weaker one did: strengthening an order only takes executions away
  undecided,  // nothing fails, but a bound was hit
};
const char* to_string(fate f) noexcept;

struct attempt {
  std::vector<world::weakening> what;
  fate is = fate::undecided;
  sweep_result run = {};           // of nothing, if implied
  std::string report = {};         // killed: the execution, as `tell` tells it
  bool load_buffering = false;     // survived, but it gave up an acquire or a release, which load buffering may need
};

struct order_entry {
  world::site at;
  std::vector<attempt> tried;      // weakest first
};

struct ledger {
  sweep_result as_written;
  std::vector<order_entry> orders;    // of the variant and the headers it shares; those of the programs around it are left out
  std::vector<attempt> refused;       // single survivors that fail beside those weakened before them
  std::optional<attempt> together;    // all that were weakened together, and survived
};

struct ledger_options {
  sweep_options sweep;
  bool every = false;     // also try what is implied
  bool together = true;
};

// The orders strictly weaker than that one that fit the role, each after those weaker than itself. Of a fence: also none.
std::vector<std::memory_order> weaker_orders(world::role r, std::memory_order o);

// "KIND/NAME.hpp", as rules and people name the file of a site.
std::string file_of(const world::site& s);

ledger make_ledger(const model::model_entry& entry, const ledger_options& o);

}  // namespace stealyard::explore

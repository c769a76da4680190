#include "stress/explore/cell_token.hpp"

#include "stress/explore/machine.hpp"

namespace stealyard::explore {

void cell_token::check(bool writes, const std::source_location& site) noexcept {
  if (mark_ != living) the_machine.fail(ending::use_after_free, "a plain cell that is gone", site);
  const auto me = static_cast<thread_id>(the_machine.current());
  for (unsigned t = 0; t != max_threads; ++t) {
    if (writes_[t] != 0 && !the_machine.cells.happened(me, t, writes_[t])) {
      the_machine.fail(ending::data_race, writes ? "a write not ordered after another write" : "a read not ordered after a write", site);
    }
    if (writes && reads_[t] != 0 && !the_machine.cells.happened(me, t, reads_[t])) {
      the_machine.fail(ending::data_race, "a write not ordered after a read", site);
    }
  }
  (writes ? writes_ : reads_)[me] = the_machine.cells.epoch(me);
}

void cell_token::must_be_written(const std::source_location& site) const noexcept {
  if (mark_ == living && !written_) the_machine.fail(ending::uninitialised, "a plain cell that nobody has written", site);
}

cell_token::~cell_token() {
  check(true, {});
  mark_ = 0;
}

}  // namespace stealyard::explore

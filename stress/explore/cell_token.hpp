// cell_token: the race detector of one plain cell, and its mark of life. Two accesses race unless one happens before the other, in
// whichever order they were run: so that no schedule is needed to show a race, and accesses are no steps of an execution.
#pragma once
#include "stress/explore/clock.hpp"

#include <source_location>

namespace stealyard::explore {

class cell_token {
  static constexpr std::uint32_t living = 0x9a11ce11;
  clock reads_, writes_;  // the epoch of each thread's last one
  bool written_ = false;
  volatile std::uint32_t mark_ = living;  // volatile: a compiler drops stores into memory that is about to be freed

  void check(bool writes, const std::source_location& site) noexcept;

 public:
  cell_token() = default;
  cell_token(const cell_token&) = delete;
  cell_token& operator=(const cell_token&) = delete;
  ~cell_token();
  void read(const std::source_location& site) noexcept {
    must_be_written(site);
    check(false, site);
  }
  void write(const std::source_location& site) noexcept {
    check(true, site);
    written_ = true;
  }
  void must_be_written(const std::source_location& site) const noexcept;
};

}  // namespace stealyard::explore

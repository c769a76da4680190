// quit: SIGQUIT (Ctrl-\) prints every goroutine and ends the process with status 2, as in Go.
#pragma once
#include "core/sched/product.hpp"

namespace stealyard::sched {

// While one lives, SIGQUIT is answered for `s`; unless the program had its own handler, or ignored the signal.
class quit_watch {
 public:
  explicit quit_watch(product_scheduler& s) noexcept;
  ~quit_watch();
  quit_watch(const quit_watch&) = delete;
  quit_watch& operator=(const quit_watch&) = delete;

 private:
  bool watching_ = false;
};

}  // namespace stealyard::sched

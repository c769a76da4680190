#pragma once

namespace stealyard::fiber {

struct trap_counts {
  int accessor_wrong = 0;     // worker_pointer()
  int call_wrong = 0;         // worker_pointer_by_call()
  int errno_wrong = 0;        // errno_here()
  int naive_wrong = 0;        // a thread_local: information, compilers may get it right
  int naive_errno_wrong = 0;  // errno itself: likewise
};

namespace trap_o2 {
trap_counts run(int switches);
}
namespace trap_o3 {
trap_counts run(int switches);
}

}  // namespace stealyard::fiber

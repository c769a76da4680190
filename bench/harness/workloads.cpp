// Every workload. The smoke test finds a file in bench/workloads that is missing here.
#include "bench/workloads/buffered.hpp"
#include "bench/workloads/crowd_64x64.hpp"
#include "bench/workloads/external_wake.hpp"
#include "bench/workloads/fan_in_out.hpp"
#include "bench/workloads/fork_join_fib.hpp"
#include "bench/workloads/idle_burn.hpp"
#include "bench/workloads/mandelbrot.hpp"
#include "bench/workloads/mutex_contended.hpp"
#include "bench/workloads/mutex_hand_off.hpp"
#include "bench/workloads/mutex_uncontended.hpp"
#include "bench/workloads/n_queens.hpp"
#include "bench/workloads/parked.hpp"
#include "bench/workloads/ping_pong.hpp"
#include "bench/workloads/prime_sieve.hpp"
#include "bench/workloads/ring_1000.hpp"
#include "bench/workloads/rw_mutex_read_mostly.hpp"
#include "bench/workloads/select_1.hpp"
#include "bench/workloads/select_2.hpp"
#include "bench/workloads/select_4.hpp"
#include "bench/workloads/select_8.hpp"
#include "bench/workloads/select_ping_pong.hpp"
#include "bench/workloads/skynet.hpp"
#include "bench/workloads/sleepers.hpp"
#include "bench/workloads/spawn_join.hpp"
#include "bench/workloads/std_mutex_uncontended.hpp"
#include "bench/workloads/timer_storm.hpp"
#include "bench/workloads/tree_search.hpp"
#include "bench/workloads/wait_group_uncontended.hpp"
#include "bench/workloads/yield.hpp"

namespace stealyard::bench {

const std::vector<workload>& workloads() {
  static const std::vector<workload> all{spawn_join::row(),
                                         yield_of_two::row(),
                                         ping_pong::row(),
                                         buffered::row(),
                                         ring_1000::row(),
                                         skynet::row(),
                                         sleepers::total_row(),
                                         sleepers::p99_row(),
                                         timer_storm::row(),
                                         external_wake::row(),
                                         mutex_uncontended::row(),
                                         std_mutex_uncontended::row(),
                                         mutex_contended::row(),
                                         mutex_hand_off::row(),
                                         wait_group_uncontended::row(),
                                         rw_mutex_read_mostly::row(),
                                         select_1::row(),
                                         select_2::row(),
                                         select_4::row(),
                                         select_8::row(),
                                         select_ping_pong::row(),
                                         crowd_64x64::row(),
                                         fan_in_out::row(),
                                         fork_join_fib::row(),
                                         mandelbrot::row(),
                                         n_queens::row(),
                                         prime_sieve::row(),
                                         tree_search::row(),
                                         idle_burn::row(),
                                         parked::row(/*cold=*/false),
                                         parked::row(/*cold=*/true)};
  return all;
}

}  // namespace stealyard::bench

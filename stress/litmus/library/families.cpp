// The families that fit a screen each. Every verdict is C++20's with sb | rf acyclic (no load buffering).
#include "stress/litmus/library/entry.hpp"

namespace stealyard::litmus::library {

using enum known;
using enum source;

std::span<const entry> message_passing() noexcept {
  static constexpr entry all[] = {
      {"MP+rlx+rlx", "store x 1 rlx; store y 1 rlx || load y rlx; load x rlx", "1 0", allowed, batty},
      {"MP+rel+acq", "store x 1 rlx; store y 1 rel || load y acq; load x rlx", "1 0", forbidden, batty},
      {"MP+rel+rlx", "store x 1 rlx; store y 1 rel || load y rlx; load x rlx", "1 0", allowed, batty},
      {"MP+rlx+acq", "store x 1 rlx; store y 1 rlx || load y acq; load x rlx", "1 0", allowed, batty},
      {"MP+sc+sc", "store x 1 rlx; store y 1 sc || load y sc; load x rlx", "1 0", forbidden, standard},
      {"MP+fences", "store x 1 rlx; fence rel; store y 1 rlx || load y rlx; fence acq; load x rlx", "1 0", forbidden, standard},
      {"MP+fence_rel+acq", "store x 1 rlx; fence rel; store y 1 rlx || load y acq; load x rlx", "1 0", forbidden, standard},
      {"MP+rel+fence_acq", "store x 1 rlx; store y 1 rel || load y rlx; fence acq; load x rlx", "1 0", forbidden, standard},
      {"MP+fence_rel+rlx", "store x 1 rlx; fence rel; store y 1 rlx || load y rlx; load x rlx", "1 0", allowed, standard},
      {"MP+fence_acq+fence_acq", "store x 1 rlx; fence acq; store y 1 rlx || load y rlx; fence acq; load x rlx", "1 0", allowed, standard},
      {"MP+fence_rlx+fence_rlx", "store x 1 rlx; fence rlx; store y 1 rlx || load y rlx; fence rlx; load x rlx", "1 0", allowed, standard},
      {"MP+fence_late", "store x 1 rlx; store y 1 rlx; fence rel || load y rlx; fence acq; load x rlx", "1 0", allowed, standard},
      {"MP+fence_early", "store x 1 rlx; fence rel; store y 1 rlx || fence acq; load y rlx; load x rlx", "1 0", allowed, standard},
      {"MP+fences_sc", "store x 1 rlx; fence sc; store y 1 rlx || load y rlx; fence sc; load x rlx", "1 0", forbidden, rc11},
      {"MP+fence_sc+acq", "store x 1 rlx; fence sc; store y 1 rlx || load y acq; load x rlx", "1 0", forbidden, standard},
      {"MP+fences_acq_rel", "store x 1 rlx; fence acq_rel; store y 1 rlx || load y rlx; fence acq_rel; load x rlx", "1 0", forbidden,
       standard},
      {"MP+stale_1_of_3", "store x 1 rlx; store x 2 rlx; store y 1 rel || load y acq; load x rlx", "1 1", forbidden, standard},
      {"MP+newer", "store x 1 rlx; store y 1 rel; store x 2 rlx || load y acq; load x rlx", "1 2", allowed, standard},
      // Plain payloads: synchronisation decides whether the program means anything.
      {"MP+plain+fence_late", "write x 1; store y 1 rlx; fence rel || load y rlx; fence acq; read x", "", race, batty},
      {"MP+plain+unconditional", "write x 1; store y 1 rel || load y acq; read x", "", race, batty},
      {"plain+two_readers", "read x || read x", "0 0", allowed, standard},
      {"plain+one_thread", "write x 1; read x; write x 2", "1 | 2", allowed, standard},
      {"plain+two_writers", "write x 1 || write x 2", "", race, standard},
      {"plain+reader_writer", "write x 1 || read x", "", race, standard},
      {"plain+apart", "write x 1; read x || write y 1; read y", "1 1", allowed, standard},
  };
  return all;
}

std::span<const entry> store_buffering() noexcept {
  static constexpr entry all[] = {
      {"SB+rlx", "store x 1 rlx; load y rlx || store y 1 rlx; load x rlx", "0 0", allowed, batty},
      {"SB+rel+acq", "store x 1 rel; load y acq || store y 1 rel; load x acq", "0 0", allowed, batty},
      {"SB+sc", "store x 1 sc; load y sc || store y 1 sc; load x sc", "0 0", forbidden, batty},
      {"SB+sc+one_acq", "store x 1 sc; load y sc || store y 1 sc; load x acq", "0 0", allowed, standard},
      {"SB+sc+one_rel", "store x 1 sc; load y sc || store y 1 rel; load x sc", "0 0", allowed, standard},
      {"SB+fences_sc", "store x 1 rlx; fence sc; load y rlx || store y 1 rlx; fence sc; load x rlx", "0 0", forbidden, batty},
      {"SB+fences_acq_rel", "store x 1 rlx; fence acq_rel; load y rlx || store y 1 rlx; fence acq_rel; load x rlx", "0 0", allowed, batty},
      {"SB+one_fence_sc", "store x 1 rlx; fence sc; load y rlx || store y 1 rlx; load x rlx", "0 0", allowed, standard},
      {"SB+fence_sc+sc", "store x 1 rlx; fence sc; load y rlx || store y 1 sc; load x sc", "0 0", forbidden, standard},
      {"SB+fence_sc+sc+acq", "store x 1 rlx; fence sc; load y rlx || store y 1 sc; load x acq", "0 0", allowed, standard},
      {"SB+fence_before", "fence sc; store x 1 rlx; load y rlx || fence sc; store y 1 rlx; load x rlx", "0 0", allowed, standard},
      {"SB+swap_sc+rlx", "swap x 1 sc; load y rlx || swap y 1 sc; load x rlx", "* 0 * 0", allowed, standard},
      {"SB+swap_sc+sc", "swap x 1 sc; load y sc || swap y 1 sc; load x sc", "* 0 * 0", forbidden, standard},
      {"SB+third_location", "store x 1 rlx; add z 0 acq_rel; load y rlx || store y 1 rlx; add z 0 acq_rel; load x rlx", "* 0 * 0",
       forbidden, standard},
      {"SB+third_location_rlx", "store x 1 rlx; add z 0 rlx; load y rlx || store y 1 rlx; add z 0 rlx; load x rlx", "* 0 * 0", allowed,
       standard},
      {"SB3+sc", "store x 1 sc; load y sc || store y 1 sc; load z sc || store z 1 sc; load x sc", "0 0 0", forbidden, herding},
      {"SB3+fences_sc", "store x 1 rlx; fence sc; load y rlx || store y 1 rlx; fence sc; load z rlx || store z 1 rlx; fence sc; load x rlx",
       "0 0 0", forbidden, herding},
      {"SB3+acq_rel", "store x 1 rel; load y acq || store y 1 rel; load z acq || store z 1 rel; load x acq", "0 0 0", allowed, herding},
  };
  return all;
}

std::span<const entry> coherence() noexcept {
  static constexpr entry all[] = {
      {"CoRR", "store x 1 rlx || load x rlx; load x rlx", "1 0", forbidden, batty},
      {"CoRR+two_writers", "store x 1 rlx; store x 2 rlx || load x rlx; load x rlx", "2 1", forbidden, batty},
      {"CoRR+disagree", "store x 1 rlx || store x 2 rlx || load x rlx; load x rlx || load x rlx; load x rlx", "1 2 2 1", forbidden,
       herding},
      {"CoRR+agree", "store x 1 rlx || store x 2 rlx || load x rlx; load x rlx || load x rlx; load x rlx", "1 2 1 2", allowed, herding},
      {"CoWW", "store x 1 rlx; store x 2 rlx", "| 1", forbidden, batty},
      {"CoWR", "store x 1 rlx; load x rlx", "0", forbidden, batty},
      {"CoWR+overwritten", "store x 1 rlx; load x rlx || store x 2 rlx", "2 | 1", forbidden, batty},
      {"CoWR+newer", "store x 1 rlx; load x rlx || store x 2 rlx", "2 | 2", allowed, batty},
      {"CoRW1", "load x rlx; store x 1 rlx", "1", forbidden, batty},
      {"CoRW2", "load x rlx; store x 1 rlx || store x 2 rlx", "2 | 2", forbidden, batty},
      {"CoRW2+fine", "load x rlx; store x 1 rlx || store x 2 rlx", "2 | 1", allowed, batty},
      {"CoRR+hb", "store x 1 rlx; store y 1 rel || load x rlx; load y acq; load x rlx", "1 1 0", forbidden, standard},
      {"CoWW+hb", "store x 1 rlx; store y 1 rel || load y acq; store x 2 rlx", "1 | 1", forbidden, standard},
      {"CoWW+no_hb", "store x 1 rlx; store y 1 rlx || load y rlx; store x 2 rlx", "1 | 1", allowed, standard},
      {"CoRW+hb", "load x rlx; store y 1 rel || load y acq; store x 1 rlx", "1 1", forbidden, standard},
  };
  return all;
}

std::span<const entry> causality() noexcept {
  static constexpr entry all[] = {
      {"LB+rlx", "load x rlx; store y 1 rlx || load y rlx; store x 1 rlx", "1 1", forbidden, rc11},  // C++20 itself allows it
      {"LB+one_side", "load x rlx; store y 1 rlx || load y rlx; store x 1 rlx", "0 1", allowed, batty},
      {"LB+acq", "load x acq; store y 1 rlx || load y acq; store x 1 rlx", "1 1", forbidden, rc11},  // again allowed by C++20 itself
      {"LB+rel+acq", "load x acq; store y 1 rel || load y acq; store x 1 rel", "1 1", forbidden, batty},
      {"WRC+rel+acq", "store x 1 rlx || load x acq; store y 1 rel || load y acq; load x rlx", "1 1 0", forbidden, batty},
      {"WRC+rlx", "store x 1 rlx || load x rlx; store y 1 rlx || load y rlx; load x rlx", "1 1 0", allowed, batty},
      {"WRC+rel+rlx_end", "store x 1 rlx || load x rlx; store y 1 rel || load y rlx; load x rlx", "1 1 0", allowed, standard},
      {"WRC+first_not_acquired", "store x 1 rel || load x rlx; store y 1 rel || load y acq; load x rlx", "1 1 0", forbidden, batty},
      {"ISA2+rel+acq", "store x 1 rlx; store y 1 rel || load y acq; store z 1 rel || load z acq; load x rlx", "1 1 0", forbidden, batty},
      {"ISA2+rlx_middle", "store x 1 rlx; store y 1 rel || load y rlx; store z 1 rel || load z acq; load x rlx", "1 1 0", allowed,
       standard},
      {"ISA2+fences",
       "store x 1 rlx; fence rel; store y 1 rlx || load y rlx; fence acq_rel; store z 1 rlx || load z rlx; fence acq; load x rlx", "1 1 0",
       forbidden, standard},
      {"IRIW+rlx", "store x 1 rlx || store y 1 rlx || load x rlx; load y rlx || load y rlx; load x rlx", "1 0 1 0", allowed, batty},
      {"IRIW+rel+acq", "store x 1 rel || store y 1 rel || load x acq; load y acq || load y acq; load x acq", "1 0 1 0", allowed, batty},
      {"IRIW+sc", "store x 1 sc || store y 1 sc || load x sc; load y sc || load y sc; load x sc", "1 0 1 0", forbidden, batty},
      {"IRIW+fences_sc", "store x 1 rlx || store y 1 rlx || load x rlx; fence sc; load y rlx || load y rlx; fence sc; load x rlx",
       "1 0 1 0", forbidden, rc11},
      {"IRIW+fences_acq_rel",
       "store x 1 rlx || store y 1 rlx || load x rlx; fence acq_rel; load y rlx || load y rlx; fence acq_rel; load x rlx", "1 0 1 0",
       allowed, standard},
      {"RWC+rel+acq", "store x 1 rel || load x acq; load y acq || store y 1 rel; load x acq", "1 0 0", allowed, herding},
      {"RWC+sc", "store x 1 sc || load x sc; load y sc || store y 1 sc; load x sc", "1 0 0", forbidden, herding},
      {"RWC+syncs", "store x 1 rlx || load x acq; fence sc; load y rlx || store y 1 rlx; fence sc; load x rlx", "1 0 0", forbidden, rc11},
      {"RWC+syncs_rlx", "store x 1 rlx || load x rlx; fence sc; load y rlx || store y 1 rlx; fence sc; load x rlx", "1 0 0", forbidden,
       rc11},
      {"RWC+one_sync", "store x 1 rlx || load x acq; load y rlx || store y 1 rlx; fence sc; load x rlx", "1 0 0", allowed, standard},
      {"W+RWC+syncs", "store x 1 rlx; store y 1 rel || load y acq; fence sc; load z rlx || store z 1 rlx; fence sc; load x rlx", "1 0 0",
       forbidden, rc11},
      {"W+RWC+rel+acq", "store x 1 rel; store y 1 rel || load y acq; load z acq || store z 1 rel; load x acq", "1 0 0", allowed, herding},
      {"WWC+rel+acq", "store x 2 rlx || load x acq; store y 1 rel || load y acq; store x 1 rlx", "2 1 | 2", forbidden, herding},
      {"WWC+rlx", "store x 2 rlx || load x rlx; store y 1 rlx || load y rlx; store x 1 rlx", "2 1 | 2", allowed, herding},
  };
  return all;
}

std::span<const entry> write_order() noexcept {
  static constexpr entry all[] = {
      {"2+2W+rlx", "store x 1 rlx; store y 2 rlx || store y 1 rlx; store x 2 rlx", "| 1 1", allowed, herding},
      {"2+2W+rel", "store x 1 rel; store y 2 rel || store y 1 rel; store x 2 rel", "| 1 1", allowed, batty},
      {"2+2W+sc", "store x 1 sc; store y 2 sc || store y 1 sc; store x 2 sc", "| 1 1", forbidden, batty},
      {"2+2W+fences_sc", "store x 1 rlx; fence sc; store y 2 rlx || store y 1 rlx; fence sc; store x 2 rlx", "| 1 1", forbidden, rc11},
      {"2+2W+fences_rel", "store x 1 rlx; fence rel; store y 2 rlx || store y 1 rlx; fence rel; store x 2 rlx", "| 1 1", allowed, standard},
      {"2+2W+swap_acq_rel", "swap x 1 acq_rel; swap y 2 acq_rel || swap y 1 acq_rel; swap x 2 acq_rel", "| 1 1", forbidden, standard},
      {"2+2W+swap_rlx", "swap x 1 rlx; swap y 2 rlx || swap y 1 rlx; swap x 2 rlx", "| 1 1", forbidden, rc11},  // needs sb | rf cyclic
      {"S+rel+acq", "store x 2 rlx; store y 1 rel || load y acq; store x 1 rlx", "1 | 2", forbidden, herding},
      {"S+rlx", "store x 2 rlx; store y 1 rlx || load y rlx; store x 1 rlx", "1 | 2", allowed, herding},
      {"S+rel+rlx", "store x 2 rlx; store y 1 rel || load y rlx; store x 1 rlx", "1 | 2", allowed, herding},
      {"S+sc", "store x 2 sc; store y 1 sc || load y sc; store x 1 sc", "1 | 2", forbidden, herding},
      {"R+rel+acq", "store x 1 rel; store y 1 rel || store y 2 rel; load x acq", "0 | * 2", allowed, herding},
      {"R+sc", "store x 1 sc; store y 1 sc || store y 2 sc; load x sc", "0 | * 2", forbidden, herding},
      {"R+fences_sc", "store x 1 rlx; fence sc; store y 1 rlx || store y 2 rlx; fence sc; load x rlx", "0 | * 2", forbidden, rc11},
      {"R+fence_sc+sc", "store x 1 rlx; fence sc; store y 1 rlx || store y 2 sc; load x sc", "0 | * 2", forbidden, standard},
      {"R+one_fence_sc", "store x 1 rlx; store y 1 rlx || store y 2 rlx; fence sc; load x rlx", "0 | * 2", allowed, standard},
  };
  return all;
}

std::span<const entry> read_modify_write() noexcept {
  static constexpr entry all[] = {
      {"add+add", "add x 1 rlx || add x 1 rlx", "0 0", forbidden, batty},
      {"add+add+final", "add x 1 rlx || add x 1 rlx", "* * | 1", forbidden, batty},
      {"swap+swap", "swap x 1 rlx || swap x 2 rlx", "0 0", forbidden, batty},
      {"add+store", "add x 1 rlx || store x 5 rlx", "0 | 1", forbidden, batty},  // the store would lie between read and write
      {"add+store+after", "add x 1 rlx || store x 5 rlx", "0 | 5", allowed, batty},
      {"add+store+before", "add x 1 rlx || store x 5 rlx", "5 | 6", allowed, batty},
      {"cas+cas", "cas x 0 1 rlx rlx || cas x 0 2 rlx rlx", "0 0", forbidden, batty},
      {"cas+cas+chain", "cas x 0 1 rlx rlx || cas x 1 2 rlx rlx", "0 1 | 2", allowed, standard},
      {"cas_fails+stale", "store x 1 rlx; store y 1 rlx || load y rlx; cas x 5 9 rlx rlx", "1 0", allowed, standard},
      {"cas_fails+acq", "store x 1 rlx; store y 1 rel || cas y 5 9 rlx acq; load x rlx", "1 0", forbidden, standard},
      {"cas_fails+acq_on_success_only", "store x 1 rlx; store y 1 rel || cas y 5 9 acq rlx; load x rlx", "1 0", allowed, standard},
      {"cas_fails+sc_on_success_only", "store x 1 sc; cas y 5 9 sc rlx || store y 1 sc; cas x 5 9 sc rlx", "0 0", allowed, standard},
      {"cas_fails+sc", "store x 1 sc; cas y 5 9 rlx sc || store y 1 sc; cas x 5 9 rlx sc", "0 0", forbidden, standard},
      {"cas_writes+acq", "store x 1 rlx; store y 1 rel || cas y 1 9 acq rlx; load x rlx", "1 0", forbidden, standard},
      {"cas_writes+acq_on_failure_only", "store x 1 rlx; store y 1 rel || cas y 1 9 rlx acq; load x rlx", "1 0", allowed, standard},
      {"cas_releases", "store x 1 rlx; cas y 0 1 rel rlx || load y acq; load x rlx", "0 1 0", forbidden, standard},
      {"add+release_only", "store x 1 rlx; store y 1 rel || add y 1 rel; load x rlx", "1 0", allowed, standard},
      {"MP+swap_acq_rel", "store x 1 rlx; swap y 1 acq_rel || swap y 2 acq_rel; load x rlx", "* 1 0", forbidden, standard},
      // Release sequences.
      {"RS+add", "store x 1 rlx; store y 1 rel || add y 1 rlx || load y acq; load x rlx", "1 2 0", forbidden, batty},
      {"RS+cas", "store x 1 rlx; store y 1 rel || cas y 1 2 rlx rlx || load y acq; load x rlx", "1 2 0", forbidden, batty},
      {"RS+swap", "store x 1 rlx; store y 1 rel || swap y 7 rlx || load y acq; load x rlx", "1 7 0", forbidden, batty},
      {"RS+add+add", "store x 1 rlx; store y 1 rel || add y 1 rlx || add y 1 rlx || load y acq; load x rlx", "1 2 3 0", forbidden, batty},
      {"RS+add+fence_acq", "store x 1 rlx; store y 1 rel || add y 1 rlx || load y rlx; fence acq; load x rlx", "1 2 0", forbidden,
       standard},
      {"RS+fence_rel+add", "store x 1 rlx; fence rel; store y 1 rlx || add y 1 rlx || load y acq; load x rlx", "1 2 0", forbidden,
       standard},
      {"RS+add_of_own_thread", "store x 1 rlx; store y 1 rel; add y 1 rlx || load y acq; load x rlx", "1 2 0", forbidden, standard},
      {"RS+store_of_own_thread", "store x 1 rlx; store y 1 rel; store y 2 rlx || load y acq; load x rlx", "2 0", allowed, p0982},
      {"RS+store_of_own_thread_then_add", "store x 1 rlx; store y 1 rel; store y 2 rlx || add y 1 rlx || load y acq; load x rlx", "2 3 0",
       allowed, p0982},
      {"RS+store_of_other_thread", "store x 1 rlx; store y 1 rel || store y 2 rlx || load y acq; load x rlx", "2 0", allowed, batty},
      {"RS+broken_by_store", "store x 1 rlx; store y 1 rel || store y 2 rlx; add y 1 rlx || load y acq; load x rlx", "2 3 0", allowed,
       batty},
      {"RS+add_acquires_head", "store x 1 rlx; store y 1 rel || add y 1 acq; load x rlx", "1 0", forbidden, standard},
  };
  return all;
}

std::span<const entry> seq_cst() noexcept {
  static constexpr entry all[] = {
      // C++11 forbade the first two, and neither Power's nor ARM's usual code kept that; happens-before need not agree with the order of
      // seq_cst operations where a weaker operation is in between.
      {"Z6.U", "store x 1 sc; store y 1 rel || add y 1 sc; load y rlx || store y 3 sc; load x sc", "1 3 0", allowed, rc11},
      {"IRIW-acq-sc", "store x 1 sc || load x acq; load y sc || load y acq; load x sc || store y 1 sc", "1 0 1 0", allowed, rc11},
      {"Z6.U+sc", "store x 1 sc; store y 1 sc || add y 1 sc; load y sc || store y 3 sc; load x sc", "1 3 0", forbidden, p0668},
      {"Z6.U+two_threads_sc", "store x 1 sc; store y 1 sc || add y 1 sc; load y rlx || store y 3 sc; load x sc", "1 3 0", forbidden, p0668},
      {"Z6.U+sb", "store x 1 sc; store y 1 rel || load y acq; store z 1 sc; load z rlx || store z 3 sc; load x sc", "1 3 0", forbidden,
       p0668},
      // C++11's fences were too weak for these: C++20's give sequential consistency between any two racing accesses.
      {"fences_between_all",
       "store x 1 rlx; fence sc; load y rlx || store y 1 rlx; fence sc; load z rlx || store z 1 rlx; fence sc; load x rlx", "0 0 0",
       forbidden, p0668},
      {"SB+fence_cumulative", "store x 1 rlx || load x rlx; fence sc; load y rlx || store y 1 rlx; fence sc; load x rlx", "1 0 0",
       forbidden, p0668},
      // Coherence-ordered before goes through a weaker store that another load reads; RC11's psc has no such step and allows these three.
      {"IRIW+rlx_writes+sc_reads", "store x 1 rlx || store y 1 rlx || load x sc; load y sc || load y sc; load x sc", "1 0 1 0", forbidden,
       standard},
      {"RWC+rlx_write+sc", "store x 1 rlx || load x sc; load y sc || store y 1 sc; load x sc", "1 0 0", forbidden, standard},
      {"MP+sc+overwritten", "store x 1 sc; store y 1 sc; store y 2 rlx || load y sc; load x sc", "2 0", forbidden, standard},
      {"sc_reads_relaxed_store", "store x 1 sc; load y sc || store y 1 rlx; load x sc", "0 0", allowed, standard},
      {"sc_load_sees_last_sc_store", "store x 1 sc; store y 1 sc || load y sc; load x sc", "1 0", forbidden, standard},
      {"sc_load_may_see_relaxed", "store x 1 sc || store x 2 rlx || load x sc; load x sc", "1 2", allowed, standard},
  };
  return all;
}

}  // namespace stealyard::litmus::library

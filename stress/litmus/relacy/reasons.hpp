// reasons: why Relacy and C++20 differ on a litmus test, by the test's name.
#pragma once
#include <string_view>

namespace stealyard::litmus {

// Empty: nobody knows yet.
constexpr const char* reason(std::string_view test) noexcept {
  struct known {
    std::string_view prefix;
    const char* why;
  };
  constexpr const char* execution_order = "misses: writes to a location fall in the order in which they are executed";
  constexpr const char* one_fence = "false alarm: a seq_cst fence orders nothing against seq_cst operations of another thread";
  constexpr const char* newest = "misses: a compare-exchange that fails reads the newest value";
  constexpr const char* cpp11_sequence = "misses: C++11's release sequences, which later stores of the same thread continue";
  constexpr const char* cpp11_order = "misses: seq_cst operations are ordered as executed, hence as happens-before is (C++11)";
  constexpr const char* weak_between =
      "false alarm: a seq_cst load orders nothing by the weaker store that it reads or misses (RC11 agrees)";
  constexpr known all[] = {
      {"SB+fence_sc+sc", one_fence},
      {"R+fence_sc+sc", one_fence},
      {"CoWW+no_hb", execution_order},
      {"WWC+rlx", execution_order},
      {"2+2W+", execution_order},
      {"S+r", execution_order},
      {"cas_fails+acq",
       "false alarm, of our world: a failure order above the success order is lowered to it, for Relacy would take another"},
      {"cas_fails+s", newest},
      {"RS+store_of_own_thread", cpp11_sequence},
      {"Z6.U", cpp11_order},
      {"IRIW-acq-sc", cpp11_order},
      {"IRIW+rlx_writes+sc_reads", weak_between},
      {"RWC+rlx_write+sc", weak_between},
  };
  for (const known& k : all) {
    if (test.starts_with(k.prefix)) return k.why;
  }
  return "";
}

}  // namespace stealyard::litmus

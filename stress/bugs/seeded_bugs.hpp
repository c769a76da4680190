// The seeded bugs. One is either weaker orders, by the rows of the variant's own ledger, or a patch to its header, applied at build time
// (KIND.VARIANT.BUG.patch in this folder), so that the twin differs from the variant by the bug alone and cannot drift.
#pragma once
#include <string_view>
#include <vector>

namespace stealyard::bugs {

struct seeded_bug {
  std::string_view kind;
  std::string_view variant;
  std::string_view name;
  std::string_view what;
  std::vector<std::string_view> weakened;  // empty: the patched twin VARIANT+NAME
};

inline const std::vector<seeded_bug>& seeded_bugs() {
  static const std::vector<seeded_bug> all = {
      {"run_queue",
       "chase_lev",
       "unfenced_pop",
       "pop looks at top before its claim of the bottom is seen",
       {"run_queue/chase_lev.hpp:O12=release", "run_queue/chase_lev.hpp:O13=relaxed"}},
      {"run_queue",
       "chase_lev",
       "relaxed_growth",
       "growth publishes the new array relaxed, as the paper does",
       {"run_queue/chase_lev.hpp:O23=relaxed"}},
      {"run_queue", "chase_lev", "stale_array", "push stores into the array from before the growth", {}},
      {"channel_buffer",
       "vyukov_mpmc",
       "relaxed_stamp",
       "the stamp that publishes the element is stored relaxed",
       {"channel_buffer/vyukov_mpmc.hpp:V4=relaxed"}},
      {"parker", "eventcount", "no_recheck", "sleeps without looking at the permit again after prepare", {}},
      {"idle", "go_spinning", "no_recheck", "the last searcher sleeps without looking at the queues again", {}},
  };
  return all;
}

}  // namespace stealyard::bugs

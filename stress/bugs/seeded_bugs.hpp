// The zoo: bugs that published code had, or was shown to need protection from, seeded here. One is either weaker orders, by the rows of the
// variant's own ledger, or a patch to its header, applied at build time (KIND.VARIANT.BUG.patch in this folder), so that the twin differs
// from the variant by the bug alone and cannot drift.
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
  std::string_view source;  // where it was seen, or argued
};

namespace source {
inline constexpr std::string_view catalogue = "found in a public library by the authors of this project's catalogue of known errors",
                                  chase = "Chase and Lev, SPAA 2005: what the protocol of the last item is for",
                                  le = "Le, Pop, Cohen, Zappa Nardelli, PPoPP 2013: the barriers a port without them lacks",
                                  cdschecker = "Norris and Demsky, CDSchecker, OOPSLA 2013, on the code of Le et al. 2013",
                                  morrison = "Morrison and Afek, ASPLOS 2014: the fence that fence-free work stealing must make up for",
                                  vyukov = "Vyukov, bounded MPMC queue, 1024cores.net, 2010: what its stamps and their orders are for",
                                  buffering = "store buffering, in any port that makes acquire and release of the original's full fences",
                                  tokio =
                                      "tokio pull request 1788, 2019: a seq_cst load was no fence between a push and the look for sleepers",
                                  zio = "lalinsky/zio pull request 342, 2026: armed again without looking again",
                                  hew = "hew-lang/hew issue 2830, 2026: a wake between the last probe of the queues and the wait is lost";
}  // namespace source

inline const std::vector<seeded_bug>& seeded_bugs() {
  using namespace source;
  static const std::vector<seeded_bug> all = {
      {"run_queue",
       "chase_lev",
       "unfenced_pop",
       "pop looks at top before its claim of the bottom is seen",
       {"run_queue/chase_lev.hpp:O12=release", "run_queue/chase_lev.hpp:O13=relaxed"},
       morrison},
      {"run_queue",
       "chase_lev",
       "unfenced_steal",
       "steal looks at bottom before its look at top",
       {"run_queue/chase_lev.hpp:O16=relaxed", "run_queue/chase_lev.hpp:O17=acquire"},
       le},
      {"run_queue",
       "chase_lev",
       "relaxed_growth",
       "growth publishes the new array relaxed, as the paper does",
       {"run_queue/chase_lev.hpp:O23=relaxed"},
       cdschecker},
      {"run_queue",
       "chase_lev",
       "relaxed_array",
       "steal reads the array relaxed: slots from before it was filled",
       {"run_queue/chase_lev.hpp:O18=relaxed"},
       cdschecker},
      {"run_queue", "chase_lev", "relaxed_publish", "push publishes the slot relaxed", {"run_queue/chase_lev.hpp:O6=relaxed"}, le},
      {"run_queue", "chase_lev", "stale_array", "push stores into the array from before the growth", {}, catalogue},
      {"run_queue",
       "chase_lev",
       "unsigned_bottom",
       "pop of a fresh deque takes bottom - 1 for a huge index: it compares unsigned",
       {},
       cdschecker},
      {"run_queue", "chase_lev", "growth_remainder", "growth copies to index % mask in place of index & mask", {}, catalogue},
      {"run_queue", "chase_lev", "slot_read_late", "steal reads the slot after it won, when the owner may have stored over it", {}, le},
      {"run_queue", "chase_lev", "last_item_unclaimed", "pop takes the only item without competing for it", {}, chase},
      {"run_queue", "chase_lev", "claim_left", "pop loses the last item and leaves its claim of the bottom", {}, chase},
      {"run_queue",
       "go_runq",
       "claim_before_copy",
       "a thief moves the head first, and reads slots that the owner may be overwriting",
       {},
       catalogue},
      {"channel_buffer",
       "vyukov_mpmc",
       "relaxed_stamp",
       "the stamp that publishes the element is stored relaxed",
       {"channel_buffer/vyukov_mpmc.hpp:V4=relaxed"},
       vyukov},
      {"channel_buffer",
       "vyukov_mpmc",
       "relaxed_look",
       "the taker reads that stamp relaxed",
       {"channel_buffer/vyukov_mpmc.hpp:V8=relaxed"},
       vyukov},
      {"channel_buffer",
       "vyukov_mpmc",
       "relaxed_return",
       "the taker gives the cell back relaxed",
       {"channel_buffer/vyukov_mpmc.hpp:V11=relaxed"},
       vyukov},
      {"channel_buffer",
       "vyukov_mpmc",
       "relaxed_reuse",
       "the next pusher reads that stamp relaxed",
       {"channel_buffer/vyukov_mpmc.hpp:V2=relaxed"},
       vyukov},
      {"channel_buffer",
       "vyukov_mpmc",
       "full_and_empty",
       "both sides merely acquire each other's position: full and empty at once",
       {"channel_buffer/vyukov_mpmc.hpp:V3:cas_ok=acq_rel", "channel_buffer/vyukov_mpmc.hpp:V5=acquire",
        "channel_buffer/vyukov_mpmc.hpp:V9:cas_ok=acq_rel", "channel_buffer/vyukov_mpmc.hpp:V12=acquire"},
       buffering},
      {"channel_buffer",
       "vyukov_mpmc",
       "ambiguous_at_one",
       "filled now and free in the next lap are one stamp: a capacity of one takes two",
       {},
       vyukov},
      {"parker", "eventcount", "no_recheck", "sleeps without looking at the permit again after prepare", {}, zio},
      {"parker",
       "eventcount",
       "unfenced_prepare",
       "looks again before its announcement is seen",
       {"parker/eventcount.hpp:E3=release", "parker/eventcount.hpp:E5=relaxed"},
       buffering},
      {"parker",
       "eventcount",
       "unfenced_unpark",
       "looks for a sleeper before its permit is seen",
       {"parker/eventcount.hpp:E7=release", "parker/eventcount.hpp:E8=relaxed"},
       tokio},
      {"parker", "eventcount", "relaxed_permit", "consumes the permit without what came with it", {"parker/eventcount.hpp:E2=relaxed"}, le},
      {"parker", "futex", "relaxed_permit", "gives the permit without what comes with it", {"parker/futex.hpp:F5=relaxed"}, le},
      {"parker", "futex", "sleep_unannounced", "announces its sleep by a store, over a permit that came meanwhile", {}, zio},
      {"idle", "go_spinning", "no_recheck", "the last searcher sleeps without looking at the queues again", {}, hew},
      {"idle",
       "go_spinning",
       "unfenced_sleep",
       "the last look at the queues comes before the announcement is seen",
       {"shared/sleeping_set.hpp:Z2=acq_rel"},
       tokio},
  };
  return all;
}

}  // namespace stealyard::bugs

#include "stress/conformance/reference/idle.hpp"

#include "stress/conformance/reference/violation.hpp"

#include <utility>

namespace stealyard::reference {

bool scripted_parkers::park(unsigned worker, nanoseconds_t deadline) noexcept {
  if (const auto act = std::exchange(before_park, nullptr)) act();
  if (deadline != never && std::exchange(deadline_first, false)) return false;
  if (permit[worker]) {
    permit[worker] = false;
    return true;
  }
  if (deadline == never) complaint = "ID2: worker " + std::to_string(worker) + " parks for ever and nobody chose it";
  return false;
}

void scripted_parkers::unpark(unsigned worker) noexcept {
  if (permit[worker]) complaint = "ID2: worker " + std::to_string(worker) + " is unparked twice in one sleep";
  permit[worker] = true;
  unparked.push_back(worker);
  if (still_in_set()) complaint = "ID2: worker " + std::to_string(worker) + " is unparked before it left the sleeping set";
}

unsigned idle::count(state s) const {
  unsigned n = 0;
  for (const state w : workers_) n += w == s;
  return n;
}

idle::state idle::after_wake() const { return claims_.woken_searches ? state::searching : state::awake; }

unsigned idle::searching() const { return count(state::searching) + (claims_.woken_searches ? count(state::chosen) : 0); }

bool idle::nobody_searches() const { return searching() == 0; }

bool idle::note_unparked(const char* by, unsigned of_interest) {
  STEALYARD_REQUIRE(parkers_.complaint.empty(), parkers_.complaint << ", in " << by);
  bool was_among = false;
  for (const unsigned w : std::exchange(parkers_.unparked, {})) {
    STEALYARD_REQUIRE(workers_[w] == state::asleep, "ID2: " << by << " chose worker " << w << ", which is not in the sleeping set");
    workers_[w] = state::chosen;
    was_among = was_among || w == of_interest;
  }
  return was_among;
}

void idle::look(const char* after) {
  const std::uint32_t word = idle_->word().load(relaxed);
  const unsigned asleep = count(state::asleep);
  STEALYARD_REQUIRE(sleeping_in(word) == asleep,
                    "ID3: the word says that " << sleeping_in(word) << " sleep, not " << asleep << ", after " << after);
  STEALYARD_REQUIRE(searching_in(word) == searching(),
                    "ID3: the word says that " << searching_in(word) << " search, not " << searching() << ", after " << after);
  STEALYARD_REQUIRE(all_woken_ || searching() <= claims_.searchers_limit(static_cast<unsigned>(workers_.size())),
                    "ID4: " << searching() << " of " << workers_.size() << " search, after " << after);
}

void idle::woken(const char* by, std::size_t must, std::size_t may) {
  const std::size_t n = parkers_.unparked.size();
  STEALYARD_REQUIRE(n >= must, "ID1: " << n << " workers were woken by " << by << ", " << must << " must be");
  STEALYARD_REQUIRE(n <= may, "claims.wakes_one_at_a_time: " << n << " workers were woken by " << by << ", at most " << may << " may be");
  note_unparked(by, 0);
  look(by);
}

std::size_t idle::at_most() const { return !claims_.wakes_one_at_a_time ? workers_.size() : nobody_searches() ? 1 : 0; }

void idle::pass_on(const char* by) { woken(by, nobody_searches() && count(state::asleep) != 0 ? 1 : 0, at_most()); }

void idle::left(unsigned w, const char* by, bool chosen, bool said) {
  workers_[w] = chosen ? after_wake() : state::awake;
  STEALYARD_REQUIRE(said == chosen, "ID2: " << by << " of worker " << w << " said " << said << ", and a waker had "
                                            << (chosen ? "" : "not ") << "chosen it");
  STEALYARD_REQUIRE(!parkers_.permit[w], "ID2: " << by << " left worker " << w << " a permit for its next sleep");
}

void idle::begin_search(unsigned w) {
  if (idle_->begin_search(w)) workers_[w] = state::searching;
  woken("begin_search", 0, 0);
}

void idle::found(unsigned w) {
  workers_[w] = state::awake;
  idle_->end_search_found(w);
  pass_on("end_search_found");
}

void idle::prepare_sleep(unsigned w, bool searched) {
  workers_[w] = state::asleep;
  const bool again = idle_->prepare_sleep(w, searched);
  STEALYARD_REQUIRE(again || !nobody_searches(), "ID1: prepare_sleep asks for no look although nobody searches");
  STEALYARD_REQUIRE(again || !claims_.always_recheck, "claims.always_recheck, and prepare_sleep asks for no look");
  woken("prepare_sleep", 0, 0);
}

void idle::cancel(unsigned w, bool chosen) {
  left(w, "cancel_sleep", chosen, idle_->cancel_sleep(w));
  if (chosen) {
    woken("cancel_sleep", 0, at_most());
  } else {
    pass_on("cancel_sleep");
  }
}

void idle::commit(unsigned w, bool chosen) {
  left(w, "commit_sleep", chosen, idle_->commit_sleep(w, chosen ? never : 1));
  woken("commit_sleep", 0, 0);
}

void idle::collide(unsigned w) {
  if (!nobody_searches()) return;
  parkers_.before_park = [&] { idle_->work_added(); };
  parkers_.deadline_first = true;
  const bool said = idle_->commit_sleep(w, 1);
  left(w, "commit_sleep, its deadline and a waker at once,", note_unparked("work_added", w), said);
  look("a deadline that met a waker");
}

idle::idle(const sched::idle_maker& of, unsigned workers)
    : parkers_(workers), claims_(of.claims), idle_(of.make(workers, parkers_)), workers_(workers, state::awake) {
  parkers_.still_in_set = [this] { return sleeping_in(idle_->word().load(relaxed)) > count(state::asleep) - parkers_.unparked.size(); };
}

void idle::work_added() {
  idle_->work_added();
  pass_on("work_added");
}

void idle::step(unsigned w, unsigned choice) {
  switch (workers_[w]) {
    case state::awake:
      return choice % 2 == 0 ? begin_search(w) : prepare_sleep(w, false);
    case state::searching:
      return choice % 2 == 0 ? found(w) : prepare_sleep(w, true);
    case state::asleep:
      return choice % 3 == 0 ? commit(w, false) : choice % 3 == 1 ? cancel(w, false) : collide(w);
    case state::chosen:
      return choice % 2 == 0 ? commit(w, true) : cancel(w, true);
  }
}

void idle::wake_all() {
  all_woken_ = true;
  const unsigned asleep = count(state::asleep);
  idle_->wake_all();
  woken("wake_all", asleep, asleep);
}

}  // namespace stealyard::reference

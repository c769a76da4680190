// The table of selectors, and the dynamic form.
#include "core/go/select.hpp"

#include "core/sched/parts.hpp"
#include "registry/selectors.hpp"

#include <iterator>

namespace stealyard {

namespace {

using cases_of_product = select_cases<sched::product>;

struct selector_row {
  selector_claims claims;
  std::size_t (*choose)(cases_of_product&, bool);
};
template <class S>
constexpr selector_row row_of() {
  static_assert(contract::selector<S, cases_of_product>, "see core/contract/selector.hpp for what is missing");
  return {S::claims, &S::template choose<cases_of_product>};
}
#define STEALYARD_ROW(V) row_of<selector::V<real>>(),
constexpr selector_row selectors[] = {STEALYARD_SELECTORS(STEALYARD_ROW)};
#undef STEALYARD_ROW

// Where a channel with a lock-free buffer takes part and the chosen selector cannot have it: the first that can, and sleeps.
constexpr std::size_t for_lock_free = [] {
  for (std::size_t i = 0; i != std::size(selectors); ++i) {
    if (selectors[i].claims.lock_free_channels && selectors[i].claims.sleeps) return i;
  }
  return std::size(selectors);
}();
static_assert(for_lock_free != std::size(selectors), "no registered selector takes lock-free channels and sleeps");

std::size_t chosen_selector() noexcept {
  const sched::product_worker* w = sched::product::worker_here();
  if (w != nullptr) [[likely]] {
    // A poll loop in a bubble of virtual time would keep the time from moving.
    if (w->current->of_bubble != nullptr && !selectors[w->owner.selector].claims.sleeps) return for_lock_free;
    return w->owner.selector;
  }
  static const std::size_t by_default = [] {
    std::string problem;
    return sched::find_selector({}, problem);
  }();
  return by_default;
}

}  // namespace

namespace detail {

namespace {

// Channels of a bubble of virtual time must be used in it; only a wait for nothing but those is one that the bubble can end by itself.
sched::wait_reason reason_to_wait(const select_room& room, std::size_t count) {
  bool outside = false;
  bool inside = false;
  for (std::size_t i = 0; i != count; ++i) {
    const auto* c = room.rows[i].channel;
    if (c == nullptr) continue;
    (c->bubble == 0 ? outside : inside) = true;
    if (c->bubble != 0) [[unlikely]]
      panic_unless_in_bubble(c->bubble, "select on synctest channel from outside bubble");
  }
  return inside && !outside ? "select (synctest)" : "select";
}

}  // namespace

select_choice select_among(const select_room& room, std::size_t count, bool may_wait) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::cooperate();
  cases_of_product cases(room, count, reason_to_wait(room, count));
  if (cases.size() == 0) {
    if (may_wait) block_forever("select (no cases)");
    return {no_case, outcome::ok};
  }
  const selector_row* by = &selectors[chosen_selector()];
  if (cases.any_lock_free() && !by->claims.lock_free_channels) by = &selectors[for_lock_free];
  const std::size_t chosen = by->choose(cases, may_wait);
  return {chosen, cases.result()};
}

}  // namespace detail

std::size_t select(std::span<const select_case> cases) {
  if (cases.empty()) select();
  if (cases.size() > select_room<sched::product>::most_cases) panic_text("reflect.Select: too many cases (max 65536)");
  constexpr std::size_t few = 8;
  select_room_for<sched::product, few> on_stack;
  detail::select_room room = on_stack.view();
  detail::select_row* rows = on_stack.rows;
  std::unique_ptr<detail::select_row[]> many_rows;
  std::unique_ptr<detail::select_room::index[]> many_indices;
  std::unique_ptr<std::byte[]> many_waiters;
  if (cases.size() > few) {
    many_rows = std::make_unique<detail::select_row[]>(cases.size());
    many_indices = std::make_unique<detail::select_room::index[]>(2 * cases.size());
    many_waiters = std::make_unique<std::byte[]>(cases.size() * sizeof(sched::waiter<sched::product>));
    rows = many_rows.get();
    room = {rows, many_indices.get(), many_indices.get() + cases.size(),
            reinterpret_cast<sched::waiter<sched::product>*>(many_waiters.get())};
  }
  std::size_t otherwise_at = no_case;
  for (std::size_t i = 0; i != cases.size(); ++i) {
    select_case::erased& c = *cases[i].held_;
    if (c.is_otherwise() && std::exchange(otherwise_at, i) != no_case) panic_text("reflect.Select: multiple default cases");
    c.make_ready();
    rows[i] = c.row();  // of an otherwise: as a nil channel's, never ready
  }
  const detail::select_choice choice = detail::select_among(room, cases.size(), otherwise_at == no_case);
  const std::size_t chosen = choice.index == no_case ? otherwise_at : choice.index;
  cases[chosen].held_->proceed(choice.result);
  return chosen;
}

}  // namespace stealyard

// A select among cases that the model writes by hand: what core/go/select.hpp makes of a user's, without handles.
#pragma once
#include "core/go/chan_core.hpp"
#include "core/go/select_core.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class P, class T>
inline constexpr select_direction<P> selected_receive{
    .sends = false,
    .attempt = [](chan_base<P>& c,
                  void* slot) noexcept { return static_cast<chan_core<P, T>&>(c).try_recv(*static_cast<landing<T>*>(slot)); },
    .attempt_locked =
        [](chan_base<P>& c, void* slot, sched::waiter<P>*& served) noexcept {
          return static_cast<chan_core<P, T>&>(c).recv_under_lock(*static_cast<landing<T>*>(slot), served);
        },
    .keep = nullptr,
    .let_go = nullptr};
template <class P, class T>
inline constexpr select_direction<P> selected_send{
    .sends = true,
    .attempt = [](chan_base<P>& c, void* slot) noexcept { return static_cast<chan_core<P, T>&>(c).try_send(*static_cast<T*>(slot)); },
    .attempt_locked =
        [](chan_base<P>& c, void* slot, sched::waiter<P>*& served) noexcept {
          return static_cast<chan_core<P, T>&>(c).send_under_lock(*static_cast<T*>(slot), served);
        },
    .keep = nullptr,
    .let_go = nullptr};

struct selected {
  std::size_t chosen;  // no_case: none, and it may not wait
  outcome result;      // of the case: ok or closed
};
// Of up to four cases.
template <class P, class Selector>
selected select_among(const select_row<P>* rows, std::size_t count, bool may_wait) {
  select_room_for<P, 4> room;
  std::copy_n(rows, count, room.rows);
  select_cases<P> cases(room.view(), count, "select");
  const std::size_t chosen = Selector::choose(cases, may_wait);
  return {chosen, cases.result()};
}

}  // namespace stealyard::model

// select: waits for the first of several sends and receives that can proceed.
//
//   select(on_recv(c, [&](int v, bool open) { … }), on_send(d, 7, [&] { … }), otherwise([&] { … }));
//
// Exactly one case proceeds; of several that can, each is equally likely. otherwise runs if none can; without it select blocks.
// A channel may stand in several cases, for either direction. A nil channel's case never proceeds; a receive from a closed one does at once
// (its zero value, false), a send to one panics `send on closed channel`. f runs after the choice, in the caller, and may do anything.
// Every operand is evaluated once, before anything is tried; in which order, C++ leaves open between arguments of a call: in the braces
// of the dynamic form, select({on_recv(c(), f), on_recv(d(), g)}), it is the order of the source.
// O(cases); see core/contract/selector.hpp and variants/selector. A foreign thread may call it too.
#pragma once
#include "core/go/chan.hpp"
#include "core/go/select_core.hpp"

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace stealyard {

namespace detail {

using select_row = stealyard::select_row<sched::product>;
using select_direction = stealyard::select_direction<sched::product>;
using select_room = stealyard::select_room<sched::product>;

struct select_choice {
  std::size_t index;  // no_case: none could proceed
  outcome result;  // ok, closed
};
// Rows in `room`, the first `count`. Blocks if it may wait.
select_choice select_among(const select_room& room, std::size_t count, bool may_wait);

template <class T>
counted_chan<T>& counted(chan_base<sched::product>& c) noexcept {
  return static_cast<counted_chan<T>&>(c);
}
template <class T>
void keep(chan_base<sched::product>& c) noexcept {
  counted<T>(c).handles.fetch_add(1u, relaxed);
}
template <class T>
void let_go(chan_base<sched::product>& c) noexcept {
  if (counted<T>(c).handles.fetch_sub(1u, acq_rel) == 1) delete &counted<T>(c);
}

template <class T>
inline constexpr select_direction receives{
    .sends = false,
    .attempt = [](chan_base<sched::product>& c, void* slot) noexcept { return counted<T>(c).try_recv(*static_cast<landing<T>*>(slot)); },
    .attempt_locked =
        [](chan_base<sched::product>& c, void* slot, sched::waiter<sched::product>*& served) noexcept {
          return counted<T>(c).recv_under_lock(*static_cast<landing<T>*>(slot), served);
        },
    .keep = &keep<T>,
    .let_go = &let_go<T>};
template <class T>
inline constexpr select_direction sends{
    .sends = true,
    .attempt = [](chan_base<sched::product>& c, void* slot) noexcept { return counted<T>(c).try_send(*static_cast<T*>(slot)); },
    .attempt_locked =
        [](chan_base<sched::product>& c, void* slot, sched::waiter<sched::product>*& served) noexcept {
          return counted<T>(c).send_under_lock(*static_cast<T*>(slot), served);
        },
    .keep = &keep<T>,
    .let_go = &let_go<T>};

// The channel of a case: of a variable borrowed, since the select's caller has it; of a temporary taken over.
template <class T>
class select_operand : chan_handle<T> {
  counted_chan<T>* channel_;

 public:
  explicit select_operand(const chan_handle<T>& variable) noexcept
      : chan_handle<T>(static_cast<counted_chan<T>*>(nullptr)), channel_(select_operand::state_in(variable)) {}
  explicit select_operand(chan_handle<T>&& temporary) noexcept : chan_handle<T>(std::move(temporary)), channel_(this->state_) {}
  counted_chan<T>* channel() const noexcept { return channel_; }
  // A copy that outlives the variable.
  void own() noexcept {
    if (this->state_ != nullptr || channel_ == nullptr) return;
    channel_->handles.fetch_add(1u, relaxed);
    this->state_ = channel_;
  }
};

struct no_body {
  void operator()() const noexcept {}
};

struct select_case_tag {};

template <class T, class F>
class recv_case : public select_case_tag {
  select_operand<T> from_;
  [[no_unique_address]] F body_;
  landing<T> into_;

 public:
  using element = T;
  template <class Handle, class G>
  recv_case(Handle&& from, G&& body) : from_(std::forward<Handle>(from)), body_(std::forward<G>(body)) {}

  select_operand<T>& operand() noexcept { return from_; }
  select_row row() noexcept {
    counted_chan<T>* const c = from_.channel();
    return {c, &receives<T>, &into_};
  }
  void make_ready() noexcept { into_.reset(); }
  void proceed(outcome) {
    constexpr bool defaults = std::is_default_constructible_v<T>;
    if constexpr (defaults && std::is_invocable_v<F&, T, bool>) {
      const bool open = into_.has_value();
      body_(open ? std::move(*into_) : T{}, open);
    } else if constexpr (defaults && std::is_invocable_v<F&, T>) {
      body_(into_ ? std::move(*into_) : T{});
    } else if constexpr (!defaults && std::is_invocable_v<F&, std::optional<T>>) {
      body_(std::move(into_));
    } else {
      static_assert(std::is_invocable_v<F&>,
                    "on_recv(c, f): f takes (T, bool), (T) or nothing; for a T without default constructor, (std::optional<T>) or nothing");
      body_();
    }
  }
  bool try_alone() {
    if (from_.channel() == nullptr) return false;
    return try_recv_from(from_.channel(), into_) != outcome::empty;
  }
  void block_alone() { recv_into(from_.channel(), into_); }
};

template <class T, class F>
class send_case : public select_case_tag {
  select_operand<T> to_;
  T value_;
  [[no_unique_address]] F body_;
  std::optional<T> outgoing_;  // of a case that may be chosen again: its copy

 public:
  using element = T;
  template <class Handle, class U, class G>
  send_case(Handle&& to, U&& value, G&& body)
      : to_(std::forward<Handle>(to)), value_(std::forward<U>(value)), body_(std::forward<G>(body)) {}

  select_operand<T>& operand() noexcept { return to_; }
  select_row row() noexcept {
    counted_chan<T>* const c = to_.channel();
    return {c, &sends<T>, outgoing_ ? &*outgoing_ : &value_};
  }
  void make_ready() {
    if constexpr (std::is_copy_constructible_v<T>) outgoing_.emplace(value_);
  }
  void proceed(outcome result) {
    if (result == outcome::closed) panic_text("send on closed channel");
    body_();
  }
  bool try_alone() { return try_send_to(to_.channel(), value_); }
  void block_alone() { send_to(to_.channel(), value_); }
};

template <class F>
class otherwise_case {
  [[no_unique_address]] F body_;

 public:
  template <class G>
  explicit otherwise_case(std::in_place_t, G&& body) : body_(std::forward<G>(body)) {}
  void proceed() { body_(); }
};

template <class C>
inline constexpr bool is_otherwise = false;
template <class F>
inline constexpr bool is_otherwise<otherwise_case<F>> = true;
template <class C>
concept select_argument = std::derived_from<std::remove_cvref_t<C>, select_case_tag> || is_otherwise<std::remove_cvref_t<C>>;

template <class C>
using element_of = typename std::remove_cvref_t<C>::element;
template <class C>
concept receivable = std::derived_from<std::remove_cvref_t<C>, receiving<std::remove_cvref_t<C>, element_of<C>>>;
template <class C>
concept sendable = std::derived_from<std::remove_cvref_t<C>, sending<std::remove_cvref_t<C>, element_of<C>>>;

// As the base of both, keeping what says whether it is a temporary.
template <class C>
decltype(auto) as_handle(C& c) noexcept {
  using handle = chan_handle<element_of<C>>;
  if constexpr (std::is_lvalue_reference_v<C&&> || std::is_const_v<C>) {
    return static_cast<const handle&>(c);
  } else {
    return static_cast<handle&&>(c);
  }
}

}  // namespace detail

// A case: receives from c (a chan or recv_only). f takes (T, bool): the element and true, or T{} and false once c is closed and empty; or
// (T); or nothing. If T has no default constructor: (std::optional<T>), or nothing.
// Of a variable c the case borrows the channel: make it in the call to select, or keep it as a select_case, which has its own handle.
template <class C, class F = detail::no_body>
  requires detail::receivable<C>
[[nodiscard]] auto on_recv(C&& c, F&& f = {}) {
  return detail::recv_case<detail::element_of<C>, std::decay_t<F>>(detail::as_handle<C>(c), std::forward<F>(f));
}

// A case: sends `value`, converted to the element type, to c (a chan or send_only). f takes nothing.
template <class C, class U, class F = detail::no_body>
  requires detail::sendable<C> && std::convertible_to<U, detail::element_of<C>>
[[nodiscard]] auto on_send(C&& c, U&& value, F&& f = {}) {
  static_assert(std::is_invocable_v<std::decay_t<F>&>, "on_send(c, value, f): f takes nothing");
  return detail::send_case<detail::element_of<C>, std::decay_t<F>>(detail::as_handle<C>(c), std::forward<U>(value), std::forward<F>(f));
}

// What runs if no case can proceed; at most one in a select, anywhere in it.
template <class F>
[[nodiscard]] auto otherwise(F&& f) {
  static_assert(std::is_invocable_v<std::decay_t<F>&>, "otherwise(f): f takes nothing");
  return detail::otherwise_case<std::decay_t<F>>(std::in_place, std::forward<F>(f));
}

// One case of the dynamic form, with a handle of its own. It may stand in one select after the other; a send case sends a copy of its
// value each time, if T can be copied, else the value itself, once. Move-only.
class select_case {
  struct erased {
    virtual ~erased() = default;
    virtual bool is_otherwise() const noexcept = 0;
    virtual void make_ready() = 0;
    virtual detail::select_row row() noexcept = 0;
    virtual void proceed(outcome result) = 0;
  };
  template <class Case>
  struct holder final : erased {
    Case held;
    explicit holder(Case&& c) : held(std::move(c)) {
      if constexpr (!detail::is_otherwise<Case>) held.operand().own();
    }
    bool is_otherwise() const noexcept override { return detail::is_otherwise<Case>; }
    void make_ready() override {
      if constexpr (!detail::is_otherwise<Case>) held.make_ready();
    }
    detail::select_row row() noexcept override {
      if constexpr (detail::is_otherwise<Case>) {
        return {};
      } else {
        return held.row();
      }
    }
    void proceed(outcome result) override {
      if constexpr (detail::is_otherwise<Case>) {
        held.proceed();
      } else {
        held.proceed(result);
      }
    }
  };
  std::unique_ptr<erased> held_;
  friend std::size_t select(std::span<const select_case> cases);

 public:
  template <detail::select_argument Case>
  // NOLINTNEXTLINE(google-explicit-constructor)
  select_case(Case&& c) : held_(std::make_unique<holder<std::remove_cvref_t<Case>>>(std::forward<Case>(c))) {}
};

// The dynamic form: any number of cases, 65536 at most. Returns the index of the one that proceeded, or of the otherwise.
std::size_t select(std::span<const select_case> cases);
inline std::size_t select(std::initializer_list<select_case> cases) {
  return select(std::span<const select_case>(cases.begin(), cases.size()));
}

// Returns which argument proceeded, from 0 on.
template <detail::select_argument... Cases>
  requires(sizeof...(Cases) != 0)
std::size_t select(Cases&&... cases) {
  constexpr std::size_t others = (std::size_t{detail::is_otherwise<std::remove_cvref_t<Cases>>} + ...);
  constexpr std::size_t count = sizeof...(Cases) - others;
  static_assert(others <= 1, "select: more than one otherwise");

  detail::select_choice choice{no_case, outcome::ok};
  if constexpr (count == 1) {  // a plain operation, as Go compiles it
    const auto alone = [&](auto& c) {
      if constexpr (!detail::is_otherwise<std::remove_cvref_t<decltype(c)>>) {
        if constexpr (others == 0) {
          c.block_alone();
          choice.index = 0;
        } else if (c.try_alone()) {
          choice.index = 0;
        }
      }
    };
    (alone(cases), ...);
  } else if constexpr (count > 1) {
    select_room_for<sched::product, count> room;
    std::size_t rows = 0;
    const auto put = [&](auto& c) {
      if constexpr (!detail::is_otherwise<std::remove_cvref_t<decltype(c)>>) room.rows[rows++] = c.row();
    };
    (put(cases), ...);
    choice = detail::select_among(room.view(), count, others == 0);
  }

  std::size_t chosen = 0;
  std::size_t place = 0;
  std::size_t row = 0;
  const auto proceed_if_chosen = [&](auto& c) {
    if constexpr (detail::is_otherwise<std::remove_cvref_t<decltype(c)>>) {
      if (choice.index == no_case) {
        chosen = place;
        c.proceed();
      }
    } else if (row++ == choice.index) {
      chosen = place;
      c.proceed(choice.result);
    }
    ++place;
  };
  (proceed_if_chosen(cases), ...);
  return chosen;
}

// Without a case: blocks for ever.
[[noreturn]] inline void select() { detail::block_forever("select (no cases)"); }

}  // namespace stealyard

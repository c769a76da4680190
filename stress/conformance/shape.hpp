// What is missing from a variant, one readable line a member: shape::<kind><V...>() says whether the contract's concept holds, and
// fails the build with the line that names the member where it does not.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "core/contract/idle.hpp"
#include "core/contract/parker.hpp"
#include "core/contract/reclaim.hpp"
#include "core/contract/run_queue.hpp"
#include "core/contract/timer_queue.hpp"
#include "core/contract/victim.hpp"

#include <concepts>
#include <type_traits>

namespace stealyard::conformance::shape {

template <class V, class Claims>
concept claims_are = std::same_as<std::remove_cvref_t<decltype(V::claims)>, Claims>;

template <class Q, class T>
consteval bool run_queue() {
  static_assert(claims_are<Q, run_queue_claims>, "a run_queue needs: static constexpr run_queue_claims claims{...}");
  static_assert(std::constructible_from<Q, std::size_t>, "a run_queue needs: explicit name(std::size_t initial_capacity)");
  static_assert(
      requires(Q& q, T t) {
        { q.try_push(t) } noexcept -> std::same_as<outcome>;
      }, "a run_queue needs: outcome try_push(T) noexcept");
  static_assert(
      requires(Q& q, T& t) {
        { q.try_pop(t) } noexcept -> std::same_as<outcome>;
      }, "a run_queue needs: outcome try_pop(T& into) noexcept");
  static_assert(
      requires(Q& q, T& t) {
        { q.try_steal(t) } noexcept -> std::same_as<outcome>;
      }, "a run_queue needs: outcome try_steal(T& into) noexcept");
  static_assert(
      requires(const Q& q) {
        { q.probably_empty() } noexcept -> std::same_as<bool>;
      }, "a run_queue needs: bool probably_empty() const noexcept");
  return contract::run_queue<Q, T>;
}

template <class B, class T>
consteval bool channel_buffer() {
  static_assert(claims_are<B, channel_buffer_claims>, "a channel_buffer needs: static constexpr channel_buffer_claims claims{...}");
  static_assert(std::constructible_from<B, std::size_t>, "a channel_buffer needs: explicit name(std::size_t capacity)");
  static_assert(
      requires(B& b, T& t) {
        { b.try_push(t) } noexcept -> std::same_as<outcome>;
      }, "a channel_buffer needs: outcome try_push(T& value) noexcept");
  static_assert(
      requires(B& b, landing<T>& into) {
        { b.try_pop(into) } noexcept -> std::same_as<outcome>;
      }, "a channel_buffer needs: outcome try_pop(landing<T>& into) noexcept");
  static_assert(
      requires(B& b) {
        { b.close() } noexcept -> std::same_as<bool>;
      }, "a channel_buffer needs: bool close() noexcept");
  static_assert(
      requires(const B& b) {
        { b.length() } noexcept -> std::same_as<std::size_t>;
      }, "a channel_buffer needs: std::size_t length() const noexcept");
  return contract::channel_buffer<B, T>;
}

template <class P>
consteval bool parker() {
  static_assert(claims_are<P, parker_claims>, "a parker needs: static constexpr parker_claims claims{...}");
  static_assert(std::default_initializable<P>, "a parker needs: name()");
  static_assert(
      requires(P& p, nanoseconds_t t) {
        { p.park(t) } noexcept -> std::same_as<bool>;
      }, "a parker needs: bool park(nanoseconds_t deadline) noexcept");
  static_assert(
      requires(P& p) {
        { p.unpark() } noexcept -> std::same_as<void>;
      }, "a parker needs: void unpark() noexcept");
  return contract::parker<P>;
}

template <class I, class W>
consteval bool idle() {
  static_assert(claims_are<I, idle_claims>, "an idle policy needs: static constexpr idle_claims claims{...}");
  static_assert(std::constructible_from<I, unsigned, idle_sleepers&>, "an idle policy needs: name(unsigned workers, idle_sleepers&)");
  static_assert(
      requires(I& i) {
        { i.word() } noexcept -> std::same_as<atomic<W, std::uint32_t>&>;
      }, "an idle policy needs: atomic<W, std::uint32_t>& word() noexcept");
  static_assert(
      requires(I& i) {
        { i.work_added() } noexcept;
      }, "an idle policy needs: void work_added() noexcept");
  static_assert(
      requires(I& i) {
        { i.begin_search(0u) } noexcept -> std::same_as<bool>;
      }, "an idle policy needs: bool begin_search(unsigned me) noexcept");
  static_assert(
      requires(I& i) {
        { i.end_search_found(0u) } noexcept;
      }, "an idle policy needs: void end_search_found(unsigned me) noexcept");
  static_assert(
      requires(I& i) {
        { i.prepare_sleep(0u, true) } noexcept -> std::same_as<bool>;
      }, "an idle policy needs: bool prepare_sleep(unsigned me, bool searching) noexcept");
  static_assert(
      requires(I& i) {
        { i.cancel_sleep(0u) } noexcept -> std::same_as<bool>;
      }, "an idle policy needs: bool cancel_sleep(unsigned me) noexcept");
  static_assert(
      requires(I& i, nanoseconds_t t) {
        { i.commit_sleep(0u, t) } noexcept -> std::same_as<bool>;
      }, "an idle policy needs: bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept");
  static_assert(
      requires(I& i) {
        { i.wake_all() } noexcept;
      }, "an idle policy needs: void wake_all() noexcept");
  return contract::idle<I, W>;
}

template <class V>
consteval bool victim() {
  static_assert(claims_are<V, victim_claims>, "a victim policy needs: static constexpr victim_claims claims{...}");
  static_assert(std::constructible_from<V, const victim_view&>, "a victim policy needs: explicit name(const victim_view&)");
  static_assert(
      requires(V& v) {
        { v.begin_pass(0u) } noexcept;
      }, "a victim policy needs: void begin_pass(unsigned thief) noexcept");
  static_assert(
      requires(V& v) {
        { v.next(0u) } noexcept -> std::same_as<unsigned>;
      }, "a victim policy needs: unsigned next(unsigned thief) noexcept");
  return contract::victim<V>;
}

template <class R, class W>
consteval bool reclaim() {
  static_assert(claims_are<R, reclaim_claims>, "a reclaim needs: static constexpr reclaim_claims claims{...}");
  static_assert(std::default_initializable<R>, "a reclaim needs: name()");
  static_assert(
      requires(R& r) {
        typename R::guard;
        requires std::constructible_from<typename R::guard, R&>;
      }, "a reclaim needs: class guard, with explicit guard(name&)");
  static_assert(
      requires(typename R::guard& g, atomic<W, int*>& from) {
        { g.protect(from) } noexcept -> std::same_as<int*>;
      }, "a reclaim's guard needs: template <class T> T* protect(atomic<W, T*>& from) noexcept");
  static_assert(requires(R& r, int* unlinked) { r.retire(unlinked); }, "a reclaim needs: template <class T> void retire(T* unlinked)");
  static_assert(
      requires(R& r) {
        { r.quiescent() } noexcept;
      }, "a reclaim needs: void quiescent() noexcept");
  return contract::reclaim<R, W, int>;
}

template <class Q, class Timer>
consteval bool timer_queue() {
  static_assert(claims_are<Q, timer_queue_claims>, "a timer_queue needs: static constexpr timer_queue_claims claims{...}");
  static_assert(std::default_initializable<Q>, "a timer_queue needs: name()");
  static_assert(requires(Q& q, Timer& t) { q.insert(t); }, "a timer_queue needs: void insert(Timer&)");
  static_assert(
      requires(Q& q, Timer& t) {
        { q.erase(t) } noexcept -> std::same_as<bool>;
      }, "a timer_queue needs: bool erase(Timer&) noexcept");
  static_assert(
      requires(Q& q, nanoseconds_t t) {
        { q.pop_due(t) } noexcept -> std::same_as<Timer*>;
      }, "a timer_queue needs: Timer* pop_due(nanoseconds_t now) noexcept");
  static_assert(
      requires(const Q& q) {
        { q.earliest() } noexcept -> std::same_as<nanoseconds_t>;
      }, "a timer_queue needs: nanoseconds_t earliest() const noexcept");
  static_assert(
      requires(const Q& q) {
        { q.size() } noexcept -> std::same_as<std::size_t>;
      }, "a timer_queue needs: std::size_t size() const noexcept");
  return contract::timer_queue<Q, Timer>;
}

}  // namespace stealyard::conformance::shape

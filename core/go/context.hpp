// context: Go's context package: deadlines, cancellation and values that go down a tree of calls. A context is a handle; copies are the
// same context. Cancelling one cancels all that were derived from it, before the call returns. Every function may be called from any
// goroutine or foreign thread at any time.
//
// A context that nobody can reach any more (no handle, no cancel function, no done channel, no derived context) is gone from its parent
// at once, and its timer with it: unlike Go, where a forgotten cancel keeps it until the parent ends.
#pragma once
#include "core/go/chan.hpp"
#include "core/go/clock.hpp"
#include "core/go/held.hpp"

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

namespace stealyard {

enum class context_error : unsigned char { none, canceled, deadline_exceeded };

// Go's texts; empty for none.
constexpr std::string_view to_string(context_error e) noexcept {
  constexpr std::string_view texts[] = {"", "context canceled", "context deadline exceeded"};
  return texts[static_cast<unsigned>(e)];
}

// What cause() holds if nobody gave another.
class context_done : public std::exception {
  context_error why_;

 public:
  explicit context_done(context_error why) noexcept : why_(why) {}
  context_error why() const noexcept { return why_; }
  const char* what() const noexcept override { return to_string(why_).data(); }
};

class context;

namespace detail {

class cancel_node;

// One context but the background. Held by handles and by the contexts derived from it.
class context_node {
 public:
  context_node() = default;
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;
  virtual void hold() noexcept = 0;
  virtual void let_go() noexcept = 0;
  // The nearest that can be cancelled, itself or above; null: none.
  virtual cancel_node* nearest() noexcept = 0;
  // The value of the nearest key that is of this type and equal, if it is of type `value`. Null: none.
  virtual const void* find(const std::type_info& key_type, const void* key, const std::type_info& value) const noexcept = 0;

 protected:
  ~context_node() = default;
};

using node_handle = held<context_node>;

node_handle make_cancel(const node_handle& parent, std::optional<clock::time_point> deadline);
void cancel_context(context_node& which, context_error why, std::exception_ptr cause);
recv_only<std::monostate> done_of(cancel_node* which);
context_error error_of(cancel_node* which) noexcept;
std::exception_ptr cause_of(cancel_node* which);
std::optional<clock::time_point> deadline_of(cancel_node* which) noexcept;

// Counts for nodes that are no channel.
class counted_node : public context_node {
  atomic<real, std::uint32_t> holders_{1};

 protected:
  const node_handle parent_;

 public:
  explicit counted_node(node_handle parent) noexcept : parent_(std::move(parent)) {}
  virtual ~counted_node() = default;
  void hold() noexcept final { holders_.fetch_add(1u, relaxed); }
  void let_go() noexcept final {
    if (holders_.fetch_sub(1u, acq_rel) == 1) delete this;
  }
  cancel_node* nearest() noexcept override { return parent_.get() == nullptr ? nullptr : parent_.get()->nearest(); }
  const void* find(const std::type_info& key_type, const void* key, const std::type_info& value) const noexcept override {
    return parent_.get() == nullptr ? nullptr : parent_.get()->find(key_type, key, value);
  }
};

template <class Key, class Value>
class value_node final : public counted_node {
  const Key key_;
  const Value value_;

 public:
  template <class K, class V>
  value_node(node_handle parent, K&& key, V&& value)
      : counted_node(std::move(parent)), key_(std::forward<K>(key)), value_(std::forward<V>(value)) {}
  const void* find(const std::type_info& key_type, const void* key, const std::type_info& value) const noexcept override {
    if (key_type != typeid(Key) || !(*static_cast<const Key*>(key) == key_)) return counted_node::find(key_type, key, value);
    return value == typeid(Value) ? &value_ : nullptr;
  }
};

class uncancelled_node final : public counted_node {
 public:
  using counted_node::counted_node;
  cancel_node* nearest() noexcept override { return nullptr; }
};

// A key is compared by value: text as text, not by where it lies.
template <class K>
using key_of = std::conditional_t<std::is_convertible_v<std::decay_t<K>, std::string_view>, std::string, std::decay_t<K>>;

}  // namespace detail

// Cancels its context: err() is canceled from then on. Again: nothing. Dropping it does not cancel.
class cancel_function {
  detail::node_handle node_;

 public:
  explicit cancel_function(detail::node_handle n) noexcept : node_(std::move(n)) {}
  void operator()() const { detail::cancel_context(*node_.get(), context_error::canceled, nullptr); }
};

// The same with a cause: an exception, or a pointer to one; null: the cause is the error itself.
class cancel_cause_function {
  detail::node_handle node_;

 public:
  explicit cancel_cause_function(detail::node_handle n) noexcept : node_(std::move(n)) {}
  void operator()(std::exception_ptr cause = nullptr) const {
    detail::cancel_context(*node_.get(), context_error::canceled, std::move(cause));
  }
  template <class E>
    requires(!std::convertible_to<E, std::exception_ptr>)
  void operator()(E&& cause) const {
    (*this)(std::make_exception_ptr(std::forward<E>(cause)));
  }
};

class context {
  detail::node_handle node_;  // null: the background
  detail::cancel_node* nearest() const noexcept { return node_.get() == nullptr ? nullptr : node_.get()->nearest(); }

 public:
  context() noexcept = default;  // background()
  explicit context(detail::node_handle n) noexcept : node_(std::move(n)) {}
  const detail::node_handle& node() const noexcept { return node_; }

  // Closed once it is cancelled or its deadline has passed; nil if that cannot be.
  recv_only<std::monostate> done() const { return detail::done_of(nearest()); }
  context_error err() const noexcept { return detail::error_of(nearest()); }
  // Why: what was given to the cancel_cause_function that came first, here or above; else a context_done. Null while err() is none.
  std::exception_ptr cause() const { return detail::cause_of(nearest()); }
  // The earliest, of its own and of those above.
  std::optional<clock::time_point> deadline() const noexcept { return detail::deadline_of(nearest()); }
  // The value under the nearest equal key, by type and value. Nothing: no such key, or its value is no T.
  template <class T, class Key>
  std::optional<T> value(const Key& key) const {
    const detail::key_of<Key> wanted(key);
    const void* found = node_.get() == nullptr ? nullptr : node_.get()->find(typeid(wanted), &wanted, typeid(T));
    if (found == nullptr) return std::nullopt;
    return *static_cast<const T*>(found);
  }
};

// Never cancelled, no values, no deadline: the root. todo() says that it is not clear yet which context to use.
inline context background() noexcept { return {}; }
inline context todo() noexcept { return {}; }

// A derived context, and what cancels it: auto [ctx, cancel] = with_cancel(parent).
inline std::pair<context, cancel_function> with_cancel(const context& parent) {
  detail::node_handle n = detail::make_cancel(parent.node(), std::nullopt);
  return {context(n), cancel_function(n)};
}
inline std::pair<context, cancel_cause_function> with_cancel_cause(const context& parent) {
  detail::node_handle n = detail::make_cancel(parent.node(), std::nullopt);
  return {context(n), cancel_cause_function(n)};
}
// Cancelled at the latest at `at`, with deadline_exceeded; a parent's earlier deadline wins.
inline std::pair<context, cancel_function> with_deadline(const context& parent, clock::time_point at) {
  detail::node_handle n = detail::make_cancel(parent.node(), at);
  return {context(n), cancel_function(n)};
}
// Huge durations saturate.
template <class Rep, class Period>
std::pair<context, cancel_function> with_timeout(const context& parent, std::chrono::duration<Rep, Period> d) {
  const nanoseconds_t at = detail::saturating_sum(detail::now_ns(), detail::saturating_ns(d));
  return with_deadline(parent, clock::time_point(std::chrono::nanoseconds(at)));
}
// Values are for what goes with a request through layers that do not know it. Keys of a type of one's own do not collide.
template <class Key, class Value>
context with_value(const context& parent, Key&& key, Value&& value) {
  using node = detail::value_node<detail::key_of<Key>, std::decay_t<Value>>;
  return context(detail::node_handle(new node(parent.node(), std::forward<Key>(key), std::forward<Value>(value))));
}
// The parent's values, and nothing of its cancellation or deadline.
inline context without_cancel(const context& parent) { return context(detail::node_handle(new detail::uncancelled_node(parent.node()))); }

}  // namespace stealyard

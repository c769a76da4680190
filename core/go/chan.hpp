// chan<T>: a reference to a channel, as in Go: copyable, compared by identity, may be nil; every operation is const.
#pragma once
#include "core/go/chan_core.hpp"
#include "core/go/panic.hpp"
#include "core/sched/preempt.hpp"
#include "core/sched/product.hpp"
#include "registry/channel_buffers.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace stealyard {

enum class chan_status : unsigned char { ok, empty, closed };

namespace detail {

// A buffer that asks for the channel's lock, when it is not the one that chan_core holds under it: it brings a lock of its own.
template <class Buffer, class T>
class locked_buffer {
  mutable real::mutex mutex_;
  Buffer buffer_;
  using guard = std::lock_guard<real::mutex>;

 public:
  static constexpr channel_buffer_claims claims = Buffer::claims;
  explicit locked_buffer(std::size_t capacity) : buffer_(capacity) {}
  outcome try_push(T& value) noexcept {
    guard lock(mutex_);
    return buffer_.try_push(value);
  }
  outcome try_pop(landing<T>& into) noexcept {
    guard lock(mutex_);
    return buffer_.try_pop(into);
  }
  bool close() noexcept {
    guard lock(mutex_);
    return buffer_.close();
  }
  std::size_t length() const noexcept {
    guard lock(mutex_);
    return buffer_.length();
  }
};

template <class Buffer, class T>
std::unique_ptr<abstract_buffer<T>> make_boxed(std::size_t capacity) {
  if constexpr (std::is_same_v<Buffer, channel_buffer::mutex_ring<real, T>>) {
    return nullptr;  // chan_core has it inlined
  } else if constexpr (Buffer::claims.locking == buffer_locking::external) {
    return std::make_unique<buffer_box<locked_buffer<Buffer, T>, T>>(capacity);
  } else {
    return std::make_unique<buffer_box<Buffer, T>>(capacity);
  }
}

// By index into the registry, as part names are.
template <class T>
std::unique_ptr<abstract_buffer<T>> make_buffer(unsigned index, std::size_t capacity) {
#define STEALYARD_ROW(V) &make_boxed<channel_buffer::V<real, T>, T>,
  static constexpr std::unique_ptr<abstract_buffer<T>> (*rows[])(std::size_t) = {STEALYARD_CHANNEL_BUFFERS(STEALYARD_ROW)};
#undef STEALYARD_ROW
  return capacity == 0 ? nullptr : rows[index](capacity);
}

unsigned chosen_channel_buffer() noexcept;  // of the running scheduler; the default outside run()
[[noreturn]] void block_forever(sched::wait_reason why);
std::uint64_t bubble_serial_here() noexcept;  // of the bubble of virtual time that the caller is in; 0: none
void panic_unless_in_bubble(std::uint64_t serial, const char* complaint);

inline constexpr std::uint64_t most_capacity = INT32_MAX;

// The channel and how many handles refer to it.
struct handle_count {
  atomic<real, std::uint32_t> handles{1};
};
template <class T>
struct counted_chan : handle_count, chan_core<sched::product, T> {
  explicit counted_chan(std::size_t capacity) : chan_core<sched::product, T>(capacity, make_buffer<T>(chosen_channel_buffer(), capacity)) {
    this->bubble = bubble_serial_here();
  }
  counted_chan(const counted_chan&) = delete;
  counted_chan& operator=(const counted_chan&) = delete;
  virtual ~counted_chan() = default;  // a timer's, a context's
};

// What chan, send_only and recv_only share: the handle.
template <class T>
class chan_handle {
 protected:
  counted_chan<T>* state_ = nullptr;

  explicit chan_handle(counted_chan<T>* s) noexcept : state_(s) {}
  // For select, whose cases borrow what other handles hold.
  static counted_chan<T>* state_in(const chan_handle& handle) noexcept { return handle.state_; }

 public:
  using element = T;

  chan_handle(const chan_handle& other) noexcept : state_(other.state_) {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (state_ != nullptr) state_->handles.fetch_add(1u, relaxed);
  }
  chan_handle(chan_handle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  chan_handle& operator=(chan_handle other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~chan_handle() {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (state_ != nullptr && state_->handles.fetch_sub(1u, acq_rel) == 1) delete state_;
  }

  // Elements inside, 0 for nil. A snapshot.
  std::size_t len() const noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    return state_ == nullptr ? 0 : state_->length();
  }
  std::size_t cap() const noexcept { return state_ == nullptr ? 0 : state_->capacity(); }
  explicit operator bool() const noexcept { return state_ != nullptr; }
  const void* id() const noexcept { return state_; }
  friend bool operator==(const chan_handle& a, const chan_handle& b) noexcept { return a.state_ == b.state_; }
};

template <class T>
[[gnu::noinline, gnu::cold]] void send_in_bubble(counted_chan<T>* state, T& value) {
  panic_unless_in_bubble(state->bubble, "send on synctest channel from outside bubble");
  if (state->send(value, "chan send (synctest)") == outcome::closed) panic_text("send on closed channel");
}
template <class T>
[[gnu::noinline, gnu::cold]] void recv_in_bubble(counted_chan<T>* state, landing<T>& into) {
  panic_unless_in_bubble(state->bubble, "receive on synctest channel from outside bubble");
  state->recv(into, "chan receive (synctest)");
}

template <class T>
STEALYARD_FORCE_INLINE inline void send_to(counted_chan<T>* state, T& value) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::cooperate();
  if (state == nullptr) [[unlikely]]
    block_forever("chan send (nil chan)");
  if (state->bubble != 0) [[unlikely]]
    return send_in_bubble(state, value);
  if (state->send(value, "chan send") == outcome::closed) [[unlikely]]
    panic_text("send on closed channel");
}
// `into` is empty before.
template <class T>
STEALYARD_FORCE_INLINE inline void recv_into(counted_chan<T>* state, landing<T>& into) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::cooperate();
  if (state == nullptr) [[unlikely]]
    block_forever("chan receive (nil chan)");
  if (state->bubble != 0) [[unlikely]]
    return recv_in_bubble(state, into);
  state->recv(into, "chan receive");
}
template <class T>
STEALYARD_FORCE_INLINE inline landing<T> recv_from(counted_chan<T>* state) {
  landing<T> into;
  recv_into(state, into);
  return into;
}
template <class T>
bool try_send_to(counted_chan<T>* state, T& value) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::cooperate();
  if (state == nullptr) return false;
  if (state->bubble != 0) panic_unless_in_bubble(state->bubble, "send on synctest channel from outside bubble");
  const outcome now = state->try_send(value);
  if (now == outcome::closed) panic_text("send on closed channel");
  return now == outcome::ok;
}
template <class T>
outcome try_recv_from(counted_chan<T>* state, landing<T>& into) {
  [[maybe_unused]] const fiber::runtime_section inside;
  sched::cooperate();
  if (state->bubble != 0) panic_unless_in_bubble(state->bubble, "receive on synctest channel from outside bubble");
  return state->try_recv(into);
}
template <class T>
void close_it(counted_chan<T>* state) {
  [[maybe_unused]] const fiber::runtime_section inside;
  if (state == nullptr) panic_text("close of nil channel");
  if (state->bubble != 0) panic_unless_in_bubble(state->bubble, "close of synctest channel from outside bubble");
  if (!state->close()) panic_text("close of closed channel");
}

// The receiving half of a handle's members; Handle has a state().
template <class Handle, class T>
class receiving {
  counted_chan<T>* state() const noexcept { return static_cast<const Handle*>(this)->state_of(); }

 public:
  // Blocks. T{} once closed and empty.
  STEALYARD_FORCE_INLINE T recv() const
    requires std::default_initializable<T>
  {
    landing<T> got = recv_from(state());
    if (got) [[likely]]
      return std::move(*got);
    return T{};
  }
  // Blocks. (value, true), or (T{}, false) once closed and empty.
  std::pair<T, bool> recv_ok() const
    requires std::default_initializable<T>
  {
    landing<T> got = recv_from(state());
    if (got) return {std::move(*got), true};
    return {T{}, false};
  }
  // For a T without default constructor: nothing once closed and empty.
  std::optional<T> recv_ok() const { return recv_from(state()); }

  // Nothing: empty or closed. Never blocks.
  std::optional<T> try_recv() const {
    landing<T> got;
    if (state() != nullptr) try_recv_from(state(), got);
    return got;
  }
  chan_status try_recv(T& into) const {
    if (state() == nullptr) return chan_status::empty;
    landing<T> got;
    const outcome now = try_recv_from(state(), got);
    if (now == outcome::ok) into = std::move(*got);
    return now == outcome::ok ? chan_status::ok : now == outcome::closed ? chan_status::closed : chan_status::empty;
  }

  // for (T x : c): until closed and empty.
  class iterator {
    Handle channel_;  // as in Go, the loop keeps its channel whatever the variable is assigned meanwhile
    landing<T> current_;

   public:
    explicit iterator(const Handle& c) : channel_(c), current_(recv_from(c.state_of())) {}
    T& operator*() { return *current_; }
    iterator& operator++() {
      current_.reset();
      recv_into(channel_.state_of(), current_);  // in place: to move it, the CPU loads 16 bytes just stored by halves, and stalls
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !current_; }
  };
  iterator begin() const { return iterator(*static_cast<const Handle*>(this)); }
  std::default_sentinel_t end() const { return {}; }
};

template <class Handle, class T>
class sending {
  counted_chan<T>* state() const noexcept { return static_cast<const Handle*>(this)->state_of(); }

 public:
  // Blocks. Panics once closed, also if it was blocked when the channel was closed.
  STEALYARD_FORCE_INLINE void send(T value) const { send_to(state(), value); }
  // False: would block; the value is then where it was. Panics once closed.
  bool try_send(T&& value) const { return try_send_to(state(), value); }
  bool try_send(const T& value) const
    requires std::copy_constructible<T>
  {
    T copy(value);
    return try_send_to(state(), copy);
  }
  void close() const { close_it(state()); }
};

}  // namespace detail

template <class T>
class chan : public detail::chan_handle<T>, public detail::receiving<chan<T>, T>, public detail::sending<chan<T>, T> {
  using handle = detail::chan_handle<T>;

  template <std::integral N>
  static std::size_t checked(N capacity) {
    if (std::cmp_less(capacity, 0) || std::cmp_greater(capacity, detail::most_capacity)) {
      panic_text("makechan: size out of range");
    }
    return static_cast<std::size_t>(capacity);
  }
  template <class>
  friend class send_only;
  template <class>
  friend class recv_only;

 public:
  // Unbuffered.
  chan() : chan(0) {}
  // Exactly `capacity` elements fit, 0 .. 2^31 - 1. Panics `makechan: size out of range` otherwise.
  template <std::integral N>
  explicit chan(N capacity) : handle(new detail::counted_chan<T>(checked(capacity))) {}
  // nil: every operation blocks for ever, but close, which panics.
  explicit chan(std::nullptr_t) noexcept : handle(static_cast<detail::counted_chan<T>*>(nullptr)) {}

  detail::counted_chan<T>* state_of() const noexcept { return this->state_; }
};

// A view that only sends. Made from a chan; using it to receive does not compile.
template <class T>
class send_only : public detail::chan_handle<T>, public detail::sending<send_only<T>, T> {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  send_only(const chan<T>& c) noexcept : detail::chan_handle<T>(c) {}
  detail::counted_chan<T>* state_of() const noexcept { return this->state_; }
};

// A view that only receives.
template <class T>
class recv_only : public detail::chan_handle<T>, public detail::receiving<recv_only<T>, T> {
 public:
  // Takes over one count of handles: timers and contexts are channels of their own making. Null: nil.
  explicit recv_only(detail::counted_chan<T>* adopted) noexcept : detail::chan_handle<T>(adopted) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  recv_only(const chan<T>& c) noexcept : detail::chan_handle<T>(c) {}
  detail::counted_chan<T>* state_of() const noexcept { return this->state_; }
};

}  // namespace stealyard

template <class T>
struct std::hash<stealyard::chan<T>> {
  std::size_t operator()(const stealyard::chan<T>& c) const noexcept { return std::hash<const void*>()(c.id()); }
};

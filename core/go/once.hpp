// once, once_func, once_value: Go's sync.Once, OnceFunc and OnceValue.
#pragma once
#include "core/go/once_core.hpp"
#include "core/go/run.hpp"

#include <exception>
#include <memory>
#include <optional>

namespace stealyard {

// The first call runs f; every call returns after that f ended, and sees what it did. An f that panics counts as done: the panic goes to
// the first caller only. f must not call the same once (it would wait for itself). Goroutines and foreign threads alike may call.
class once {
  once_core<sched::product> core_;

 public:
  once() = default;
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  template <class F>
  STEALYARD_FORCE_INLINE void call(F&& f) {
    core_.call(f, "sync.Mutex.Lock");
  }
};

namespace detail {

struct no_result {};

// f, until it has run; then what came of it. Shared by the copies of a once_func or once_value.
template <class F, class Result>
class once_outcome {
  once first_;
  std::optional<F> f_;
  std::optional<Result> result_;
  std::exception_ptr thrown_;

  void run() {
    struct forget {  // what f holds goes when it has run, as in Go
      std::optional<F>& f;
      ~forget() { f.reset(); }
    } const at_the_end{f_};
    try {
      if constexpr (std::is_same_v<Result, no_result>) {
        (*f_)();
        result_.emplace();
      } else {
        result_.emplace((*f_)());
      }
    } catch (const goexit_signal&) {
      throw;
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

 public:
  explicit once_outcome(F f) : f_(std::move(f)) {}
  const Result& get() {
    first_.call([this] { run(); });
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
    if (!result_) panic_text("stealyard: the function given to once_func or once_value called goexit");
    return *result_;
  }
};

}  // namespace detail

// A function that runs f on its first call, whichever of its copies is called. If f panics, every call panics with the same value.
template <class F>
auto once_func(F&& f) {
  return [state = std::make_shared<detail::once_outcome<std::decay_t<F>, detail::no_result>>(std::forward<F>(f))] { state->get(); };
}

// The same, returning what f returned; the reference lives as long as the function or a copy of it.
template <class F>
auto once_value(F&& f) {
  using result = std::decay_t<std::invoke_result_t<std::decay_t<F>&>>;
  return [state = std::make_shared<detail::once_outcome<std::decay_t<F>, result>>(std::forward<F>(f))]() -> const result& {
    return state->get();
  };
}

}  // namespace stealyard

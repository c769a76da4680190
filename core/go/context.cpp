#include "core/go/context.hpp"

#include "core/go/timer_service.hpp"

#include <mutex>

namespace stealyard::detail {

// A context that can be cancelled: it is the very channel that done() gives out, so that whoever holds one of them holds all.
//
// A child that is not cancelled yet is linked under its parent's lock. Cancelling takes the children out under that lock and goes on
// with them by links of their own, without allocation or recursion: the tree may be deep and stacks are small.
//   child's last holder gone   D1 stops its timer   D2 parent's lock: unlinks itself, if it is linked still
//   parent's cancel            X1 parent's lock: unlinks each child, and holds it, unless its last holder is gone: D2 finds it unlinked
class cancel_node final : public context_node, public counted_chan<std::monostate>, sched::product_timer {
  using guard = std::lock_guard<real::mutex>;

 public:
  const node_handle parent;
  cancel_node* const above;  // that can be cancelled; null: none. `parent` keeps it
  const std::optional<clock::time_point> deadline;

  cancel_node(const node_handle& p, std::optional<clock::time_point> d, bool own_timer)
      : counted_chan<std::monostate>(0), parent(p), above(p.get() == nullptr ? nullptr : p.get()->nearest()), deadline(d) {
    if (own_timer) home_ = home_here();
  }
  ~cancel_node() final {
    stop_timer();  // D1
    if (above == nullptr) return;
    const guard lock(above->lock_);  // D2
    above->unlink(*this);
  }

  void hold() noexcept override { handles.fetch_add(1u, relaxed); }
  void let_go() noexcept override {
    if (handles.fetch_sub(1u, acq_rel) == 1) delete this;
  }
  // False: the last holder is gone.
  bool try_hold() noexcept {
    std::uint32_t seen = handles.load(relaxed);
    while (seen != 0) {
      if (handles.compare_exchange_weak(seen, seen + 1, relaxed, relaxed)) return true;
    }
    return false;
  }
  cancel_node* nearest() noexcept override { return this; }
  const void* find(const std::type_info& key_type, const void* key, const std::type_info& value) const noexcept override {
    return parent.get() == nullptr ? nullptr : parent.get()->find(key_type, key, value);
  }

  context_error err() noexcept {
    const guard lock(lock_);
    return err_;
  }
  std::exception_ptr cause() {
    const guard lock(lock_);
    return cause_;
  }

  // Linked, or cancelled as its parent is.
  void join() {
    if (above == nullptr) return;
    {
      const guard lock(above->lock_);
      if (above->err_ == context_error::none) return above->link(*this);
    }
    cancel(above->err(), above->cause());
  }

  void start_timer() {
    made_ = origin_here(std::source_location::current());
    fire = [](sched::product_timer& base, nanoseconds_t) noexcept -> sched::product_task* {
      auto& self = static_cast<cancel_node&>(base);
      if (!self.try_hold()) return nullptr;
      return new_goroutine(self.made_, [me = held<cancel_node>(&self)] { me.get()->cancel(context_error::deadline_exceeded, nullptr); });
    };
    const nanoseconds_t at = deadline->time_since_epoch().count();
    nanoseconds_t to_tell;
    {
      product_home::section inside(*home_, &to_tell);
      if (inside.closed()) panic_run_has_ended();
      inside.put(*this, at);
    }
    if (made_.in == nullptr) tell_sleepers(to_tell);
    if (err() != context_error::none) stop_timer();  // meanwhile, by its parent
  }

  void cancel(context_error why, std::exception_ptr because) {
    if (because == nullptr) because = std::make_exception_ptr(context_done(why));
    cancel_node* below = nullptr;  // held, linked by next_, to be cancelled too
    if (!mark(why, because, below)) return;
    finish();
    while (below != nullptr) {
      const held<cancel_node> child(below);
      below = below->next_;
      if (child.get()->mark(why, because, below)) child.get()->finish();
    }
  }

 private:
  // X1. False: it was cancelled before. Its children are added to `below`.
  bool mark(context_error why, const std::exception_ptr& because, cancel_node*& below) noexcept {
    const guard lock(lock_);
    if (err_ != context_error::none) return false;
    err_ = why;
    cause_ = because;
    for (cancel_node* child = children_; child != nullptr;) {
      cancel_node* const after = child->next_;
      child->linked_ = false;
      if (child->try_hold()) {
        child->next_ = below;
        below = child;
      }
      child = after;
    }
    children_ = nullptr;
    return true;
  }
  // Only whoever marked it.
  void finish() noexcept {
    close();
    stop_timer();
    if (above == nullptr) return;
    const guard lock(above->lock_);
    above->unlink(*this);
  }

  void stop_timer() noexcept {
    if (home_ != nullptr) product_home::section(*home_).erase(*this);
  }

  // Under lock_.
  void link(cancel_node& child) noexcept {
    child.prev_ = nullptr;
    child.next_ = children_;
    if (children_ != nullptr) children_->prev_ = &child;
    children_ = &child;
    child.linked_ = true;
  }
  void unlink(cancel_node& child) noexcept {
    if (!child.linked_) return;
    (child.prev_ == nullptr ? children_ : child.prev_->next_) = child.next_;
    if (child.next_ != nullptr) child.next_->prev_ = child.prev_;
    child.linked_ = false;
  }

  real::mutex lock_;
  context_error err_ = context_error::none;  // under lock_, as the next two
  std::exception_ptr cause_;
  cancel_node* children_ = nullptr;
  // Under above->lock_ while linked; the canceller's while it goes through them.
  cancel_node* next_ = nullptr;
  cancel_node* prev_ = nullptr;
  bool linked_ = false;
  std::shared_ptr<product_home> home_;  // of its timer; null: it has none
  origin made_{};
};

node_handle make_cancel(const node_handle& parent, std::optional<clock::time_point> deadline) {
  const auto inherited = deadline_of(parent.get() == nullptr ? nullptr : parent.get()->nearest());
  const bool own_timer = deadline && (!inherited || *deadline < *inherited);
  auto* const made = new cancel_node(parent, own_timer ? deadline : inherited, own_timer);
  node_handle handle(made);
  made->join();
  if (!own_timer || made->err() != context_error::none) return handle;
  if (*deadline <= clock::now()) {
    made->cancel(context_error::deadline_exceeded, nullptr);
  } else {
    made->start_timer();
  }
  return handle;
}

void cancel_context(context_node& which, context_error why, std::exception_ptr cause) { which.nearest()->cancel(why, std::move(cause)); }

recv_only<std::monostate> done_of(cancel_node* which) {
  if (which != nullptr) which->hold();
  return recv_only<std::monostate>(which);
}
context_error error_of(cancel_node* which) noexcept { return which == nullptr ? context_error::none : which->err(); }
std::exception_ptr cause_of(cancel_node* which) { return which == nullptr ? nullptr : which->cause(); }
std::optional<clock::time_point> deadline_of(cancel_node* which) noexcept {
  if (which == nullptr) return std::nullopt;
  return which->deadline;
}

}  // namespace stealyard::detail

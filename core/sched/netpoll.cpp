#include "core/sched/netpoll.hpp"

#include "core/fiber/go_edges.hpp"
#include "core/fiber/worker_pointer.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace stealyard::sched {

namespace {

[[noreturn]] void refuse(const char* what) { throw std::system_error(fiber::errno_here(), std::generic_category(), what); }

// To TSan a descriptor is memory: the last use and the closing are ordered by the count of uses, which is no edge of Go's.
void close_descriptor(int fd) noexcept {
  [[maybe_unused]] const fiber::runtime_section inside;
  ::close(fd);
}

constexpr std::size_t side_of(io_side s) noexcept { return static_cast<std::size_t>(s); }

}  // namespace

pollable::~pollable() {
  if (descriptor_ >= 0) close_descriptor(descriptor_);
}

bool pollable::begin_use() noexcept {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  ++uses_;
  return true;
}

void pollable::end_use() noexcept {
  int last = -1;
  mutex_.lock();
  if (--uses_ == 0 && closed_) last = std::exchange(descriptor_, -1);
  mutex_.unlock();
  if (last >= 0) close_descriptor(last);
}

netpoll::netpoll(product_scheduler& s) : scheduler_(s) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) refuse("epoll_create1");
  event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.ptr = nullptr;
  if (event_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &wanted) != 0) {
    ::close(epoll_);
    refuse("eventfd");
  }
  thread_ = std::thread([this] {
    [[maybe_unused]] const fiber::runtime_section whole;
    poll();
  });
}

netpoll::~netpoll() {
  stop();
  ::close(event_);
  ::close(epoll_);
}

void netpoll::stop() noexcept {
  stops_.store(1u, seq_cst);
  interrupt();
  if (thread_.joinable()) thread_.join();
}

void netpoll::interrupt() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_, &one, sizeof one);
}

std::shared_ptr<pollable> netpoll::watch(int descriptor) {
  auto fresh = std::make_shared<pollable>(descriptor);
  {
    const std::lock_guard lock(mutex_);
    watched_.emplace(fresh.get(), fresh);
  }
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.ptr = fresh.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &wanted) != 0) {
    const std::lock_guard lock(mutex_);
    watched_.erase(fresh.get());
    refuse("epoll_ctl");
  }
  return fresh;
}

void netpoll::close(pollable& p) noexcept {
  waiter_list<product> woken[2];
  int last = -1;
  p.mutex_.lock();
  if (p.closed_) {
    p.mutex_.unlock();
    return;
  }
  p.closed_ = true;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, p.descriptor_, nullptr);
  for (std::size_t side = 0; side != 2; ++side) std::swap(woken[side], p.waiting_[side]);
  if (p.uses_ == 0) last = std::exchange(p.descriptor_, -1);
  p.mutex_.unlock();
  for (auto& list : woken) wake(list, outcome::closed);
  if (last >= 0) close_descriptor(last);
  bool many = false;
  {
    const std::lock_guard lock(mutex_);
    const auto at = watched_.find(&p);
    if (at != watched_.end()) {
      retired_.push_back(std::move(at->second));
      watched_.erase(at);
    }
    many = retired_.size() == 1024;
  }
  if (many) interrupt();
}

// Everybody in a list that the caller took out.
void netpoll::wake(waiter_list<product>& list, outcome how) noexcept {
  while (waiter<product>* w = list.pop()) {
    w->result = how;
    w->wake();
    if (scheduler_.away.fetch_sub(1u, seq_cst) == 1) scheduler_.somebody_look();
  }
}

io_wait netpoll::wait(const std::shared_ptr<pollable>& p, io_side side, nanoseconds_t deadline) {
  const std::size_t which = side_of(side);
  if (deadline <= real::now()) return io_wait::timed_out;
  deadline_entry mine{deadline, 0, p, side};
  pollable::sleeper me;
  if (deadline != never) {
    bool sooner = false;
    {
      const std::lock_guard lock(mutex_);
      me.number = mine.number = ++numbers_;
      deadlines_.insert(mine);
      sooner = sleeps_until_ > deadline;
      if (sooner) sleeps_until_ = deadline;
    }
    if (sooner) interrupt();
  }
  p->mutex_.lock();
  if (p->closed_ || p->edge_[which]) {
    me.result = p->closed_ ? outcome::closed : outcome::ok;
    p->edge_[which] = false;
    p->mutex_.unlock();
  } else if (deadline != never && deadline <= real::now()) {  // it may have expired before we queued
    me.result = outcome::empty;
    p->mutex_.unlock();
  } else {
    scheduler_.away.fetch_add(1u, seq_cst);
    p->waiting_[which].push(me);
    try {
      me.wait(p->mutex_, "IO wait");
    } catch (const goexit_signal&) {
      leave(*p, side, me);
      if (deadline != never) {
        const std::lock_guard lock(mutex_);
        deadlines_.erase(mine);
      }
      throw;
    }
  }
  if (deadline != never) {
    const std::lock_guard lock(mutex_);
    deadlines_.erase(mine);
  }
  return me.result == outcome::ok ? io_wait::ready : me.result == outcome::closed ? io_wait::closed : io_wait::timed_out;
}

// Of one that unwinds: the poller's thread has stopped, so only close() wakes anybody.
void netpoll::leave(pollable& p, io_side side, waiter<product>& w) noexcept {
  if (!waiter<product>::roused()) return;
  p.mutex_.lock();
  const bool woken = p.closed_;
  if (!woken) p.waiting_[side_of(side)].remove(w);
  p.mutex_.unlock();
  if (woken) {
    waiter<product>::await_wake();
  } else {
    scheduler_.away.fetch_sub(1u, seq_cst);
  }
}

void netpoll::on_edge(pollable& p, bool readable, bool writable) noexcept {
  waiter_list<product> woken[2];
  const bool edge[2] = {readable, writable};
  p.mutex_.lock();
  for (std::size_t side = 0; side != 2; ++side) {
    if (!edge[side]) continue;
    if (p.waiting_[side].empty()) {
      p.edge_[side] = true;
    } else {
      std::swap(woken[side], p.waiting_[side]);
    }
  }
  p.mutex_.unlock();
  for (auto& list : woken) wake(list, outcome::ok);
}

void netpoll::expire() noexcept {
  const nanoseconds_t now = real::now();
  for (;;) {
    std::shared_ptr<pollable> on;
    std::uint64_t number = 0;
    io_side side{};
    {
      const std::lock_guard lock(mutex_);
      if (deadlines_.empty() || deadlines_.begin()->when > now) return;
      on = deadlines_.begin()->on;
      number = deadlines_.begin()->number;
      side = deadlines_.begin()->side;
      deadlines_.erase(deadlines_.begin());
    }
    waiter_list<product> late;
    on->mutex_.lock();
    auto& waiting = on->waiting_[side_of(side)];
    for (waiter<product>* w = waiting.front(); w != nullptr; w = w->next) {
      if (static_cast<pollable::sleeper*>(w)->number != number) continue;
      waiting.remove(*w);
      late.push_taken(*w);
      break;
    }
    on->mutex_.unlock();
    wake(late, outcome::empty);
  }
}

// Rounded up. Never more than a minute, so that nothing depends on a sum that overflows.
int netpoll::milliseconds_to_sleep() noexcept {
  const std::lock_guard lock(mutex_);
  retired_.clear();
  sleeps_until_ = deadlines_.empty() ? never : deadlines_.begin()->when;
  if (sleeps_until_ == never) return -1;
  const nanoseconds_t left = std::clamp<nanoseconds_t>(sleeps_until_ - real::now(), 0, 60'000'000'000);
  return static_cast<int>((left + 999'999) / 1'000'000);
}

void netpoll::poll() noexcept {
  epoll_event events[256];
  while (!stopped()) {
    const int found = ::epoll_wait(epoll_, events, static_cast<int>(std::size(events)), milliseconds_to_sleep());
    for (int i = 0; i < found; ++i) {
      if (events[i].data.ptr == nullptr) {
        std::uint64_t count;
        (void)!::read(event_, &count, sizeof count);
        continue;
      }
      const std::uint32_t what = events[i].events;
      const bool broken = (what & (EPOLLERR | EPOLLHUP)) != 0;
      on_edge(*static_cast<pollable*>(events[i].data.ptr), broken || (what & (EPOLLIN | EPOLLRDHUP)) != 0,
              broken || (what & EPOLLOUT) != 0);
    }
    expire();
  }
}

std::shared_ptr<netpoll> netpoll_here() {
  const foreign_entry entry;
  product_scheduler* s = entry.scheduler();
  if (s == nullptr) return nullptr;
  const std::lock_guard lock(s->poller_mutex);
  if (s->poller == nullptr) s->poller = std::make_shared<netpoll>(*s);
  return s->poller;
}

}  // namespace stealyard::sched

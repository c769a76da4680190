// once_core: f runs once, and every call returns after it ended, however it ended. A call that comes later costs one load.
// Source:     Go's sync.Once: a flag, and a mutex for those who come meanwhile.
// Progress:   wait-free once f has ended; blocking until then.
// Orders
//   O1  load  done_ acquire  with O3  what f did
//   O2  load  done_ relaxed  -  under mutex_, which orders it
//   O3  store done release  with O1  done is done_
#pragma once
#include "core/go/mutex_core.hpp"

namespace stealyard {

template <class P>
class once_core {
  using W = typename P::world;

 public:
  template <class F>
  STEALYARD_FORCE_INLINE void call(F&& f, typename P::reason why) {
    if (done_.load(acquire) == 0) [[unlikely]]  // O1
      call_slow(f, why);
  }

 private:
  template <class F>
  [[gnu::noinline]] void call_slow(F& f, typename P::reason why) {
    lock(why);
    struct unlock_at_the_end {
      mutex_core<P>& mutex;
      ~unlock_at_the_end() {
        [[maybe_unused]] const fiber::runtime_section inside;
        mutex.unlock();
      }
    } const unlock{mutex_};
    if (done_.load(relaxed) != 0) return ran_.acquire();  // O2
    struct done_at_the_end {
      once_core& it;
      ~done_at_the_end() {
        it.ran_.release();
        it.done_.store(1u, release);  // O3
      }
    } const done{*this};
    f();
  }
  void lock(typename P::reason why) {
    [[maybe_unused]] const fiber::runtime_section inside;
    mutex_.lock(why);
  }

  atomic<W, std::uint32_t> done_{0};
  mutex_core<P> mutex_;
  [[no_unique_address]] fiber::sync_clock ran_;  // Go's edge, for those who waited for it
};

}  // namespace stealyard

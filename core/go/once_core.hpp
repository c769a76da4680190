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
  [[gnu::always_inline]] void call(F&& f, typename P::reason why) {
    if (done_.load(acquire) == 0) [[unlikely]]  // O1
      call_slow(f, why);
  }

 private:
  template <class F>
  [[gnu::noinline]] void call_slow(F& f, typename P::reason why) {
    mutex_.lock(why);
    struct unlock_at_the_end {
      mutex_core<P>& mutex;
      ~unlock_at_the_end() { mutex.unlock(); }
    } const unlock{mutex_};
    if (done_.load(relaxed) != 0) return;  // O2
    struct done_at_the_end {
      atomic<W, std::uint32_t>& done;
      ~done_at_the_end() {
        done.store(1u, release);  // O3
      }
    } const done{done_};
    f();
  }

  atomic<W, std::uint32_t> done_{0};
  mutex_core<P> mutex_;
};

}  // namespace stealyard

// A timer's protocol (core/go/timer_core.hpp, S1 to S4 and F1 to F4): one thread fires, the owner stops, resets and puts off, one receives.
// Each time it was armed it was either received, once, or stopped; after stop there is nothing to receive, and what was put off does not
// fire.
#pragma once
#include "core/go/timer_core.hpp"
#include "stress/sched_model/platform.hpp"

#include <chrono>

namespace stealyard::model {

template <class P>
class timer_protocol final : public scenario {
  using time = std::chrono::nanoseconds;
  using timer = timer_core<P, time>;

 public:
  static constexpr unsigned threads = 3;

  timer_protocol() : channel_(0, nullptr), home_(typename P::timer_queue{}), timer_(channel_, home_) {
    P::forget_workers();
    (void)reset(10);
  }

  void thread(unsigned index) override {
    switch (index) {
      case 0:
        return fire();
      case 1:
        return stop_and_reset();
      default:
        receive();
    }
  }
  void after() override {
    require(received_ + stopped_ == armed_, "received or stopped another number of times than armed");
    require(!try_receive(), "something is left to receive");
  }

 private:
  typename timer::was reset(nanoseconds_t at) {
    nanoseconds_t to_tell;
    return timer_.reset(at, 0, to_tell);
  }
  bool try_receive() {
    landing<time> got;
    return channel_.try_recv(got) == outcome::ok;
  }
  void fire() {
    sched::task<P>* nobody[4];
    for (unsigned looks = 0; looks != 4; ++looks) {
      require(home_.fire_due(20, nobody, 4) == 0, "a task became ready, and there is none");
      checked::pause();
    }
  }
  void stop_and_reset() {
    bool put_off = false;
    for (unsigned round = 0; round != 2; ++round) {
      for (std::uint32_t patience = checked::random(8); patience != 0; --patience) checked::pause();
      const bool stopped = timer_.stop();
      require(stopped || !put_off, "it fired before it was due");
      if (stopped) ++stopped_;
      require(!try_receive(), "received after stop");
      if (round != 0) return;
      require(reset(20) == timer::was::idle, "a stopped timer was pending");
      put_off = checked::random(2) == 0;
      if (put_off && reset(1000) == timer::was::idle) ++armed_;
    }
  }
  void receive() {
    for (unsigned tries = 0; tries != 6; ++tries) {
      if (try_receive()) ++received_;
      checked::pause();
    }
  }

  chan_core<P, time> channel_;
  sched::timer_home<P> home_;
  timer timer_;
  unsigned received_ = 0;  // of the receiver
  unsigned stopped_ = 0;  // of the owner
  unsigned armed_ = 2;  // the same; received meanwhile, put off is armed again
};

}  // namespace stealyard::model

// singleflight<K, V>: of many who want the same at the same time, one does the work, as golang.org/x/sync/singleflight.
#pragma once
#include "core/go/mutex.hpp"
#include "core/go/wait_group.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace stealyard {

// K is hashable, comparable and copyable, V copyable. Goroutines and foreign threads alike may call anything.
template <class K, class V, class Hash = std::hash<K>>
class singleflight {
  struct flight {
    wait_group landed;
    std::optional<V> value;  // this and thrown are written before landed.done()
    std::exception_ptr thrown;
  };

 public:
  singleflight() = default;
  singleflight(const singleflight&) = delete;
  singleflight& operator=(const singleflight&) = delete;

  // f(), or what a call of the same key that is on its way makes of its own f: its value, its exception, or its goexit.
  template <class F>
  V call(const K& key, F&& f) {
    auto [on_its_way, ours] = join(key);
    if (ours) fly(key, on_its_way, f);
    on_its_way->landed.wait();
    if (on_its_way->thrown != nullptr) std::rethrow_exception(on_its_way->thrown);
    if (!on_its_way->value) goexit();
    return *on_its_way->value;
  }

  // The next call of this key runs its own f, even if another one is on its way.
  void forget(const K& key) {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
  }

 private:
  std::pair<std::shared_ptr<flight>, bool> join(const K& key) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<flight>& there = flights_[key];
    const bool ours = there == nullptr;
    if (ours) {
      there = std::make_shared<flight>();
      there->landed.add(1);
    }
    return {there, ours};
  }

  template <class F>
  void fly(const K& key, const std::shared_ptr<flight>& ours, F& f) {
    struct land {
      singleflight& all;
      const K& key;
      const std::shared_ptr<flight>& ours;
      ~land() {
        {
          const std::lock_guard lock(all.mutex_);
          const auto at = all.flights_.find(key);
          if (at != all.flights_.end() && at->second == ours) all.flights_.erase(at);  // else it was forgotten
        }
        ours->landed.done();
      }
    } const at_the_end{*this, key, ours};
    try {
      ours->value.emplace(f());
    } catch (const detail::goexit_signal&) {
      throw;
    } catch (...) {
      ours->thrown = std::current_exception();
    }
  }

  mutex mutex_;
  std::unordered_map<K, std::shared_ptr<flight>, Hash> flights_;  // under mutex_
};

}  // namespace stealyard

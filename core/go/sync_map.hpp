// sync_map<K, V>: Go's sync.Map: a map that goroutines share.
#pragma once
#include "core/go/rw_mutex.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stealyard {

// Every operation but range is atomic: it seems to happen at one instant. A store happens before the load that sees it. K is hashable,
// comparable and copyable, V copyable. Sixteen shares by hash, each behind an rw_mutex: operations on other shares never wait for each
// other, loads of one share wait for changes only. Expected O(1); range O(n). The user's hash, comparison and copying run under the
// lock of a share: they may throw and block, but must not use this map. Goroutines and foreign threads alike may call anything.
template <class K, class V, class Hash = std::hash<K>>
class sync_map {
  using map = std::unordered_map<K, V, Hash>;
  class reading {
    rw_mutex& mutex_;

   public:
    explicit reading(rw_mutex& m) : mutex_(m) { mutex_.lock_shared(); }
    ~reading() { mutex_.unlock_shared(); }
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;
  };
  using writing = std::unique_lock<rw_mutex>;
  static constexpr unsigned share_bits = 4;

  struct alignas(line_size) share {
    mutable rw_mutex mutex;
    map entries;
  };

 public:
  sync_map() = default;
  sync_map(const sync_map&) = delete;
  sync_map& operator=(const sync_map&) = delete;

  std::optional<V> load(const K& key) const {
    const share& s = of(key);
    const reading lock(s.mutex);
    const auto at = s.entries.find(key);
    return at == s.entries.end() ? std::nullopt : std::optional<V>(at->second);
  }

  void store(const K& key, V value) {
    share& s = of(key);
    const writing lock(s.mutex);
    s.entries.insert_or_assign(key, std::move(value));
  }

  // What is there, and true; else stores value and returns it, and false.
  std::pair<V, bool> load_or_store(const K& key, V value) {
    if (std::optional<V> found = load(key)) return {std::move(*found), true};
    share& s = of(key);
    const writing lock(s.mutex);
    const auto [at, fresh] = s.entries.try_emplace(key, std::move(value));
    return {at->second, !fresh};
  }

  // What was there, if anything.
  std::optional<V> load_and_erase(const K& key) {
    share& s = of(key);
    typename map::node_type gone;  // destroyed after the lock, as in all that follow
    const writing lock(s.mutex);
    gone = s.entries.extract(key);
    return gone.empty() ? std::nullopt : std::optional<V>(std::move(gone.mapped()));
  }

  void erase(const K& key) {
    share& s = of(key);
    typename map::node_type gone;
    const writing lock(s.mutex);
    gone = s.entries.extract(key);
  }

  // Stores value; what was there before, if anything.
  std::optional<V> swap(const K& key, V value) {
    share& s = of(key);
    const writing lock(s.mutex);
    const auto [at, fresh] = s.entries.try_emplace(key, std::move(value));
    if (fresh) return std::nullopt;
    std::optional<V> before(std::move(at->second));
    at->second = std::move(value);  // try_emplace leaves it alone where the key is there
    return before;
  }

  // True if `before` was there; then `after` is.
  bool compare_and_swap(const K& key, const V& before, V after)
    requires std::equality_comparable<V>
  {
    share& s = of(key);
    const writing lock(s.mutex);
    const auto at = s.entries.find(key);
    if (at == s.entries.end() || !(at->second == before)) return false;
    std::swap(at->second, after);
    return true;
  }

  // True if `before` was there; then nothing is.
  bool compare_and_erase(const K& key, const V& before)
    requires std::equality_comparable<V>
  {
    share& s = of(key);
    typename map::node_type gone;
    const writing lock(s.mutex);
    const auto at = s.entries.find(key);
    if (at == s.entries.end() || !(at->second == before)) return false;
    gone = s.entries.extract(at);
    return true;
  }

  // Calls f(key, value) for every entry, until it returns false (f may return nothing). No key comes twice. What changes meanwhile may
  // be seen or not, for each key: as a whole this is no snapshot. f may use this map.
  template <class F>
  void range(F&& f) const {
    for (const share& s : shares_) {
      std::vector<std::pair<K, V>> seen;
      {
        const reading lock(s.mutex);
        seen.assign(s.entries.begin(), s.entries.end());
      }
      for (const auto& [key, value] : seen) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, const K&, const V&>>) {
          f(key, value);
        } else {
          if (!f(key, value)) return;
        }
      }
    }
  }

  void clear() {
    for (share& s : shares_) {
      map gone;
      const writing lock(s.mutex);
      gone.swap(s.entries);
    }
  }

 private:
  // Not the low bits, by which the maps themselves sort.
  static std::size_t index_of(const K& key) { return (Hash{}(key)*std::uint64_t{0x9e3779b97f4a7c15}) >> (64 - share_bits); }
  share& of(const K& key) { return shares_[index_of(key)]; }
  const share& of(const K& key) const { return shares_[index_of(key)]; }

  std::array<share, std::size_t{1} << share_bits> shares_;
};

}  // namespace stealyard

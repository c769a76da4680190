// shrink: delta debugging of a refuted history (declared in verdict.hpp).
#pragma once
#include "stress/load/verdict.hpp"

#include <utility>

namespace stealyard::load {

// What is dropped together: a value, or one operation that changes nothing.
class droppable {
  const history& history_;
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> parts_;  // (thread, index)

 public:
  droppable(const history& h, bool values) : history_(h) {
    std::vector<std::size_t> part_of;
    for (std::size_t t = 0; t != h.size(); ++t) {
      for (std::size_t i = 0; i != h[t].size(); ++i) {
        const operation& o = h[t][i];
        if (o.value == 0 && o.result != outcome::ok) parts_.push_back({{t, i}});
        if (o.value == 0 || !values) continue;
        if (part_of.size() <= o.value) part_of.resize(o.value + 1, 0);
        if (part_of[o.value] == 0) {
          parts_.emplace_back();
          part_of[o.value] = parts_.size();
        }
        parts_[part_of[o.value] - 1].push_back({t, i});
      }
    }
  }
  std::size_t count() const noexcept { return parts_.size(); }
  history without(std::size_t first, std::size_t last) const {
    std::vector<std::vector<char>> gone(history_.size());
    for (std::size_t t = 0; t != gone.size(); ++t) gone[t].resize(history_[t].size(), 0);
    for (std::size_t p = first; p != last; ++p) {
      for (const auto& [t, i] : parts_[p]) gone[t][i] = 1;
    }
    history left(history_.size());
    for (std::size_t t = 0; t != gone.size(); ++t) {
      for (std::size_t i = 0; i != gone[t].size(); ++i) {
        if (gone[t][i] == 0) left[t].push_back(history_[t][i]);
      }
    }
    return left;
  }
};

inline bool has_full(const history& h) {
  for (const auto& thread : h) {
    for (const operation& o : thread) {
      if (o.result == outcome::full) return true;
    }
  }
  return false;
}

template <class Object>
history shrink(history h, const Object& initial) {
  const auto refuted = [&](const history& candidate) {
    return linearize(candidate, initial, 20 * size(candidate) + 10'000).is == answer::refuted;
  };
  if (has_full(h)) {
    history not_full = h;
    for (auto& thread : not_full) std::erase_if(thread, [](const operation& o) { return o.result == outcome::full; });
    if (refuted(not_full)) h = std::move(not_full);
  }
  std::uint64_t effort = 0;
  const std::uint64_t enough = 200'000'000;  // operations looked at
  for (std::size_t chunk = size(h) / 2 + 1; chunk != 0 && effort < enough; chunk /= 2) {
    for (bool again = true; again && effort < enough;) {
      again = false;
      for (std::size_t first = 0;; first += chunk) {
        const droppable parts(h, !has_full(h));
        if (first >= parts.count() || effort >= enough) break;
        history smaller = parts.without(first, std::min(first + chunk, parts.count()));
        effort += size(h);
        if (!refuted(smaller)) continue;
        h = std::move(smaller);
        again = true;
        first -= chunk;  // what came after moved here
      }
    }
  }
  return h;
}

}  // namespace stealyard::load

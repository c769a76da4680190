// relation: a binary relation over at most 32 events, as a bit matrix, with the operators that the axioms are written in.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace stealyard::litmus::axiomatic {

inline constexpr unsigned most_events = 32;
using event_set = std::uint32_t;  // bit i: event i

class relation {
  std::array<event_set, most_events> successors_{};

  template <class F>
  static void each(event_set set, F f) {
    for (; set != 0; set &= set - 1) f(static_cast<unsigned>(std::countr_zero(set)));
  }

 public:
  void add(unsigned from, unsigned to) noexcept { successors_[from] |= event_set{1} << to; }
  bool has(unsigned from, unsigned to) const noexcept { return (successors_[from] >> to & 1) != 0; }
  event_set after(unsigned from) const noexcept { return successors_[from]; }

  // [A]: the identity on a set.
  static relation identity(event_set on) noexcept {
    relation r;
    each(on, [&](unsigned e) { r.add(e, e); });
    return r;
  }
  relation operator|(const relation& other) const noexcept {
    relation r = *this;
    for (unsigned e = 0; e != most_events; ++e) r.successors_[e] |= other.successors_[e];
    return r;
  }
  relation operator&(const relation& other) const noexcept {
    relation r = *this;
    for (unsigned e = 0; e != most_events; ++e) r.successors_[e] &= other.successors_[e];
    return r;
  }
  relation operator-(const relation& other) const noexcept {
    relation r = *this;
    for (unsigned e = 0; e != most_events; ++e) r.successors_[e] &= ~other.successors_[e];
    return r;
  }
  // a ; b, which the papers write with a semicolon.
  relation then(const relation& next) const noexcept {
    relation r;
    for (unsigned e = 0; e != most_events; ++e) {
      each(successors_[e], [&](unsigned middle) { r.successors_[e] |= next.successors_[middle]; });
    }
    return r;
  }
  // [from] ; this ; [to]
  relation between(event_set from, event_set to) const noexcept {
    relation r;
    each(from, [&](unsigned e) { r.successors_[e] = successors_[e] & to; });
    return r;
  }
  relation inverse() const noexcept {
    relation r;
    for (unsigned e = 0; e != most_events; ++e) {
      each(successors_[e], [&](unsigned to) { r.add(to, e); });
    }
    return r;
  }
  relation or_same() const noexcept { return *this | identity(~event_set{0}); }
  relation closure() const noexcept {
    relation r = *this;
    for (unsigned middle = 0; middle != most_events; ++middle) {
      if (r.successors_[middle] == 0) continue;
      for (unsigned e = 0; e != most_events; ++e) {
        if (r.has(e, middle)) r.successors_[e] |= r.successors_[middle];
      }
    }
    return r;
  }
  bool empty() const noexcept {
    event_set any = 0;
    for (const event_set s : successors_) any |= s;
    return any == 0;
  }
  bool irreflexive() const noexcept {
    for (unsigned e = 0; e != most_events; ++e) {
      if (has(e, e)) return false;
    }
    return true;
  }
  bool acyclic() const noexcept { return closure().irreflexive(); }
};

}  // namespace stealyard::litmus::axiomatic

// A thief's pass, and the machine it is made on. The policy is seen through virtual calls, so that its passes are compiled once, not once
// a variant.
#pragma once
#include "core/contract/victim.hpp"

#include <memory>

namespace stealyard::reference {

class any_victim {
 public:
  const victim_claims claims;

  virtual ~any_victim() = default;
  virtual void begin_pass(unsigned thief) noexcept = 0;
  virtual unsigned next(unsigned thief) noexcept = 0;

 protected:
  explicit any_victim(const victim_claims& claims_) : claims(claims_) {}
};

template <class V>
class any_victim_of final : public any_victim {
  V policy_;

 public:
  explicit any_victim_of(const victim_view& view) : any_victim(V::claims), policy_(view) {}
  void begin_pass(unsigned thief) noexcept override { policy_.begin_pass(thief); }
  unsigned next(unsigned thief) noexcept override { return policy_.next(thief); }
};

using make_victim = std::unique_ptr<any_victim> (*)(const victim_view&);
template <class V>
std::unique_ptr<any_victim> victim_of(const victim_view& view) {
  return std::make_unique<any_victim_of<V>>(view);
}

// Two packages of cores with two hyperthreads: 1 to the sibling, 2 within the package, 3 across.
class two_packages final : public victim_view {
  unsigned workers_;

 public:
  explicit two_packages(unsigned workers) : workers_(workers) {}
  unsigned workers() const noexcept override { return workers_; }
  std::uint32_t distance(unsigned a, unsigned b) const noexcept override {
    if (a == b) return 0;
    if (a / 2 == b / 2) return 1;
    const unsigned half = (workers_ + 1) / 2;
    return a / half == b / half ? 2 : 3;
  }
};

// `tries` may be fewer than a whole pass: a thief stops when it has found something.
void victim_pass(any_victim& policy, const victim_view& view, unsigned thief, unsigned tries);

}  // namespace stealyard::reference

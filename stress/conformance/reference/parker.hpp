// The parker of one thread: a permit, and parks that do not sleep for long.
// It sees the parker through virtual calls, so that it is compiled once, not once a variant.
#pragma once
#include "core/contract/parker.hpp"

#include <memory>

namespace stealyard::reference {

class any_parker {
 public:
  virtual ~any_parker() = default;
  virtual bool park(nanoseconds_t deadline) noexcept = 0;
  virtual void unpark() noexcept = 0;
};

template <class P>
class any_parker_of final : public any_parker {
  P parker_;

 public:
  bool park(nanoseconds_t deadline) noexcept override { return parker_.park(deadline); }
  void unpark() noexcept override { parker_.unpark(); }
};

using make_parker = std::unique_ptr<any_parker> (*)();
template <class P>
std::unique_ptr<any_parker> parker_of() {
  return std::make_unique<any_parker_of<P>>();
}

class parker {
  const std::unique_ptr<any_parker> parker_;
  bool permit_ = false;

 public:
  explicit parker(make_parker make) : parker_(make()) {}
  void unpark();
  void park(nanoseconds_t deadline);
};

}  // namespace stealyard::reference

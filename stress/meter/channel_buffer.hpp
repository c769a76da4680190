// The progress meter on a channel_buffer: push and pop, by anyone its arity allows.
#pragma once
#include "core/contract/channel_buffer.hpp"
#include "stress/meter/gated.hpp"
#include "stress/meter/meter.hpp"

namespace stealyard::meter::channel_buffer_suite {

using item = std::uint32_t;

template <class B>
class of final : public subject {
  B buffer_;
  item next_ = 1;

 public:
  explicit of(std::size_t capacity) : buffer_(capacity) {}
  bool call(unsigned operation) override {
    if (operation == 0) {
      item i = next_++;
      return buffer_.try_push(i) != outcome::lost;
    }
    landing<item> got;
    return buffer_.try_pop(got) != outcome::lost;
  }
};

template <template <class, class> class V>
void add(const char* name) {
  using buffer = V<gated, item>;
  constexpr channel_buffer_claims claims = buffer::claims;
  const bool external = claims.locking == buffer_locking::external;
  entries().push_back({"channel_buffer",
                       name,
                       external ? "every call is made under the channel's lock" : "",
                       {{"push", claims.push, claims.who == arity::spsc || claims.who == arity::spmc ? 1u : 0u},
                        {"pop", claims.pop, claims.who == arity::spsc || claims.who == arity::mpsc ? 2u : 0u}},
                       [](std::size_t capacity) -> std::unique_ptr<subject> { return std::make_unique<of<buffer>>(capacity); }});
}

}  // namespace stealyard::meter::channel_buffer_suite

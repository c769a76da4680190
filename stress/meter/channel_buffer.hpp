// The progress meter on a channel_buffer: push and pop, by anyone its arity allows, and closers, who claim nothing.
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
    if (operation == 2) return buffer_.close(), true;
    landing<item> got;
    return buffer_.try_pop(got) != outcome::lost;
  }
};

template <class B>
entry measured(const char* name) {
  constexpr channel_buffer_claims claims = B::claims;
  constexpr unsigned push = 0, pop = 1, close = 2;
  const bool external = claims.locking == buffer_locking::external;
  std::vector<state> states = states_of_a_queue();
  states.insert(states.end(), {{1, {close}}, {2, {push, close}}, {2, {push, push, pop, close}}});
  return {"channel_buffer",
          name,
          external ? "every call is made under the channel's lock" : "",
          {{"push", claims.push, claims.who == arity::spsc || claims.who == arity::spmc ? 1u : 0u},
           {"pop", claims.pop, claims.who == arity::spsc || claims.who == arity::mpsc ? 2u : 0u},
           {"close"}},
          states,
          {},
          [](std::size_t capacity) -> std::unique_ptr<subject> { return std::make_unique<of<B>>(capacity); }};
}

template <template <class, class> class V>
void add(const char* name) {
  entries().push_back(measured<V<gated, item>>(name));
}

}  // namespace stealyard::meter::channel_buffer_suite

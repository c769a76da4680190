// history: what every thread called, in its own order, with the interval of real time in which each call took effect.
//
// The store-buffer trap: a push may return while its store still sits in the processor's store buffer; a pop that begins later, by the
// clock, may then see nothing, and a checker that trusts the clock reports a bug that is none (C++ orders by happens-before, not by
// clocks). So the stamp of a return is taken after a full fence, when all that the call wrote can be seen, and the stamp of a call
// before one, so that no load of the call is performed before it. Equal stamps count as overlapping.
#pragma once
#include "core/contract/claims.hpp"
#include "core/world/real.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stealyard::load {

enum class verb : std::uint8_t { push, pop, steal, close };

struct operation {
  nanoseconds_t called = 0;
  nanoseconds_t returned = 0;
  std::uint32_t value = 0;  // pushed with ok, or taken: distinct, 1 and up; else 0
  verb what = verb::push;
  outcome result = outcome::ok;  // of a close: ok if it was this call that closed
};

// One vector a thread.
using history = std::vector<std::vector<operation>>;

inline nanoseconds_t stamp_call() noexcept {
  const nanoseconds_t now = real::now();
  real::fence(seq_cst);
  return now;
}
inline nanoseconds_t stamp_return() noexcept {
  real::fence(seq_cst);
  return real::now();
}

// Calls f, which says how it went and with which value, and records it.
template <class F>
outcome record(std::vector<operation>& into, verb what, F&& f) {
  operation o;
  o.what = what;
  o.called = stamp_call();
  o.result = f(o.value);
  o.returned = stamp_return();
  if (o.result != outcome::ok) o.value = 0;
  into.push_back(o);
  return o.result;
}

std::string to_string(const operation& o);
std::size_t size(const history& h) noexcept;

// A file of lines `THREAD VERB VALUE RESULT CALLED RETURNED` after one header line, which `restore` insists on.
bool save(const history& h, const std::string& header, const std::string& path);
// Throws std::runtime_error, one line naming the line that is wrong.
history restore(const std::string& path, std::string& header);

}  // namespace stealyard::load

#include "stress/world/trace.hpp"

#include <cstdarg>
#include <cstdio>

namespace stealyard::world {

trace the_trace;

std::string_view to_string(verb v) noexcept {
  constexpr std::string_view names[] = {
      "load",       "store",
      "exchange",   "cas",
      "cas fails",  "fetch_add",
      "fetch_sub",  "fetch_and",
      "fetch_or",   "fence",
      "plain read", "plain write",
      "lock...",    "locked",
      "try_lock",   "try_lock fails",
      "unlock",     "sleeps",
      "woken",      "does not sleep",
      "timed out",  "woken spuriously",
      "wake",       "pause",
      "now",        "notify",
      "",
  };
  return names[static_cast<unsigned>(v)];
}

void trace::note(unsigned thread, const char* format, ...) noexcept {
  if (!on_) return;
  event e{.thread = thread, .what = verb::note};
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(e.text, sizeof e.text, format, arguments);
  va_end(arguments);
  add(e);
}

}  // namespace stealyard::world

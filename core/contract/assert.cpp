#include "core/contract/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace stealyard {

void breach(const char* text, const char* file, unsigned line) {
  if (on_breach != nullptr) on_breach(text, file, line);
  std::fprintf(stderr, "stealyard: contract breach: %s (%s:%u)\n", text, file, line);
  std::abort();
}

}  // namespace stealyard

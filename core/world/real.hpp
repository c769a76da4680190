// real: the world of real threads that this build wants: native.
// The product and the native tests name this one; benchmarks name native.
#pragma once
#include "core/world/native.hpp"

namespace stealyard {
using real = native;
}  // namespace stealyard

// real: the world of real threads that this build wants: native, or native_checked under ThreadSanitizer.
// The product and the native tests name this one; benchmarks name native.
#pragma once
#include "core/world/native_checked.hpp"

namespace stealyard {
using real = native_checked;
}  // namespace stealyard

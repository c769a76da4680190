// real: the world of real threads that this build wants: native; native_checked under ThreadSanitizer; native_perturbed with
// STEALYARD_PERTURBED, where the whole runtime dawdles.
// The product and the native tests name this one; benchmarks name native.
#pragma once
#if defined(STEALYARD_PERTURBED)
#include "core/world/native_perturbed.hpp"

namespace stealyard {
using real = native_perturbed;
}  // namespace stealyard
#else
#include "core/world/native_checked.hpp"

namespace stealyard {
using real = native_checked;
}  // namespace stealyard
#endif

// Which sanitizer this translation unit takes part in. One answer for the whole build: the layout of `fiber` depends on it.
//   STEALYARD_ASAN   AddressSanitizer
//   STEALYARD_TSAN   ThreadSanitizer, in one of two readings (design: tsan-runtime and tsan-go)
// Worker-private code of a tsan-go build is compiled without -fsanitize=thread and must still agree on the layout: there the
// build system's STEALYARD_TSAN_GO decides, not the compiler's own macro.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define STEALYARD_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) || defined(STEALYARD_TSAN_RUNTIME) || defined(STEALYARD_TSAN_GO)
#define STEALYARD_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(STEALYARD_ASAN)
#define STEALYARD_ASAN 1
#endif
#if __has_feature(thread_sanitizer) && !defined(STEALYARD_TSAN)
#define STEALYARD_TSAN 1
#endif
#endif

#if defined(STEALYARD_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(STEALYARD_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace stealyard::fiber {

#if defined(STEALYARD_TSAN_GO)
// One TSan fiber a goroutine; a switch orders nothing, edges are annotated where Go promises them.
inline constexpr unsigned tsan_switch_flags = 1;  // __tsan_switch_to_fiber_no_sync
#else
inline constexpr unsigned tsan_switch_flags = 0;  // one TSan fiber a stack; a switch is an edge
#endif

}  // namespace stealyard::fiber

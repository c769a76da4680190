// STEALYARD_ASSERT(condition, text): a contract breach by the caller. On in tests and models, off in benchmarks.
// A checking world replaces the handler, so that a breach is a verdict with a replay rather than a dead process.
#pragma once

namespace stealyard {
using breach_handler = void (*)(const char* text, const char* file, unsigned line);
inline breach_handler on_breach = nullptr;  // null: print and abort
[[gnu::noinline, gnu::cold]] void breach(const char* text, const char* file, unsigned line);
}  // namespace stealyard

#if defined(STEALYARD_ASSERTIONS)
#define STEALYARD_ASSERT(condition, text) ((condition) ? static_cast<void>(0) : ::stealyard::breach(text, __FILE__, __LINE__))
#else
#define STEALYARD_ASSERT(condition, text) static_cast<void>(sizeof(!(condition)))
#endif

// The body of an operation nobody has written yet (scripts/stealyard new-variant); `what` names it and its axioms. On in every build:
// a variant that does nothing must not pass for one that is slow.
#define STEALYARD_NOT_WRITTEN(what) ::stealyard::breach("not written yet: " what, __FILE__, __LINE__)

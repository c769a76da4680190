// STEALYARD_FORCE_INLINE: of a function on a fast path, on which every frame costs about 6 ns. A build whose sanitizers make that path long
// may define it empty, and leave the choice to the compiler.
#pragma once

#if !defined(STEALYARD_FORCE_INLINE)
#define STEALYARD_FORCE_INLINE __attribute__((always_inline))
#endif

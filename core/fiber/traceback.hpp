// traceback: who called whom, as Go prints it:
//   function
//   <tab>file.cpp:LINE
// capture allocates nothing, takes no lock and may be called in a signal handler. Frames end at the trampoline under a fiber's entry (CS4).
// The creation site of a goroutine is no frame: whoever creates one keeps its std::source_location.
#pragma once
#include <cstddef>
#include <span>

namespace stealyard::fiber {

struct traceback {
  static constexpr std::size_t most = 64;
  void* frames[most] = {};  // return addresses, innermost first
  std::size_t count = 0;
  bool truncated = false;  // there were more

  std::span<void* const> view() const noexcept { return {frames, count}; }
};

// The caller's frames; `skip` leaves out the innermost ones.
[[gnu::noinline]] traceback capture(std::size_t skip = 0) noexcept;

// In a signal handler: from the interrupted instruction outwards, without the handler's own frames.
[[gnu::noinline]] traceback capture_interrupted() noexcept;

enum class names {
  readable,  // demangled: allocates
  raw,  // as the linker knows them: for signal handlers
};

enum class shown {
  all,
  users,  // as Go: what lies in the runtime's own files, or the standard library's headers, is left out
};

// Writes the frames to a file descriptor. Without debug information: the symbol or the address, and the object file; such a frame is always
// shown.
void print(int descriptor, const traceback& frames, names how = names::readable, shown which = shown::all) noexcept;

// Reads symbols now, so that the first print does not. Optional; worth it before a signal handler may have to print.
void load_symbols() noexcept;

}  // namespace stealyard::fiber

#include "core/fiber/traceback.hpp"

#include "core/fiber/descriptor_writer.hpp"

#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <unwind.h>
#if defined(STEALYARD_LIBBACKTRACE)
#include <backtrace.h>
#endif

namespace stealyard::fiber {
namespace {

struct walk {
  traceback* into;
  std::size_t skip;
};

_Unwind_Reason_Code on_frame(_Unwind_Context* frame, void* data) noexcept {
  auto* w = static_cast<walk*>(data);
  if (w->skip != 0) {
    --w->skip;
    return _URC_NO_REASON;
  }
  int interrupted = 0;
  std::uintptr_t at = _Unwind_GetIPInfo(frame, &interrupted);
  if (at == 0) return _URC_END_OF_STACK;
  if (w->into->count == traceback::most) {
    w->into->truncated = true;
    return _URC_END_OF_STACK;
  }
  // Everywhere else the address is that of the instruction after the call; here it is the interrupted one itself.
  if (interrupted != 0) ++at;
  w->into->frames[w->into->count++] = reinterpret_cast<void*>(at);
  return _URC_NO_REASON;
}

class frame_printer {
  descriptor_writer out_;
  names how_;
  bool printed_ = false;

 public:
  frame_printer(int descriptor, names how) noexcept : out_(descriptor), how_(how) {}

  void frame(const char* function, const char* file, unsigned line) noexcept {
    printed_ = true;
    function_name(function);
    out_ << "\n\t" << file << ":" << std::uint64_t{line} << "\n";
  }

  void unnamed(void* at) noexcept {
    Dl_info info{};
    const bool known = dladdr(at, &info) != 0;
    if (known && info.dli_sname != nullptr) {
      function_name(info.dli_sname);
    } else {
      out_.address(at);
    }
    out_ << "\n\t" << (known && info.dli_fname != nullptr ? info.dli_fname : "unknown file") << "\n";
  }

  void note(std::string_view text) noexcept { out_ << text; }

#if defined(STEALYARD_LIBBACKTRACE)
  // One address may be several frames: functions inlined into one another, innermost first.
  static int found(void* self, std::uintptr_t, const char* file, int line, const char* function) noexcept {
    if (file == nullptr || function == nullptr) return 0;
    static_cast<frame_printer*>(self)->frame(function, file, static_cast<unsigned>(line));
    return 0;
  }
  bool with_lines(backtrace_state* symbols, void* at) noexcept {
    printed_ = false;
    backtrace_pcinfo(symbols, reinterpret_cast<std::uintptr_t>(at) - 1, &found, &ignore, this);
    return printed_;
  }
#endif
  static void ignore(void*, const char*, int) noexcept {}

 private:
  void function_name(const char* linker_name) noexcept {
    char* readable = nullptr;
    if (how_ == names::readable) {
      int status = 0;
      readable = abi::__cxa_demangle(linker_name, nullptr, nullptr, &status);
    }
    out_ << (readable != nullptr ? readable : linker_name);
    std::free(readable);
  }
};

#if defined(STEALYARD_LIBBACKTRACE)
// Never freed: libbacktrace offers no way to, and a last message may need it. Its own locking makes it safe to share.
backtrace_state* symbol_state() noexcept {
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, &frame_printer::ignore, nullptr);
  return state;
}
#endif

}  // namespace

traceback capture(std::size_t skip) noexcept {
  traceback found;
  walk w{&found, skip + 1};  // without this frame
  _Unwind_Backtrace(&on_frame, &w);
  return found;
}

void print(int descriptor, const traceback& frames, names how) noexcept {
  frame_printer printer(descriptor, how);
  for (void* at : frames.view()) {
#if defined(STEALYARD_LIBBACKTRACE)
    if (symbol_state() != nullptr && printer.with_lines(symbol_state(), at)) continue;
#endif
    printer.unnamed(at);
  }
  if (frames.truncated) printer.note("...more frames\n");
}

void load_symbols() noexcept {
#if defined(STEALYARD_LIBBACKTRACE)
  if (symbol_state() != nullptr) {
    backtrace_pcinfo(symbol_state(), reinterpret_cast<std::uintptr_t>(&load_symbols),
                     [](void*, std::uintptr_t, const char*, int, const char*) { return 0; }, &frame_printer::ignore, nullptr);
  }
#endif
}

}  // namespace stealyard::fiber

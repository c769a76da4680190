#include "core/fiber/traceback.hpp"

#include "core/fiber/descriptor_writer.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <unwind.h>
#if defined(STEALYARD_LIBBACKTRACE)
#include <backtrace.h>
#else
struct backtrace_state;
#endif

namespace stealyard::fiber {
namespace {

struct walk {
  traceback* into;
  std::size_t skip;
  bool until_interrupted;  // leave out everything inside the innermost interrupted frame
};

_Unwind_Reason_Code on_frame(_Unwind_Context* frame, void* data) noexcept {
  auto* w = static_cast<walk*>(data);
  if (w->skip != 0) {
    --w->skip;
    return _URC_NO_REASON;
  }
  int interrupted = 0;
  std::uintptr_t at = _Unwind_GetIPInfo(frame, &interrupted);
  if (w->until_interrupted && interrupted == 0) return _URC_NO_REASON;
  w->until_interrupted = false;
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

bool is_users_file(const char* file) noexcept {
  for (const char* ours : {"core/fiber/", "core/go/", "core/sched/", "core/world/", "variants/context_switch/", "/include/c++/"}) {
    if (std::strstr(file, ours) != nullptr) return false;
  }
  return true;
}

class frame_printer {
 public:
  frame_printer(int descriptor, names how, shown which) noexcept : out_(descriptor), how_(how), which_(which) {}

  // Without debug information: the symbol table's name, the loader's, or the bare address; and which object file.
  void without_lines([[maybe_unused]] backtrace_state* symbols, void* at) noexcept {
    Dl_info info{};
    const bool known = dladdr(at, &info) != 0;
    pending_ = {};
#if defined(STEALYARD_LIBBACKTRACE)
    if (symbols != nullptr) backtrace_syminfo(symbols, reinterpret_cast<std::uintptr_t>(at) - 1, &symbol_found, &ignore, this);
#endif
    if (pending_.function == nullptr && known) pending_.function = info.dli_sname;
    if (pending_.function != nullptr) {
      function_name(pending_.function);
    } else {
      out_.address(at);
    }
    out_ << "\n\t" << (known && info.dli_fname != nullptr ? info.dli_fname : "unknown file") << "\n";
  }

  void note(std::string_view text) noexcept { out_ << text; }

  bool with_lines([[maybe_unused]] backtrace_state* symbols, [[maybe_unused]] void* at) noexcept {
#if defined(STEALYARD_LIBBACKTRACE)
    if (symbols == nullptr) return false;
    pending_ = {};
    const std::uintptr_t call = reinterpret_cast<std::uintptr_t>(at) - 1;
    backtrace_pcinfo(symbols, call, &line_found, &ignore, this);
    if (pending_.file == nullptr) return false;
    // Debug information calls a function by its bare name, or, clang's at -g1, knows no name at all; the symbol table knows namespace
    // and parameters, but only of the function that was not inlined into another: the last.
    backtrace_syminfo(symbols, call, &symbol_found, &ignore, this);
    if (pending_.function == nullptr) return false;
    print_pending();
    return true;
#else
    return false;
#endif
  }
  static void ignore(void*, const char*, int) noexcept {}

 private:
  struct line {
    const char* function = nullptr;
    const char* file = nullptr;
    int number = 0;
  };

#if defined(STEALYARD_LIBBACKTRACE)
  // One address may be several frames: functions inlined into one another, innermost first. One is held back.
  static int line_found(void* self, std::uintptr_t, const char* file, int number, const char* function) noexcept {
    auto* printer = static_cast<frame_printer*>(self);
    if (file == nullptr) return 0;
    if (printer->pending_.file != nullptr) printer->print_pending();
    printer->pending_ = {function, file, number};
    return 0;
  }
  static void symbol_found(void* self, std::uintptr_t, const char* symbol, std::uintptr_t, std::uintptr_t) noexcept {
    if (symbol != nullptr) static_cast<frame_printer*>(self)->pending_.function = symbol;
  }
#endif

  void print_pending() noexcept {
    if (which_ == shown::users && !is_users_file(pending_.file)) return;
    function_name(pending_.function);
    // What clang calls an absolute file, libbacktrace may put after the folder of compilation: /build//source/file.cpp.
    const char* twice = std::strstr(pending_.file, "//");
    out_ << "\n\t" << (twice != nullptr ? twice + 1 : pending_.file) << ":" << static_cast<std::uint64_t>(pending_.number) << "\n";
  }

  void function_name(const char* linker_name) noexcept {
    char* readable = nullptr;
    if (how_ == names::readable) {
      int status = 0;
      readable = abi::__cxa_demangle(linker_name, nullptr, nullptr, &status);
    }
    out_ << (readable != nullptr ? readable : linker_name);
    std::free(readable);
  }

  descriptor_writer out_;
  names how_;
  shown which_;
  line pending_;
};

// Never freed: libbacktrace offers no way to, and a last message may need it. Its own locking makes it safe to share.
backtrace_state* symbol_state() noexcept {
#if defined(STEALYARD_LIBBACKTRACE)
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, &frame_printer::ignore, nullptr);
  return state;
#else
  return nullptr;
#endif
}

}  // namespace

traceback capture(std::size_t skip) noexcept {
  traceback found;
  walk w{&found, skip + 1, false};  // without this frame
  _Unwind_Backtrace(&on_frame, &w);
  return found;
}

traceback capture_interrupted() noexcept {
  traceback found;
  walk w{&found, 0, true};
  _Unwind_Backtrace(&on_frame, &w);
  return found;
}

void print(int descriptor, const traceback& frames, names how, shown which) noexcept {
  frame_printer printer(descriptor, how, which);
  backtrace_state* symbols = symbol_state();
  for (void* at : frames.view()) {
    if (!printer.with_lines(symbols, at)) printer.without_lines(symbols, at);
  }
  if (frames.truncated) printer.note("...more frames\n");
}

void load_symbols() noexcept {
#if defined(STEALYARD_LIBBACKTRACE)
  const auto here = reinterpret_cast<std::uintptr_t>(&load_symbols);
  const auto no_line = [](void*, std::uintptr_t, const char*, int, const char*) { return 0; };
  const auto no_symbol = [](void*, std::uintptr_t, const char*, std::uintptr_t, std::uintptr_t) {};
  if (symbol_state() == nullptr) return;
  backtrace_pcinfo(symbol_state(), here, no_line, &frame_printer::ignore, nullptr);
  backtrace_syminfo(symbol_state(), here, no_symbol, &frame_printer::ignore, nullptr);
#endif
}

}  // namespace stealyard::fiber

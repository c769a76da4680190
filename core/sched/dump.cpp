#include "core/sched/dump.hpp"

#include "core/fiber/descriptor_writer.hpp"
#include "core/fiber/suspended.hpp"

#include <cstdlib>
#include <cstring>

namespace stealyard::sched {

std::string_view file_of(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

wait_reason reason_of(const product_task& t) noexcept { return reason_in(t.waits.load(relaxed)); }

void print_heading(int descriptor, const product_task& t, const char* state) noexcept {
  fiber::descriptor_writer out(descriptor);
  const std::uint64_t waits = t.waits.load(relaxed);
  out << "\ngoroutine " << t.id.load(relaxed) << " [";
  if (state != nullptr) {
    out << state;
  } else if (waits == 0) {
    out << "runnable";
  } else {
    out << reason_in(waits);
    const unsigned minutes = minutes_since(waits);
    if (minutes != 0) out << ", " << std::uint64_t{minutes} << " minutes";
  }
  out << "]:\n";
}

void print_creation(int descriptor, const product_task& t) noexcept {
  constexpr std::uint64_t main_id = 1;
  if (t.id.load(relaxed) == main_id) return;
  fiber::descriptor_writer out(descriptor);
  const std::uint64_t creator = t.created_by.load(relaxed);
  if (creator == 0) {
    out << "created by a foreign thread";
  } else {
    out << "created by goroutine " << creator;
  }
  const std::source_location site = t.created_at.load(relaxed);
  out << "\n\t" << file_of(site.file_name()) << ":" << std::uint64_t{site.line()} << "\n";
}

void print_frames(int descriptor, const fiber::traceback& frames, fiber::names how) noexcept {
  const char* wanted = std::getenv("STEALYARD_TRACEBACK");
  const bool all = wanted != nullptr && std::strcmp(wanted, "all") == 0;
  fiber::print(descriptor, frames, how, all ? fiber::shown::all : fiber::shown::users);
}

void print_suspended(int descriptor, const product_task& t, fiber::names how) noexcept {
  print_heading(descriptor, t);
  if (t.stack != nullptr) print_frames(descriptor, fiber::capture_suspended(t.place), how);
  print_creation(descriptor, t);
}

}  // namespace stealyard::sched

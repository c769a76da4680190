// Are native_checked's fences what TSan should see? Each scenario passes a plain value from one thread to another. Ordered scenarios must
// be silent; in the others a fence is missing, and TSan must report the race (status 66): a model of fences that hides races proves
// nothing.
#include "core/world/real.hpp"

#include <cstdio>
#include <cstring>
#include <thread>

namespace {

using W = stealyard::real;
using stealyard::acquire;
using stealyard::relaxed;
using stealyard::release;
using stealyard::seq_cst;

int payload = 0;
stealyard::atomic<W, int> flag{0};
stealyard::atomic<W, int> second{0};

template <class Writer, class Reader>
int pass(Writer writer, Reader reader) {
  int seen = 0;
  std::thread other([&] { reader(), seen = payload; });
  payload = 42;
  writer();
  other.join();
  return seen == 42 ? 0 : 1;
}

void await_relaxed(stealyard::atomic<W, int>& word) {
  while (word.load(relaxed) == 0) W::yield();
}

int fence_to_fence() {
  return pass([] { W::fence(release), flag.store(1, relaxed); }, [] { await_relaxed(flag), W::fence(acquire); });
}
int fence_to_acquire() {
  return pass([] { W::fence(release), flag.store(1, relaxed); },
              [] {
                while (flag.load(acquire) == 0) W::yield();
              });
}
int release_to_fence() {
  return pass([] { flag.store(1, release); }, [] { await_relaxed(flag), W::fence(acquire); });
}
int seq_cst_fences() {
  return pass([] { W::fence(seq_cst), flag.fetch_add(1, relaxed); }, [] { await_relaxed(flag), W::fence(seq_cst); });
}
int asymmetric_fences() {
  return pass([] { W::light_fence(), flag.store(1, relaxed); }, [] { await_relaxed(flag), W::heavy_fence(); });
}
int missing_release() {
  return pass([] { flag.store(1, relaxed); }, [] { await_relaxed(flag), W::fence(acquire); });
}
int missing_acquire() {
  return pass([] { W::fence(release), flag.store(1, relaxed); }, [] { await_relaxed(flag); });
}
int fence_too_early() {  // the payload is written after the release fence
  std::thread other([] {
    await_relaxed(flag), W::fence(acquire);
    payload += 1;
  });
  W::fence(release);
  payload = 42;
  flag.store(1, relaxed);
  other.join();
  return 0;
}
int fence_before_load() {  // the acquire fence comes before the load that reads the flag
  std::thread other([] {
    await_relaxed(second);  // TSan's own sync must not help: relaxed
    W::fence(acquire);
    await_relaxed(flag);
    payload += 1;
  });
  second.store(1, relaxed);
  payload = 42;
  W::fence(release);
  flag.store(1, relaxed);
  other.join();
  return 0;
}

constexpr struct {
  const char* name;
  int (*run)();
} scenarios[] = {
    {"fence_to_fence", fence_to_fence},   {"fence_to_acquire", fence_to_acquire},   {"release_to_fence", release_to_fence},
    {"seq_cst_fences", seq_cst_fences},   {"asymmetric_fences", asymmetric_fences}, {"missing_release", missing_release},
    {"missing_acquire", missing_acquire}, {"fence_too_early", fence_too_early},     {"fence_before_load", fence_before_load},
};

}  // namespace

int main(int argc, char** argv) {
  for (const auto& s : scenarios) {
    if (argc == 2 && std::strcmp(argv[1], s.name) == 0) return s.run();
  }
  std::fprintf(stderr, "stealyard-fence-scenarios: one of");
  for (const auto& s : scenarios) std::fprintf(stderr, " %s", s.name);
  std::fprintf(stderr, "\n");
  return 2;
}

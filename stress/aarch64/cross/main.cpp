// Runs every check, or those whose name holds the argument; status 1 if one failed, or if there was none.
#include "smoke.hpp"

#include "core/fiber/chosen_switch.hpp"

#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
  using namespace stealyard;
#if defined(__aarch64__)
  std::printf("AArch64, context switch %s, emulated\n", fiber::chosen_switch_name);
#else
  std::printf("not AArch64, context switch %s\n", fiber::chosen_switch_name);
#endif
  std::printf("instruction correctness only: says nothing about memory orders\n");
  int passed = 0, failed = 0;
  for (const auto& checks : {smoke::death_checks(), smoke::fiber_checks(), smoke::go_checks()}) {
    for (const smoke::check& each : checks) {
      if (argc > 1 && std::strstr(each.name, argv[1]) == nullptr) continue;
      const std::string wrong = each.run();
      std::printf("%s %s%s%s\n", wrong.empty() ? "ok" : "FAILED", each.name, wrong.empty() ? "" : ": ", wrong.c_str());
      std::fflush(stdout);
      ++(wrong.empty() ? passed : failed);
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed != 0 || passed == 0 ? 1 : 0;
}

// sites: which order does the operation at this place use? The table behind run-time weakening of memory orders.
//
// A site is (file, line, role). Its row ("O3") is read from the comment that ends the source line, so ledgers and
// replay lines name `chase_lev.hpp:O3:fence`, which survives edits that line numbers do not.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace stealyard::world {

enum class role : std::uint8_t { load, store, rmw, cas_ok, cas_fail, fence };
std::string_view to_string(role r) noexcept;
std::optional<role> role_named(std::string_view text) noexcept;

// A fence that is not there: weaker than any order the language has.
inline constexpr std::memory_order no_fence = static_cast<std::memory_order>(-1);
std::string_view to_string(std::memory_order o) noexcept;
std::optional<std::memory_order> order_named(std::string_view text) noexcept;

struct site {
  const char* file;
  unsigned line;
  role what;
  std::string row;  // "O3", or "line 42" where the source names no row
  std::memory_order declared;
  std::memory_order effective;
};

// file: a suffix of the path; row: as in the source; no role: every role of that row.
struct weakening {
  std::string file;
  std::string row;
  std::optional<role> what;
  std::memory_order order;
};
std::string to_string(const weakening& w);
// Accepts file:row[:role]=order. On failure returns nothing and says why in `why`.
std::optional<weakening> parse_weakening(std::string_view text, std::string& why);

class site_table {
  static constexpr std::size_t slots = 4096;
  std::vector<site> sites_;
  std::vector<weakening> rules_;
  std::vector<std::size_t> applied_;  // how many sites each rule has met
  std::uint16_t index_[slots] = {};   // 1 + position in sites_
  bool watching_ = false;

  std::memory_order find(role r, std::memory_order declared, const std::source_location& at);
  std::size_t add(role r, std::memory_order declared, const std::source_location& at);

 public:
  std::memory_order effective(role r, std::memory_order declared, const std::source_location& at) {
    return watching_ ? find(r, declared, at) : declared;
  }
  // Forgets every site, then weakens as asked from now on.
  void weaken(std::vector<weakening> rules);
  void watch(bool on) noexcept { watching_ = on || !rules_.empty(); }
  bool watching() const noexcept { return watching_; }
  const std::vector<site>& seen() const noexcept { return sites_; }
  // A rule that met no site was misspelt, or the program never reaches it.
  bool every_rule_applied() const noexcept;
};

extern site_table sites;

// "O3" of this line of this file, or "line 42".
std::string row_of(const char* file, unsigned line);
std::string source_text(const char* file, unsigned line);
// The path below the project's folder.
std::string_view short_path(const char* file);

}  // namespace stealyard::world

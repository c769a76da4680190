#include "stress/world/sites.hpp"

#include <cstring>
#include <fstream>
#include <map>

namespace stealyard::world {

site_table sites;

namespace {

constexpr std::string_view role_names[] = {"load", "store", "rmw", "cas_ok", "cas_fail", "fence"};
constexpr std::string_view order_names[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

struct source {
  std::string name;  // from the repository's root, if it lies there
  std::vector<std::string> lines;
};

std::string inside(std::string_view path) {
  for (std::string_view root : {std::string_view(STEALYARD_SOURCE_DIR), std::string_view(STEALYARD_BINARY_DIR)}) {
    if (path.starts_with(root)) return std::string(path.substr(root.size() + 1));
  }
  return std::string(path);
}

// A checkout that has moved since it was compiled, or one that shares a compiler cache with others, finds another root in the name,
// or none: then it is the longest ending of the name that this repository has.
source find_source(std::string_view file) {
  std::string_view ending = file;
  std::string opened(file);
  std::ifstream in(opened);
  while (!in && !ending.empty()) {
    const std::size_t slash = ending.find('/');
    ending.remove_prefix(slash == ending.npos ? ending.size() : slash + 1);
    opened = std::string(STEALYARD_SOURCE_DIR).append("/").append(ending);
    if (!ending.empty()) in = std::ifstream(opened);
  }
  source found{inside(in ? opened : file), {}};
  for (std::string line; std::getline(in, line);) found.lines.push_back(line);
  return found;
}

const source& source_of(const char* file) {
  static std::map<std::string, source, std::less<>> known;
  const auto at = known.find(std::string_view(file));
  return at != known.end() ? at->second : known.emplace(file, find_source(file)).first->second;
}

bool row_name(std::string_view word) {
  if (word.size() < 2 || word[0] < 'A' || word[0] > 'Z' || word[1] < '0' || word[1] > '9') return false;
  for (char c : word.substr(1)) {
    if ((c < '0' || c > '9') && (c < 'a' || c > 'z')) return false;
  }
  return true;
}

bool ends_with_path(std::string_view path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  return path.size() == suffix.size() || path[path.size() - suffix.size() - 1] == '/';
}

// A failed exchange may not be ordered more strongly than a load, nor a store acquire; `seq_cst` fits everywhere.
bool fits(role r, std::memory_order o) {
  using enum std::memory_order;
  if (o == no_fence) return r == role::fence;
  if (o == consume) return false;
  if (r == role::load || r == role::cas_fail) return o != release && o != acq_rel;
  if (r == role::store) return o != acquire && o != acq_rel;
  return true;
}

}  // namespace

std::string_view to_string(role r) noexcept { return role_names[static_cast<unsigned>(r)]; }

std::optional<role> role_named(std::string_view text) noexcept {
  for (unsigned i = 0; i != std::size(role_names); ++i) {
    if (role_names[i] == text) return static_cast<role>(i);
  }
  return std::nullopt;
}

std::string_view to_string(std::memory_order o) noexcept { return o == no_fence ? "none" : order_names[static_cast<unsigned>(o)]; }

std::optional<std::memory_order> order_named(std::string_view text) noexcept {
  if (text == "none") return no_fence;
  for (unsigned i = 0; i != std::size(order_names); ++i) {
    if (order_names[i] == text && text != "consume") return static_cast<std::memory_order>(i);
  }
  return std::nullopt;
}

std::string source_text(const char* file, unsigned line) {
  const auto& lines = source_of(file).lines;
  return line != 0 && line <= lines.size() ? lines[line - 1] : std::string();
}

std::string row_of(const char* file, unsigned line) {
  const std::string text = source_text(file, line);
  const std::size_t comment = text.rfind("// ");
  if (comment != std::string::npos) {
    const std::size_t end = text.find_first_of(" :,;", comment + 3);
    const std::string word = text.substr(comment + 3, end == std::string::npos ? end : end - comment - 3);
    if (row_name(word)) return word;
  }
  return "line " + std::to_string(line);
}

std::string_view short_path(const char* file) { return source_of(file).name; }

std::string to_string(const weakening& w) {
  std::string text = w.file + ":" + w.row;
  if (w.what) text.append(":").append(to_string(*w.what));
  return text.append("=").append(to_string(w.order));
}

std::optional<weakening> parse_weakening(std::string_view text, std::string& why) {
  const auto refuse = [&](const std::string& reason) {
    why = "'" + std::string(text) + "' " + reason + "; accepted is file:row[:role]=order";
    return std::nullopt;
  };
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.find(':');
  if (equals == text.npos || colon == text.npos || colon > equals) return refuse("is no weakening");
  weakening w{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1, equals - colon - 1)), {}, no_fence};
  if (const std::size_t second = w.row.find(':'); second != w.row.npos) {
    w.what = role_named(std::string_view(w.row).substr(second + 1));
    if (!w.what) return refuse("names no role (load, store, rmw, cas_ok, cas_fail, fence)");
    w.row.resize(second);
  }
  const auto named = order_named(text.substr(equals + 1));
  if (!named) return refuse("names no order (none, relaxed, acquire, release, acq_rel, seq_cst)");
  w.order = *named;
  if (w.what && !fits(*w.what, w.order)) return refuse("gives a role an order it cannot have");
  if (w.file.empty() || w.row.empty()) return refuse("is no weakening");
  return w;
}

void site_table::weaken(std::vector<weakening> rules) {
  sites_.clear();
  std::memset(index_, 0, sizeof index_);
  rules_ = std::move(rules);
  applied_.assign(rules_.size(), 0);
  watching_ = !rules_.empty();
}

bool site_table::every_rule_applied() const noexcept {
  for (std::size_t n : applied_) {
    if (n == 0) return false;
  }
  return true;
}

std::memory_order site_table::find(role r, std::memory_order declared, const std::source_location& at) {
  std::size_t slot = (at.line() * 40503u + static_cast<unsigned>(r) * 7919u) % slots;
  for (; index_[slot] != 0; slot = (slot + 1) % slots) {
    const site& s = sites_[index_[slot] - 1u];
    if (s.line == at.line() && s.what == r && (s.file == at.file_name() || std::strcmp(s.file, at.file_name()) == 0)) {
      return s.effective;
    }
  }
  if (sites_.size() == slots / 2) return declared;  // never seen: a project has hundreds
  index_[slot] = static_cast<std::uint16_t>(add(r, declared, at) + 1);
  return sites_.back().effective;
}

std::size_t site_table::add(role r, std::memory_order declared, const std::source_location& at) {
  site fresh{at.file_name(), at.line(), r, row_of(at.file_name(), at.line()), declared, declared};
  for (std::size_t i = 0; i != rules_.size(); ++i) {
    const weakening& w = rules_[i];
    if (!ends_with_path(fresh.file, w.file) || w.row != fresh.row || (w.what && *w.what != r) || !fits(r, w.order)) continue;
    fresh.effective = w.order;
    ++applied_[i];
  }
  sites_.push_back(std::move(fresh));
  return sites_.size() - 1;
}

}  // namespace stealyard::world

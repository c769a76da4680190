#include "stress/model/suite.hpp"

namespace stealyard::model {

bool wild_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return wild_match(pattern.substr(1), text) || (!text.empty() && wild_match(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) && wild_match(pattern.substr(1), text.substr(1));
}

std::deque<model_entry>& entries() {
  static std::deque<model_entry> all;
  return all;
}

const model_entry* entry_labelled(std::string_view label) {
  for (const model_entry& e : entries()) {
    if (e.label() == label) return &e;
  }
  return nullptr;
}

std::string known_labels(std::string_view separator) {
  std::string text;
  for (const model_entry& e : entries()) text.append(text.empty() ? "" : separator).append(e.label());
  return text;
}

}  // namespace stealyard::model

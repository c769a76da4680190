#include "stress/model/program.hpp"

namespace stealyard::model {

std::string to_string(const program& p) {
  std::string text = std::to_string(p.capacity);
  for (const std::string& t : p.threads) text.append("/").append(t);
  return text;
}

std::optional<program> parse_program(std::string_view text) {
  program p;
  const std::size_t slash = text.find('/');
  const std::string_view number = text.substr(0, slash);
  if (slash == text.npos || number.empty() || number.size() > 3) return std::nullopt;
  p.capacity = 0;
  for (char c : number) {
    if (c < '0' || c > '9') return std::nullopt;
    p.capacity = p.capacity * 10 + static_cast<unsigned>(c - '0');
  }
  for (std::size_t at = slash; at != text.npos;) {
    const std::size_t next = text.find('/', at + 1);
    const std::string_view body = text.substr(at + 1, next == text.npos ? next : next - at - 1);
    for (char c : body) {
      if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')) return std::nullopt;
    }
    p.threads.emplace_back(body);
    at = next;
  }
  return p;
}

}  // namespace stealyard::model

// quote: other people's text inside a one-line message. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

namespace stealyard::topology {

/// 'text', cut after 120 bytes, control characters shown as ?: a message stays one line of bearable length.
inline std::string quote(std::string_view text) {
  constexpr std::size_t most = 120;
  std::string shown = "'";
  for (char c : text.substr(0, most)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (text.size() > most ? "...'" : "'");
}

}  // namespace stealyard::topology

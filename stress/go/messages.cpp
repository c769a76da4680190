#include "stress/go/messages.hpp"

#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

namespace stealyard::go_tests {

namespace {

using lines = std::vector<std::string>;

std::map<std::string, lines> read_messages() {
  std::map<std::string, lines> messages;
  std::ifstream in(STEALYARD_MESSAGES);
  lines* into = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      into = &messages[line.substr(3)];
    } else if (into != nullptr) {
      into->push_back(line);
    }
  }
  return messages;
}

lines split(const std::string& text) {
  lines all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// One line against a pattern with <n>, <address>, <site> and <text>.
bool line_matches(std::string_view pattern, std::string_view line) {
  while (!pattern.empty()) {
    const auto placeholder = [&](std::string_view name) {
      if (!pattern.starts_with(name)) return false;
      pattern.remove_prefix(name.size());
      return true;
    };
    const auto skip = [&](auto&& belongs) {
      std::size_t n = 0;
      while (n != line.size() && belongs(static_cast<unsigned char>(line[n]))) ++n;
      line.remove_prefix(n);
      return n != 0;
    };
    if (placeholder("<n>")) {
      if (!skip([](int c) { return std::isdigit(c) != 0; })) return false;
    } else if (placeholder("<address>")) {
      if (!line.starts_with("0x")) return false;
      line.remove_prefix(2);
      if (!skip([](int c) { return std::isxdigit(c) != 0; })) return false;
    } else if (placeholder("<site>")) {
      if (!skip([](int c) { return c != '/' && c != ':'; }) || !line.starts_with(":")) return false;
      line.remove_prefix(1);
      if (!skip([](int c) { return std::isdigit(c) != 0; })) return false;
    } else if (placeholder("<text>")) {
      if (!line.ends_with(pattern) || line.size() <= pattern.size()) return false;
      return true;
    } else {
      if (line.empty() || line.front() != pattern.front()) return false;
      line.remove_prefix(1);
      pattern.remove_prefix(1);
    }
  }
  return line.empty();
}

class comparison {
 public:
  comparison(const lines& wanted, const lines& got) : wanted_(wanted), got_(got) {}

  std::string difference() {
    for (const std::string& pattern : wanted_) {
      if (pattern == "<frames>") {
        frames();
      } else if (pattern == "<created>") {
        creation();
      } else if (pattern == "<goroutines>") {
        while (next_is("") && at_ + 1 < got_.size() && line_matches("goroutine <n> [<text>]:", got_[at_ + 1])) {
          at_ += 2;
          frames();
          creation();
        }
      } else if (!next_is(pattern)) {
        return "line " + std::to_string(at_ + 1) + " is " + (at_ < got_.size() ? "\"" + got_[at_] + "\"" : "missing") + ", wanted: \"" +
               pattern + "\"";
      } else {
        ++at_;
      }
    }
    return at_ == got_.size() ? "" : "line " + std::to_string(at_ + 1) + " is too many: \"" + got_[at_] + "\"";
  }

 private:
  bool next_is(const std::string& pattern) const { return at_ < got_.size() && line_matches(pattern, got_[at_]); }
  void frames() {
    if (next_is("\tgoroutine running on other thread; stack unavailable")) {
      ++at_;
      return;
    }
    while (at_ + 1 < got_.size() && !got_[at_].empty() && !got_[at_].starts_with("created by ") && got_[at_ + 1].starts_with("\t"))
      at_ += 2;
    if (at_ < got_.size() && got_[at_] == "...more frames") ++at_;
  }
  void creation() {
    if ((next_is("created by goroutine <n>") || next_is("created by a foreign thread")) && at_ + 1 < got_.size() &&
        line_matches("\t<site>", got_[at_ + 1])) {
      at_ += 2;
    }
  }

  const lines& wanted_;
  const lines& got_;
  std::size_t at_ = 0;
};

}  // namespace

std::string unlike_message(const std::string& name, const std::string& text) {
  static const std::map<std::string, lines> messages = read_messages();
  const auto wanted = messages.find(name);
  if (wanted == messages.end()) return "there is no message \"" + name + "\" in " STEALYARD_MESSAGES;
  return comparison(wanted->second, split(text)).difference();
}

void expect_death_by(const child& died, const std::string& name, int status) {
  EXPECT_EQ(died.status, status) << ::testing::PrintToString(died);
  EXPECT_EQ(unlike_message(name, died.err), "") << ::testing::PrintToString(died);
}

}  // namespace stealyard::go_tests

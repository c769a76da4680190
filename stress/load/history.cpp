#include "stress/load/history.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace stealyard::load {

namespace {

constexpr std::string_view verbs[] = {"push", "pop", "steal", "close"};
constexpr unsigned outcomes = 5;

}  // namespace

std::string to_string(const operation& o) {
  std::string text(verbs[static_cast<unsigned>(o.what)]);
  if (o.what == verb::push && o.result == outcome::ok) return text + " " + std::to_string(o.value);
  if (o.what == verb::close) return text + (o.result == outcome::ok ? "" : " -> closed already");
  return text + " -> " + (o.result == outcome::ok ? std::to_string(o.value) : std::string(to_string(o.result)));
}

std::size_t size(const history& h) noexcept {
  std::size_t n = 0;
  for (const auto& thread : h) n += thread.size();
  return n;
}

bool save(const history& h, const std::string& header, const std::string& path) {
  std::ofstream out(path);
  out << header << '\n';
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) {
      out << t << ' ' << verbs[static_cast<unsigned>(o.what)] << ' ' << o.value << ' ' << to_string(o.result) << ' ' << o.called << ' '
          << o.returned << '\n';
    }
  }
  return static_cast<bool>(out.flush());
}

history restore(const std::string& path, std::string& header) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  std::getline(in, header);
  history h;
  std::size_t number = 1;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::istringstream words(line);
    std::size_t thread = 0;
    std::string what, result;
    operation o;
    const bool read = static_cast<bool>(words >> thread >> what >> o.value >> result >> o.called >> o.returned);
    unsigned v = 0, r = 0;
    while (v != std::size(verbs) && verbs[v] != what) ++v;
    while (r != outcomes && to_string(static_cast<outcome>(r)) != result) ++r;
    const bool in_order = thread >= h.size() || h[thread].empty() || h[thread].back().returned <= o.called;
    if (!read || thread > 63 || v == std::size(verbs) || r == outcomes || o.called > o.returned || !in_order) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": '" + line +
                               "'; accepted is THREAD VERB VALUE RESULT CALLED RETURNED, a thread's operations in order");
    }
    o.what = static_cast<verb>(v);
    o.result = static_cast<outcome>(r);
    if (thread >= h.size()) h.resize(thread + 1);
    h[thread].push_back(o);
  }
  return h;
}

}  // namespace stealyard::load

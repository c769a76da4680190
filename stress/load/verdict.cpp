#include "stress/load/verdict.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace stealyard::load {

namespace {

struct life {
  const operation* push = nullptr;
  const operation* take = nullptr;
  std::size_t pusher = 0, taker = 0;
};

history only(std::size_t threads, std::initializer_list<std::pair<std::size_t, const operation*>> operations) {
  history h(threads);
  for (const auto& [thread, o] : operations) {
    if (o != nullptr) h[thread].push_back(*o);
  }
  for (auto& thread : h) {
    std::sort(thread.begin(), thread.end(), [](const operation& a, const operation& b) { return a.called < b.called; });
  }
  return h;
}

finding refuted(std::string what, history shown) { return {answer::refuted, std::move(what), std::move(shown), 0}; }

std::string number(std::uint32_t value) { return std::to_string(value); }

// Two values of which the first pushed was taken last. Sorted by when the push was called; `latest` is, among the pushes that returned
// before this one was called, the one whose take was called last.
finding order_of_lives(const std::vector<life>& lives, std::size_t threads) {
  std::vector<const life*> by_call, by_return;
  for (const life& l : lives) {
    if (l.push != nullptr) by_call.push_back(&l);
  }
  by_return = by_call;
  std::sort(by_call.begin(), by_call.end(), [](const life* a, const life* b) { return a->push->called < b->push->called; });
  std::sort(by_return.begin(), by_return.end(), [](const life* a, const life* b) { return a->push->returned < b->push->returned; });
  const life* latest = nullptr;
  std::size_t returned = 0;
  for (const life* l : by_call) {
    for (; returned != by_return.size() && by_return[returned]->push->returned < l->push->called; ++returned) {
      const life* r = by_return[returned];
      const bool never = r->take == nullptr;
      if (latest == nullptr || (latest->take != nullptr && (never || r->take->called > latest->take->called))) latest = r;
    }
    if (latest == nullptr || l->take == nullptr || (latest->take != nullptr && latest->take->called <= l->take->returned)) continue;
    const std::string first = number(latest->push->value), second = number(l->push->value);
    return refuted(
        "not first in, first out: push " + first + " had returned before push " + second + " was called, yet " + second + " was taken " +
            (latest->take == nullptr ? "and " + first + " never was" : "before the take of " + first + " was called"),
        only(threads, {{latest->pusher, latest->push}, {latest->taker, latest->take}, {l->pusher, l->push}, {l->taker, l->take}}));
  }
  return {};
}

bool overlapped(const history& h, std::size_t thread, const operation& o) {
  for (std::size_t t = 0; t != h.size(); ++t) {
    if (t == thread) continue;
    const auto at = std::partition_point(h[t].begin(), h[t].end(), [&](const operation& other) { return other.returned < o.called; });
    if (at != h[t].end() && at->called <= o.returned) return true;
  }
  return false;
}

}  // namespace

finding look(const history& h, bool drained, bool fifo) {
  std::vector<life> lives;
  const auto of = [&](std::uint32_t value) -> life& {
    if (lives.size() <= value) lives.resize(value + 1);
    return lives[value];
  };
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) {
      if (o.what != verb::push || o.result != outcome::ok) continue;
      of(o.value).push = &o;
      of(o.value).pusher = t;
    }
  }
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) {
      if (o.what == verb::push || o.what == verb::close || o.result != outcome::ok) continue;
      life& l = of(o.value);
      if (l.push == nullptr) return refuted("taken, and never pushed: " + number(o.value), only(h.size(), {{t, &o}}));
      if (l.take != nullptr) {
        return refuted("taken twice: " + number(o.value), only(h.size(), {{l.pusher, l.push}, {l.taker, l.take}, {t, &o}}));
      }
      if (o.returned < l.push->called) {
        return refuted("taken before it was pushed: " + number(o.value), only(h.size(), {{l.pusher, l.push}, {t, &o}}));
      }
      l.take = &o;
      l.taker = t;
    }
  }
  for (const life& l : lives) {
    if (drained && l.push != nullptr && l.take == nullptr) {
      return refuted("lost: " + number(l.push->value) + " was pushed, and is not there when all is drained",
                     only(h.size(), {{l.pusher, l.push}}));
    }
  }
  return fifo ? order_of_lives(lives, h.size()) : finding{};
}

finding leave_out(history& h, const spurious_claims& claims) {
  history kept(h.size());
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) {
      const bool claimed_lost = o.what == verb::push ? claims.lost_push : o.what == verb::pop ? claims.lost_pop : claims.lost_steal;
      if (o.result == outcome::lost && !claimed_lost) return refuted("returned lost, and does not claim it", only(h.size(), {{t, &o}}));
      const bool claimed = o.result == outcome::lost || (o.result == outcome::full && claims.full) ||
                           (o.result == outcome::empty && (o.what == verb::pop ? claims.empty_pop : claims.empty_steal));
      const bool says_nothing = claimed && overlapped(h, t, o);
      if (o.result == outcome::lost && !says_nothing) {
        return refuted("returned lost, with nobody else inside", only(h.size(), {{t, &o}}));
      }
      if (!says_nothing) kept[t].push_back(o);
    }
  }
  h = std::move(kept);
  return {};
}

history of_producer(const history& h, std::size_t producer) {
  std::vector<char> mine;
  for (const operation& o : h[producer]) {
    if (o.what != verb::push || o.result != outcome::ok) continue;
    if (mine.size() <= o.value) mine.resize(o.value + 1, 0);
    mine[o.value] = 1;
  }
  history kept(h.size());
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) {
      if (o.value < mine.size() && mine[o.value] != 0) kept[t].push_back(o);
    }
  }
  return kept;
}

std::string to_table(const history& h) {
  struct row {
    std::size_t thread;
    const operation* what;
  };
  std::vector<row> rows;
  for (std::size_t t = 0; t != h.size(); ++t) {
    for (const operation& o : h[t]) rows.push_back({t, &o});
  }
  std::sort(rows.begin(), rows.end(), [](const row& a, const row& b) { return a.what->called < b.what->called; });
  constexpr std::size_t most = 40;
  std::ostringstream out;
  out << "  called  returned (ns)";
  for (std::size_t t = 0; t != h.size(); ++t) out << "  thread " << std::left << std::setw(9) << t;
  out << '\n';
  const nanoseconds_t start = rows.empty() ? 0 : rows.front().what->called;
  for (std::size_t i = 0; i != rows.size() && i != most; ++i) {
    out << std::right << std::setw(8) << rows[i].what->called - start << std::setw(10) << rows[i].what->returned - start << "     "
        << std::string(18 * rows[i].thread, ' ') << "  " << to_string(*rows[i].what) << '\n';
  }
  if (rows.size() > most) out << "  … and " << rows.size() - most << " more\n";
  return out.str();
}

}  // namespace stealyard::load

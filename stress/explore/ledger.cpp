#include "stress/explore/ledger.hpp"

#include "stress/explore/replay.hpp"

#include <algorithm>
#include <tuple>

namespace stealyard::explore {

namespace {

// What an order promises, as a set; stronger is a superset.
enum promise : unsigned { sees = 1, publishes = 2, total = 4 };
unsigned promises(world::role r, std::memory_order o) {
  using enum std::memory_order;
  const unsigned sides = r == world::role::load || r == world::role::cas_fail ? sees
                         : r == world::role::store                            ? publishes
                                                                              : sees | publishes;
  if (o == world::no_fence || o == relaxed) return 0;
  if (o == acquire) return sees;
  if (o == release) return publishes;
  return o == seq_cst ? sides | total : sides;
}

bool of_the_programs(const world::site& s) {
  const std::string_view path = s.file;
  return path.find("stress/model/") != path.npos || path.find("stress/explore/") != path.npos;
}

world::weakening rule(const world::site& s, std::memory_order o) { return {file_of(s), s.row, s.what, o}; }

attempt try_it(const model::model_entry& entry, sweep_options o, std::vector<world::weakening> what) {
  o.weakened.insert(o.weakened.end(), what.begin(), what.end());
  o.sites = false;
  world::sites.weaken(o.weakened);
  attempt a{.what = std::move(what)};
  a.run = run_sweep(entry, o);
  a.is = a.run.found ? fate::killed : a.run.complete() && a.run.every_rule_met ? fate::survived : fate::undecided;
  if (a.run.found && !a.run.found->path.empty()) {
    std::string why;
    a.report = tell(entry, {entry.label(), a.run.found->what, a.run.found->path}, o, why);
  }
  return a;
}

bool survivor(const attempt& a) { return a.is == fate::survived || a.is == fate::implied; }

// Which to weaken first where not all go together: what is dearest. A full fence, then a store that must drain the buffer (both cost on
// x86), then what costs on AArch64 only.
unsigned price_class(const order_entry& e) {
  const bool full = e.at.declared == seq_cst;
  if (e.at.what == world::role::fence) return full ? 0 : 2;
  if (e.at.what == world::role::store) return full ? 1 : 3;
  return full ? 2 : 3;
}

void weaken_together(const model::model_entry& entry, const ledger_options& o, ledger& l) {
  std::vector<const order_entry*> candidates;
  for (const order_entry& e : l.orders) {
    if (std::any_of(e.tried.begin(), e.tried.end(), survivor)) candidates.push_back(&e);
  }
  if (candidates.empty()) return;
  // By place where they cost the same. (Not std::stable_sort: g++ 12's uses what clang calls deprecated.)
  std::sort(candidates.begin(), candidates.end(),
            [](auto* a, auto* b) { return std::pair(price_class(*a), a) < std::pair(price_class(*b), b); });
  const auto weakest = [](const order_entry& e) { return *std::find_if(e.tried.begin(), e.tried.end(), survivor); };
  std::vector<world::weakening> all;
  for (const order_entry* e : candidates) all.push_back(weakest(*e).what.front());
  if (attempt a = try_it(entry, o.sweep, all); a.is == fate::survived) {
    l.together = std::move(a);
    return;
  }
  std::vector<world::weakening> chosen;
  for (const order_entry* e : candidates) {
    for (const attempt& alone : e->tried) {
      if (!survivor(alone)) continue;
      std::vector<world::weakening> wish = chosen;
      wish.push_back(alone.what.front());
      attempt a = try_it(entry, o.sweep, wish);
      if (a.is == fate::survived) {
        chosen = std::move(wish);
        l.together = std::move(a);
        break;
      }
      l.refused.push_back(std::move(a));
    }
  }
}

}  // namespace

const char* to_string(fate f) noexcept {
  constexpr const char* names[] = {"killed", "survived", "implied", "undecided"};
  return names[static_cast<unsigned>(f)];
}

std::vector<std::memory_order> weaker_orders(world::role r, std::memory_order o) {
  using enum std::memory_order;
  using world::role;
  std::vector<std::memory_order> all;
  switch (r) {
    case role::load:
    case role::cas_fail:
      all = {relaxed, acquire};
      break;
    case role::store:
      all = {relaxed, release};
      break;
    case role::rmw:
    case role::cas_ok:
      all = {relaxed, acquire, release, acq_rel};
      break;
    case role::fence:
      all = {world::no_fence, acquire, release, acq_rel};
      break;
  }
  const unsigned strength = promises(r, o);
  std::erase_if(all, [&](std::memory_order w) {
    const unsigned p = promises(r, w);
    return p == strength || (p & ~strength) != 0;
  });
  return all;
}

std::string file_of(const world::site& s) {
  const std::string_view path = s.file;
  const std::size_t name = path.rfind('/'), kind = name == path.npos || name == 0 ? path.npos : path.rfind('/', name - 1);
  return std::string(kind == path.npos ? path : path.substr(kind + 1));
}

ledger make_ledger(const model::model_entry& entry, const ledger_options& o) {
  ledger l;
  sweep_options plain = o.sweep;
  plain.sites = true;
  world::sites.weaken(plain.weakened);
  world::sites.watch(true);
  l.as_written = run_sweep(entry, plain);
  if (!l.as_written.found) {
    for (const world::site& s : l.as_written.sites) {
      const auto same = [&](const order_entry& e) {
        return e.at.row == s.row && e.at.what == s.what && std::string_view(e.at.file) == s.file;
      };
      if (!of_the_programs(s) && std::none_of(l.orders.begin(), l.orders.end(), same)) l.orders.push_back({s, {}});
    }
    std::sort(l.orders.begin(), l.orders.end(), [](const order_entry& a, const order_entry& b) {
      return std::tuple(std::string_view(a.at.file), a.at.line, a.at.what) < std::tuple(std::string_view(b.at.file), b.at.line, b.at.what);
    });
    for (order_entry& e : l.orders) {
      for (std::memory_order w : weaker_orders(e.at.what, e.at.declared)) {
        const unsigned kept = promises(e.at.what, w), had = promises(e.at.what, e.at.declared);
        const bool implied = std::any_of(e.tried.begin(), e.tried.end(), [&](const attempt& a) {
          const unsigned less = promises(e.at.what, a.what.front().order);
          return survivor(a) && (less & ~kept) == 0;
        });
        attempt a = implied && !o.every ? attempt{.what = {rule(e.at, w)}, .is = fate::implied} : try_it(entry, o.sweep, {rule(e.at, w)});
        a.load_buffering = a.is != fate::killed && ((had & ~kept) & (sees | publishes)) != 0;
        e.tried.push_back(std::move(a));
      }
    }
    if (o.together) weaken_together(entry, o, l);
  }
  world::sites.weaken(o.sweep.weakened);
  return l;
}

}  // namespace stealyard::explore

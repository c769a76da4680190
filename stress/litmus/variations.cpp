#include "stress/litmus/variations.hpp"

#include <span>

namespace stealyard::litmus {

namespace {

using enum std::memory_order;

std::span<const std::memory_order> ladder(action a) {
  static constexpr std::memory_order loads[] = {relaxed, acquire, seq_cst}, stores[] = {relaxed, release, seq_cst},
                                     changes[] = {relaxed, acq_rel, seq_cst}, fences[] = {acquire, release, seq_cst};
  if (is_plain(a)) return {};
  if (a == action::load) return loads;
  if (a == action::store) return stores;
  return a == action::fence ? std::span(fences) : std::span(changes);
}

std::memory_order as_failure(std::memory_order o) { return o == acq_rel ? acquire : o == release ? relaxed : o; }

// The orders one step above.
std::span<const std::memory_order> stronger(action a, std::memory_order o) {
  static constexpr std::memory_order both[] = {acquire, release}, top[] = {seq_cst}, pair[] = {acq_rel};
  switch (o) {
    case relaxed:
      if (a == action::load) return std::span(both).first(1);
      return a == action::store ? std::span(both).last(1) : std::span(both);
    case acquire:
      return a == action::load ? std::span(top) : std::span(pair);
    case release:
      return a == action::store ? std::span(top) : std::span(pair);
    case acq_rel:
      return top;
    default:
      return {};
  }
}

std::vector<instruction*> code_of(program& p) {
  std::vector<instruction*> all;
  for (auto& thread : p.threads) {
    for (instruction& i : thread) {
      if (!is_plain(i.what)) all.push_back(&i);
    }
  }
  return all;
}

}  // namespace

void each_order(const program& p, std::size_t most, const std::function<void(const program&)>& f) {
  program varied = p;
  const std::vector<instruction*> code = code_of(varied);
  std::vector<std::size_t> chosen(code.size(), 0);
  for (std::size_t n = 0; n != most; ++n) {
    for (std::size_t i = 0; i != code.size(); ++i) {
      code[i]->order = ladder(code[i]->what)[chosen[i]];
      code[i]->failure = as_failure(code[i]->order);
    }
    f(varied);
    std::size_t digit = 0;
    while (digit != code.size() && ++chosen[digit] == ladder(code[digit]->what).size()) chosen[digit++] = 0;
    if (digit == code.size()) return;
  }
}

void each_strengthening(const program& p, const std::function<void(const program&)>& f) {
  program varied = p;
  for (instruction* i : code_of(varied)) {
    const instruction saved = *i;
    for (const std::memory_order o : stronger(i->what, saved.order)) {
      i->order = o;
      f(varied);
    }
    *i = saved;
    if (i->what != action::compare_exchange) continue;
    for (const std::memory_order o : stronger(action::load, saved.failure)) {
      i->failure = o;
      f(varied);
    }
    *i = saved;
  }
}

program all_seq_cst(program p) {
  for (instruction* i : code_of(p)) i->order = i->failure = seq_cst;
  return p;
}

std::uint64_t random_programs::next() noexcept {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

instruction random_programs::draw(unsigned locations, unsigned plain, std::int8_t fresh) {
  static constexpr action mix[] = {action::load,     action::load,      action::load,
                                   action::store,    action::store,     action::store,
                                   action::exchange, action::fetch_add, action::compare_exchange,
                                   action::fence};
  instruction i;
  i.what = mix[below(std::size(mix))];
  if (i.what == action::fence) {
    static constexpr std::memory_order orders[] = {acquire, release, acq_rel, seq_cst, seq_cst};
    i.order = orders[below(std::size(orders))];
    return i;
  }
  i.location = static_cast<std::uint8_t>(below(locations));
  i.value = i.what == action::load ? std::int8_t{0} : fresh;
  if (i.location < plain) {
    i.what = i.what == action::load ? action::plain_load : action::plain_store;
    i.value = i.what == action::plain_load ? std::int8_t{0} : fresh;
    return i;
  }
  if (is_rmw(i.what)) {
    static constexpr std::memory_order orders[] = {relaxed, acquire, release, acq_rel, seq_cst};
    i.order = orders[below(std::size(orders))];
  } else {
    i.order = ladder(i.what)[below(3)];
  }
  if (i.what == action::compare_exchange) {
    i.failure = ladder(action::load)[below(3)];
    i.expected = static_cast<std::int8_t>(below(3));
  }
  return i;
}

program random_programs::draw(unsigned instructions) {
  program p;
  p.locations = static_cast<std::uint8_t>(1 + below(3));
  const unsigned plain = p.locations > 1 && below(8) == 0 ? 1 : 0;
  p.threads.resize(2 + below(3));
  unsigned left = std::max<unsigned>(instructions, static_cast<unsigned>(p.threads.size()));
  std::int8_t fresh = 1;
  for (std::size_t t = 0; t != p.threads.size(); ++t) {
    const auto others = static_cast<unsigned>(p.threads.size() - t - 1);  // who get one each at least
    const unsigned mine = 1 + below(std::min(left - others, 4u));
    for (unsigned k = 0; k != mine; ++k) p.threads[t].push_back(draw(p.locations, plain, fresh++));
    left -= mine;
  }
  return p;
}

namespace {

class interleaver {
  const program& program_;
  std::vector<std::size_t> at_;
  std::vector<std::int8_t> memory_;
  std::vector<outcome> registers_;
  verdict verdict_;

  void step(std::size_t thread, const instruction& i) {
    std::int8_t& cell = memory_[i.location];
    if (has_register(i.what)) registers_[thread].push_back(cell);
    if (i.what == action::fetch_add) {
      cell = static_cast<std::int8_t>(cell + i.value);
    } else if (i.what != action::load && i.what != action::plain_load && i.what != action::fence &&
               (i.what != action::compare_exchange || cell == i.expected)) {
      cell = i.value;
    }
  }

 public:
  explicit interleaver(const program& p) : program_(p), at_(p.threads.size()), memory_(p.locations), registers_(p.threads.size()) {}
  void run() {
    bool ended = true;
    for (std::size_t t = 0; t != at_.size(); ++t) {
      if (at_[t] == program_.threads[t].size()) continue;
      ended = false;
      const instruction& i = program_.threads[t][at_[t]];
      const std::vector<std::int8_t> memory = memory_;
      const outcome before = registers_[t];
      ++at_[t];
      step(t, i);
      run();
      --at_[t];
      memory_ = memory;
      registers_[t] = before;
    }
    if (!ended) return;
    outcome o;
    for (const outcome& r : registers_) o.insert(o.end(), r.begin(), r.end());
    o.insert(o.end(), memory_.begin(), memory_.end());
    verdict_.outcomes.insert(o);
  }
  verdict result() { return std::move(verdict_); }
};

}  // namespace

verdict interleavings(const program& p) {
  interleaver all(p);
  all.run();
  return all.result();
}

}  // namespace stealyard::litmus

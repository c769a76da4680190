#include "stress/model/protocol_rules.hpp"

#include <algorithm>

namespace stealyard::model {

namespace {

struct letter_meaning {
  char letter;
  std::string_view meaning;
};
// `owner` letters are the first thread's, `others` of the rest; no owner: every thread is alike.
struct protocol {
  std::string_view owner_name, others_name;
  std::string_view owner, others;
  std::span<const letter_meaning> meanings;
  std::string (*objection)(const program&, const variant_facts&);
};

bool has(const std::string& word, std::string_view any_of) { return word.find_first_of(any_of) != std::string::npos; }
std::size_t threads_with(const program& p, std::string_view any_of) {
  return static_cast<std::size_t>(std::count_if(p.threads.begin(), p.threads.end(), [&](const auto& t) { return has(t, any_of); }));
}

std::string too_many_sides(const program& p, const variant_facts& facts, std::string_view sends, std::string_view receives) {
  const bool one_sender = facts.who == arity::spsc || facts.who == arity::spmc,
             one_receiver = facts.who == arity::spsc || facts.who == arity::mpsc;
  if (one_sender && threads_with(p, sends) > 1) return "this buffer claims one producer";
  if (one_receiver && threads_with(p, receives) > 1) return "this buffer claims one consumer";
  return {};
}
std::string more_that_unwind(const program& p, std::string_view letters) {
  std::size_t n = 0;
  for (const std::string& t : p.threads)
    n += static_cast<std::size_t>(std::count_if(t.begin(), t.end(), [&](char c) { return letters.find(c) != letters.npos; }));
  return n > 1 ? "one goroutine that unwinds is all there is" : "";
}
std::string nothing_against(const program& p, const variant_facts&) { return p.capacity == 1 ? "" : "the first number is 1 here"; }
std::string against_chan(const program& p, const variant_facts& facts) {
  if (p.capacity > facts.most_capacity) return "the first number is from 1 to " + std::to_string(facts.most_capacity);
  return too_many_sides(p, facts, "st", "ry");
}
std::string against_select(const program& p, const variant_facts& facts) {
  if (p.capacity > facts.most_capacity) return "the first number is from 1 to " + std::to_string(facts.most_capacity);
  if (threads_with(p, "SRMXD") == 0) return "no select: see chan";
  return too_many_sides(p, facts, "tS", "yRXD");
}
std::string against_semaphore(const program& p, const variant_facts&) {
  if (p.capacity > 2) return "the first number is 1 or 2";
  return p.capacity == 1 && threads_with(p, "2") != 0 ? "2 takes more units than there are" : "";
}
std::string against_lock(const program& p, const variant_facts& facts) {
  const std::string why = more_that_unwind(p, "LWR");
  return why.empty() ? nothing_against(p, facts) : why;
}
std::string against_wait_group(const program& p, const variant_facts& facts) {
  if (threads_with(p, "d") == 0) return "no d: there is nothing to wait for";
  for (const std::string& t : p.threads) {
    const std::size_t last = t.rfind('n');
    if (last != std::string::npos && t.find('d', last) == std::string::npos)
      return "n without a later d of the same thread: the counter may be zero";
    if (t.find_first_of("dn", std::min(t.find_first_of("wW"), t.size())) != std::string::npos)
      return "work after w: the thread would wait for itself";
  }
  if (const std::string why = more_that_unwind(p, "W"); !why.empty()) return why;
  return nothing_against(p, facts);
}

constexpr letter_meaning chan_letters[] = {{'s', "send"},     {'r', "recv"},  {'t', "try_send"},
                                           {'y', "try_recv"}, {'c', "close"}, {'l', "length"}};
constexpr letter_meaning select_letters[] = {{'s', "send-a"},
                                             {'t', "send-b"},
                                             {'r', "recv-a"},
                                             {'y', "recv-b"},
                                             {'c', "close-a"},
                                             {'S', "select{send-a,send-b}"},
                                             {'R', "select{recv-a,recv-b}"},
                                             {'M', "select{send-a,recv-a}"},
                                             {'X', "select{send-a,recv-b}"},
                                             {'D', "select{recv-a,recv-b,default}"}};
constexpr letter_meaning mutex_letters[] = {{'l', "lock..unlock"}, {'t', "try_lock..unlock"}, {'L', "lock-and-unwind"}};
constexpr letter_meaning rw_mutex_letters[] = {{'w', "lock..unlock"},     {'r', "lock_shared..unlock_shared"},
                                               {'v', "try_lock..unlock"}, {'y', "try_lock_shared..unlock_shared"},
                                               {'W', "lock-and-unwind"},  {'R', "lock_shared-and-unwind"}};
constexpr letter_meaning semaphore_letters[] = {
    {'1', "acquire(1)..release"}, {'2', "acquire(2)..release"}, {'t', "try_acquire(1)..release"}};
constexpr letter_meaning wait_group_letters[] = {{'d', "done"}, {'w', "wait"}, {'n', "add(1),done"}, {'W', "wait-and-unwind"}};
constexpr letter_meaning cond_letters[] = {{'g', "give,signal"}, {'b', "give,broadcast"}, {'w', "take"}};
constexpr letter_meaning once_letters[] = {{'o', "call"}};
constexpr letter_meaning slots_letters[] = {
    {'u', "put-next"}, {'o', "take-next"}, {'p', "put-yielded"}, {'q', "take-yielded"}, {'k', "revoke"}};
constexpr letter_meaning timer_letters[] = {{'e', "reset"},    {'p', "put off"},  {'t', "stop"},
                                            {'f', "fire_due"}, {'y', "try_recv"}, {'r', "recv"}};

constexpr protocol chan_rules{"", "user", "", "srtycl", chan_letters, against_chan};
constexpr protocol select_rules{"", "user", "", "strycSRMXD", select_letters, against_select};
constexpr protocol mutex_rules{"", "user", "", "ltL", mutex_letters, against_lock};
constexpr protocol rw_mutex_rules{"", "user", "", "wrvyWR", rw_mutex_letters, against_lock};
constexpr protocol semaphore_rules{"", "user", "", "12t", semaphore_letters, against_semaphore};
constexpr protocol wait_group_rules{"", "user", "", "dwnW", wait_group_letters, against_wait_group};
constexpr protocol cond_rules{"", "user", "", "gbw", cond_letters, nothing_against};
constexpr protocol once_rules{"", "user", "", "o", once_letters, nothing_against};
constexpr protocol slots_rules{"owner", "revoker", "uopq", "k", slots_letters, nothing_against};
constexpr protocol timer_rules{"owner", "other", "ept", "fyr", timer_letters, nothing_against};

template <const protocol& Of>
kind_rules rules(std::string_view kind) {
  return {
      kind, nullptr,
      [](const program& p, const variant_facts& facts) -> std::string {
        if (p.threads.size() < 2 || p.threads.size() > most_threads) return "a program has 2 to 4 threads";
        if (p.capacity < 1) return "the first number is at least 1";
        std::size_t total = 0;
        for (std::size_t t = 0; t != p.threads.size(); ++t) {
          const std::string_view allowed = t == 0 && !Of.owner.empty() ? Of.owner : Of.others;
          const std::size_t wrong = p.threads[t].find_first_not_of(allowed);
          if (wrong != std::string::npos)
            return "thread " + std::to_string(t) + " has '" + p.threads[t][wrong] + "'; allowed there: " + std::string(allowed);
          total += p.threads[t].size();
        }
        return total > 8 ? "more than 8 operations" : Of.objection(p, facts);
      },
      [](char letter) -> std::string_view {
        for (const auto& l : Of.meanings) {
          if (l.letter == letter) return l.meaning;
        }
        return "-";
      },
      [](const program&, std::size_t thread) { return std::string(thread == 0 && !Of.owner.empty() ? Of.owner_name : Of.others_name); }};
}

}  // namespace

std::span<const kind_rules> protocol_rules() {
  static const kind_rules all[] = {
      rules<chan_rules>("chan"),         rules<select_rules>("select"),       rules<mutex_rules>("mutex"),
      rules<rw_mutex_rules>("rw_mutex"), rules<semaphore_rules>("semaphore"), rules<wait_group_rules>("wait_group"),
      rules<cond_rules>("cond"),         rules<once_rules>("once"),           rules<slots_rules>("private_slots"),
      rules<timer_rules>("timer"),
  };
  return all;
}

}  // namespace stealyard::model

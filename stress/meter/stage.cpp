#include "stress/meter/stage.hpp"

#include <fstream>
#include <map>
#include <utility>
#include <vector>

namespace stealyard::meter {

namespace {

constexpr std::size_t stack_size = std::size_t{256} << 10;

// Stacks of actors that are gone: fresh memory costs more than a whole call.
std::vector<std::unique_ptr<char[]>>& spare_stacks() {
  static std::vector<std::unique_ptr<char[]>> spare;
  return spare;
}

}  // namespace

actor::~actor() {
  if (stack_ != nullptr) spare_stacks().push_back(std::move(stack_));
}

void actor::begin() {
  actor& me = *current;
  me.call_();
  me.last_ = me.next_;
  me.ended_ = true;
  swapcontext(&me.context_, &me.controller_);
}

bool actor::run(std::size_t steps) {
  if (ended_) return true;
  if (!started_) {
    started_ = true;
    if (spare_stacks().empty()) spare_stacks().push_back(std::make_unique_for_overwrite<char[]>(stack_size));
    stack_ = std::move(spare_stacks().back());
    spare_stacks().pop_back();
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_.get();
    context_.uc_stack.ss_size = stack_size;
    context_.uc_link = nullptr;
    makecontext(&context_, &actor::begin, 0);
  }
  allowance_ = steps;
  actor* const outer = std::exchange(current, this);
  swapcontext(&controller_, &context_);
  current = outer;
  return ended_;
}

void actor::stop_here(const place& p) {
  last_ = next_;
  next_ = p;
  while (allowance_ == 0) swapcontext(&context_, &controller_);
  --allowance_;
  ++steps_;
}

std::string to_string(const place& p) {
  if (p.at.line() == 0) return p.what;
  static std::map<std::string, std::vector<std::string>> files;
  const std::string path = p.at.file_name();
  auto [found, fresh] = files.try_emplace(path);
  if (fresh) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) found->second.push_back(line);
  }
  const std::size_t slash = path.find_last_of('/');
  const std::string where = path.substr(slash == path.npos ? 0 : slash + 1) + ":" + std::to_string(p.at.line());
  if (p.at.line() > found->second.size()) return where;
  const std::string& text = found->second[p.at.line() - 1];
  const std::size_t comment = text.rfind("// ");
  if (comment == text.npos) return where;
  const std::string row = text.substr(comment + 3);
  return row.substr(0, row.find_first_of(" ;,")) + " (" + where + ")";
}

}  // namespace stealyard::meter

#include "stress/model/linearizability.hpp"

#include "stress/model/scenario.hpp"

namespace stealyard::model {

seen_states linearization_memo;

operation history::begin(char letter, const char* verb, std::uint8_t value) noexcept {
  operation op;
  op.letter = letter;
  op.thread = world::model_thread();
  op.value = value;
  checked::happened(op.seen);
  op.began = checked::mark();
  if (value != 0) {
    world::the_trace.note(op.thread, "%s %d:", verb, value);
  } else {
    world::the_trace.note(op.thread, "%s:", verb);
  }
  return op;
}

void history::end(operation& op) noexcept {
  require(count_ != most, "the model's history is full: a loop that never ends?");
  op.ended = checked::mark();
  checked::happened(op.learned);
  operations_[count_++] = op;
  if (op.answers) {
    world::the_trace.note(op.thread, "  = %s", op.flag ? "true" : "false");
  } else if (op.result == outcome::ok && op.value != 0) {
    world::the_trace.note(op.thread, "  = %d", op.value);
  } else {
    world::the_trace.note(op.thread, "  = %s", to_string(op.result).data());
  }
}

void history::end(operation& op, bool answer) noexcept {
  op.answers = true;
  op.flag = answer;
  end(op);
}

void history::order() noexcept {
  for (unsigned i = 0; i != count_; ++i) {
    operation& op = operations_[i];
    op.before = 0;
    for (unsigned j = 0; j != count_; ++j) {
      const operation& other = operations_[j];
      const bool earlier = other.thread == op.thread ? j < i : op.seen[other.thread] >= other.ended;
      if (j != i && earlier) op.before |= std::uint64_t{1} << j;
    }
  }
  for (unsigned i = 0; i != count_; ++i) {
    operation& op = operations_[i];
    op.overlapped = false;
    for (unsigned j = 0; j != count_; ++j) {
      const bool ordered = (op.before >> j & 1) != 0 || (operations_[j].before >> i & 1) != 0;
      if (operations_[j].thread != op.thread && !ordered) op.overlapped = true;
    }
  }
}

}  // namespace stealyard::model

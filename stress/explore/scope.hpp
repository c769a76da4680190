// scope: every program of a kind within a bound, smallest first, from what the kind's contract allows.
#pragma once
#include "stress/model/suite.hpp"

namespace stealyard::explore {

struct scope {
  unsigned operations = 4;  // of all threads together
  unsigned threads = 3;
  unsigned capacity = 2;    // the largest
};

// Of all threads together; programs come in ascending order of it.
std::size_t operations_of(const model::program& p);

// Programs that differ only in the order of threads that play the same part are one program, where such threads are alike (scope.cpp). None
// in which fewer than two threads act.
std::vector<model::program> programs_within(const model::model_entry& entry, const scope& s);

}  // namespace stealyard::explore

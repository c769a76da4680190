// Stealyard: Go's concurrency model in C++. What users include; the example in README.md is a test.
#pragma once
#include "core/go/bubble.hpp"
#include "core/go/chan.hpp"
#include "core/go/context.hpp"
#include "core/go/leaks.hpp"
#include "core/go/panic.hpp"
#include "core/go/run.hpp"
#include "core/go/select.hpp"
#include "core/go/sync.hpp"
#include "core/go/time.hpp"
#include "core/go/timer.hpp"

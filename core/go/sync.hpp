// sync: everything of Go's sync and golang.org/x/sync that there is.
#pragma once
#include "core/go/cond.hpp"
#include "core/go/errgroup.hpp"
#include "core/go/mutex.hpp"
#include "core/go/once.hpp"
#include "core/go/pool.hpp"
#include "core/go/rw_mutex.hpp"
#include "core/go/semaphore.hpp"
#include "core/go/singleflight.hpp"
#include "core/go/sync_map.hpp"
#include "core/go/wait_group.hpp"

// Compiled twice, with CODEGEN_WORLD naming native's own header and that of the world over plain std::atomic; each function below
// must come out the same (stress/codegen/test_codegen.py).
#include CODEGEN_WORLD

#include "core/go/chan_core.hpp"
#include "registry/channel_buffers.hpp"
#include "registry/parkers.hpp"
#include "registry/run_queues.hpp"
#include "stress/codegen/platform.hpp"

#include <cstdint>

using stealyard::landing;
using stealyard::native;
using stealyard::outcome;
using element = std::uint64_t;
using channel = stealyard::chan_core<stealyard::codegen::platform<native>, element>;

#define RUN_QUEUE(NAME)                                                    \
  namespace run_queue_##NAME {                                             \
    using queue = stealyard::run_queue::NAME<native, void*>;               \
    outcome try_push(queue& q, void* item) { return q.try_push(item); }    \
    outcome try_pop(queue& q, void*& into) { return q.try_pop(into); }     \
    outcome try_steal(queue& q, void*& into) { return q.try_steal(into); } \
    bool probably_empty(const queue& q) { return q.probably_empty(); }     \
  }
STEALYARD_RUN_QUEUES(RUN_QUEUE)

#define CHANNEL_BUFFER(NAME)                                                       \
  namespace channel_buffer_##NAME {                                                \
    using buffer = stealyard::channel_buffer::NAME<native, element>;               \
    outcome try_push(buffer& b, element& value) { return b.try_push(value); }      \
    outcome try_pop(buffer& b, landing<element>& into) { return b.try_pop(into); } \
    bool close(buffer& b) { return b.close(); }                                    \
    std::size_t length(const buffer& b) { return b.length(); }                     \
  }
STEALYARD_CHANNEL_BUFFERS(CHANNEL_BUFFER)

#define PARKER(NAME)                                                                     \
  namespace parker_##NAME {                                                              \
    using parker = stealyard::parker::NAME<native>;                                      \
    bool park(parker& p, stealyard::nanoseconds_t deadline) { return p.park(deadline); } \
    void unpark(parker& p) { p.unpark(); }                                               \
  }
STEALYARD_PARKERS(PARKER)

namespace channel_operations {
outcome send(channel& c, element& value) { return c.send(value, nullptr); }
outcome recv(channel& c, landing<element>& into) { return c.recv(into, nullptr); }
outcome try_send(channel& c, element& value) { return c.try_send(value); }
outcome try_recv(channel& c, landing<element>& into) { return c.try_recv(into); }
bool close(channel& c) { return c.close(); }
}  // namespace channel_operations

// checked: the world that this executable checks suites in. Beside what every world has, it offers
//   time()            the clock as it stands, without a step of it
//   happened(into)    for each thread, the last of its marks that happens before the calling thread's next step
//   mark()            a new mark of the calling thread
//   set_self(i)       another identity for the calling thread
#pragma once
#if defined(STEALYARD_EXPLORER)
#include "stress/explore/world.hpp"
namespace stealyard {
using checked = explorer;
}
#else
#include "stress/world/relacy.hpp"
namespace stealyard {
using checked = relacy;
}
#endif

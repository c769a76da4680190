// self_check: is the instrument what it says? Small hand-written suites whose verdict is known, one for each thing the world promises.
#pragma once

namespace stealyard::model {

int run_self_check();  // 0, or 1 if a verdict was another than the known one

}  // namespace stealyard::model

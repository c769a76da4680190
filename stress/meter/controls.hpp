// controls: objects whose progress is known, right and wrong claims of them, and what the meter must say of each.
#pragma once

namespace stealyard::meter {

// True if every verdict is the known one. Prints those that are not.
bool check_controls();

}  // namespace stealyard::meter

// control: variants of the instrument's own, whose verdict is known.
#pragma once

namespace stealyard::load {

// channel_buffer.control_per_producer, which must be refuted; channel_buffer.control_per_producer_relaxed, which must not.
void add_controls();

}  // namespace stealyard::load

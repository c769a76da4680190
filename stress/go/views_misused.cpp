// Every line that ends in `wrong` must be an error, and no other: views_misused.cmake compiles this and compares.
#include "core/go/chan.hpp"

using namespace stealyard;

void misuse(chan<int> c, send_only<int> s, recv_only<int> r) {
  (void)s.recv();        // wrong
  (void)s.recv_ok();     // wrong
  (void)s.try_recv();    // wrong
  for (int x : s) (void)x;  // wrong
  r.send(1);             // wrong
  r.try_send(1);         // wrong
  r.close();             // wrong
  chan<int> from_s = s;  // wrong
  chan<int> from_r = r;  // wrong
  recv_only<int> turned = s;  // wrong
  s = c;
  r = c;
  s.send(r.recv());
  s.close();
}

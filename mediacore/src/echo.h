/*
 * A build whose sockets say back what they are told, for suites that test WebSockets and know nothing of rooms:
 * the same endpoint, reader and queue, without STATE and text, and with room for a suite's longest messages.
 * tests/autobahn builds it beside the shipped one (-DMC_ECHO=1), which has none of it.
 */
#ifndef MC_ECHO_H
#define MC_ECHO_H

#ifndef MC_ECHO
#define MC_ECHO 0
#endif

enum { MC_ECHO_MAX_BYTES = 1 << 16 };

#endif

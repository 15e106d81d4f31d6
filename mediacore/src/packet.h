/*
 * One Opus packet of 20 ms and where it stands in its speaker's stream (docs/protocol.md, TALK).
 */
#ifndef MC_PACKET_H
#define MC_PACKET_H

#include <stdbool.h>
#include <stdint.h>

enum { MC_PACKET_BYTES = 1275 }; /* RFC 6716 section 3.2.1: the longest frame */

typedef struct mc_packet {
    uint32_t timestamp;  /* of its first sample, at 48 kHz; wraps */
    uint16_t sequence;   /* wraps */
    uint16_t len_bytes;  /* 1 .. MC_PACKET_BYTES */
    uint16_t early;      /* so many samples before the tick that took it up it was there, 0 .. 960 */
    uint32_t arrived_us; /* on the core's clock; wraps */
    bool begins;         /* the first of another microphone: its stream has nothing to do with the last */
    uint8_t payload[MC_PACKET_BYTES];
} mc_packet;

#endif

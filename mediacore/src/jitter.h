/*
 * An adaptive jitter buffer for one speaker: packets go in as they come, one comes out each tick.
 *
 * Time is the room's tick, given with each call; put and get belong to one thread, which drains what arrived
 * before a tick with put and then gets. The depth follows the jitter of the last 60 to 80 packets: it rises
 * when a packet comes late, and what is no longer needed is shed one frame at a time. Never more than 200 ms
 * wait. Sequence and timestamp are those of docs/protocol.md (and RFC 3550 section 5.1), and may wrap.
 * Nothing allocates after init.
 */
#ifndef MC_JITTER_H
#define MC_JITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

typedef enum {
    MC_JITTER_EMPTY,  /* silence: nothing was sent, or it is not due yet */
    MC_JITTER_PACKET, /* *out is due */
    MC_JITTER_LOST,   /* a frame is missing: conceal it */
    MC_JITTER_SHED,   /* *out and what the next call in the same tick gives make one frame together */
} mc_jitter_result;

enum { MC_JITTER_SLOTS = 64, MC_JITTER_SPANS = 4 };

/* The shortest and the longest transit among some consecutive packets: arrival less timestamp, in samples. */
typedef struct {
    uint32_t shortest, longest;
} mc_jitter_span;

/* Fields are private. Times are in samples at 48 kHz, modulo 2^32. */
typedef struct mc_jitter {
    mc_packet *slots; /* by sequence modulo MC_JITTER_SLOTS */
    uint64_t present; /* a bit for each slot in use */
    bool running;
    uint16_t next_sequence;
    uint32_t transit; /* from timestamp to playing: what is due at a tick is tick * 960 - transit */

    mc_jitter_span spans[MC_JITTER_SPANS];
    uint32_t n_spans, span_packets;
    uint32_t base;   /* the shortest transit in all spans */
    uint32_t target; /* how far behind base to play */

    uint32_t n_lost;      /* in a row */
    uint32_t shed_tick;   /* when a frame was last shed */
    uint32_t needed_tick; /* when the depth was last no more than the target */
} mc_jitter;

/* Takes the memory. 0 or MC_E_MEMORY; after an error deinit is allowed. */
int mc_jitter_init(mc_jitter *jitter);

void mc_jitter_deinit(mc_jitter *jitter);

/* Forgets every packet and all that was learnt; the next packet begins a stream. */
void mc_jitter_reset(mc_jitter *jitter);

/*
 * Copies one packet in. 0: accepted; 1: dropped, because its time is over or it is there already. A packet
 * more than 5 s away from the stream, either way, in sequence or in time, begins a new stream.
 */
int mc_jitter_put(mc_jitter *jitter, uint32_t tick, const mc_packet *packet);

/*
 * What is to be heard at this tick. *out is set on PACKET and SHED, else NULL; it points into the buffer and
 * is valid until the next put or reset. SHED is always followed by PACKET, from a second get in the same
 * tick. On LOST, *next is the packet behind the missing one when that is there, since its in-band FEC may
 * stand in; else NULL. After three LOST in a row comes EMPTY.
 */
mc_jitter_result mc_jitter_get(mc_jitter *jitter, uint32_t tick, const mc_packet **out,
                               const mc_packet **next);

/* How long a packet that was under way for the shortest time waits, 0 .. 200. */
uint32_t mc_jitter_delay_ms(const mc_jitter *jitter);

/* How long it should wait, for the jitter seen: 20 .. 200, whole frames. */
uint32_t mc_jitter_target_ms(const mc_jitter *jitter);

#endif

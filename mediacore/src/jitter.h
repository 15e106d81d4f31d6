/*
 * An adaptive jitter buffer for one speaker: packets go in as they come, one comes out each tick.
 *
 * Time is the room's tick, given with each call. put and get belong to one thread, which drains with put what
 * arrived before a tick and then gets. Sequence and timestamp are those of docs/protocol.md (and RFC 3550
 * section 5.1), and may wrap. Nothing allocates after init.
 *
 * How long packets wait follows the jitter of the last 60 to 80 of them. A packet that comes late makes the
 * wait longer at once; a wait that has become too long is worked off by shedding frames: down to three too many
 * one each 100 ms, these three one each 5 s, unheard where there is silence. No packet waits longer than 200
 * ms: what is behind by more is dropped.
 *
 * A stream begins with a wait of a frame. One that turns out steady waits for the next tick alone, and for the
 * one after that if it comes closer to a tick than 5 ms.
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

enum { MC_JITTER_SLOTS = 32, MC_JITTER_SPANS = 4 };

/* The shortest and the longest transit among some consecutive packets: arrival less timestamp. */
typedef struct {
    uint32_t shortest, longest;
} mc_jitter_span;

/* Fields are private. Times but for the ticks are in samples at 48 kHz, modulo 2^32. */
typedef struct mc_jitter {
    mc_packet *slots; /* by sequence modulo MC_JITTER_SLOTS */
    uint32_t present; /* a bit for each slot in use */
    bool running;
    uint16_t next_sequence;
    uint32_t transit; /* from timestamp to playing: what is due at a tick is tick * 960 - transit */

    mc_jitter_span spans[MC_JITTER_SPANS];
    uint32_t span, span_packets; /* the one that is being filled */
    uint32_t base;               /* the shortest transit in all spans */
    uint32_t target;             /* how far behind base to play */
    uint32_t latest; /* the longest time from timestamp to arrival since somebody asked for the aim */
    int32_t n_aimed; /* packets since then; negative: they may still come as they did before */

    uint32_t n_lost;       /* in a row */
    uint32_t n_wild;       /* packets that began a stream anew */
    uint32_t settled_tick; /* when the wait was last as it should be, or a frame was shed */
} mc_jitter;

/* Takes the memory. 0 or MC_E_MEMORY; after an error deinit is allowed. */
int mc_jitter_init(mc_jitter *jitter);

void mc_jitter_deinit(mc_jitter *jitter);

/* Forgets every packet and all that was learnt; the next packet begins a stream. */
void mc_jitter_reset(mc_jitter *jitter);

/*
 * Copies one packet in, of its payload len_bytes (the caller has checked them). 0: accepted; 1: dropped,
 * because its time is over or it is there already. A packet more than 5 s away from the stream, either way,
 * in sequence or in time, begins a new stream.
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

/* How long a packet that was under way for the shortest time waits from the tick that took it up, 0 .. 200. */
uint32_t mc_jitter_delay_ms(const mc_jitter *jitter);

/* How long it should wait, for the jitter seen: 0 .. 200, whole frames. */
uint32_t mc_jitter_target_ms(const mc_jitter *jitter);

/*
 * How much later packets could have come, in samples, negative: how much sooner they should: so that the last of them
 * came 9 ms before the tick that plays it. -240 .. 720, for a frame more or less is the same; 0 is as good as it gets,
 * or what is to be said of fewer than 60 packets, or of some that came wildly. Counts anew, from the 120th packet on: a
 * microphone moves its frames in a quiet moment.
 */
int32_t mc_jitter_take_aim(mc_jitter *jitter);

#endif

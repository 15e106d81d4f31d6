/*
 * Someone on the stage: packets in from their socket, one frame of sound out each tick. Stateful; no socket,
 * no clock.
 *
 * Two threads meet here and nowhere else: the loop of the person's sockets offers packets, the room's mixer
 * takes them. Each holds one reference; the speaker is handed to the core's retirement list when the second
 * lets go.
 */
#ifndef MC_SPEAKER_H
#define MC_SPEAKER_H

#include <opus/opus.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "encoder.h"
#include "jitter.h"
#include "level.h"
#include "mediacore.h"
#include "retire.h"
#include "ring.h"
#include "wire.h"

/* A decoder that is behind by more packets is given this many, the last: it has then forgotten what it missed. */
enum { MC_PASSED_OVER = 8 };

typedef struct mc_speaker {
    mc_retired retired; /* first: a retired speaker is found by it */
    atomic_int references;
    mc_ring inbound;
    bool begins;         /* the loop's: what is offered next comes from another socket */
    _Atomic int16_t aim; /* the mixer's for the loop: mc_speaker_take_aim() */

    /* The mixer's from here on. */
    uint64_t person;
    uint8_t seat;
    bool muted;
    char track[MC_TRACK_NAME_BYTES]; /* "": never written */
    mc_jitter jitter;
    OpusDecoder *opus;
    mc_packet *passed_over; /* the last MC_PASSED_OVER that said themselves that they were silent */
    uint32_t n_passed_over; /* in a row */
    mc_level level;
    mc_encoder own;      /* the mix without this voice */
    bool on_own;         /* was sent the own stream in the last tick */
    uint32_t turn_start; /* tick, while talking */
    uint32_t aim_tick;   /* when the aim was last taken, or the stream began */

    /* This tick's result. */
    float pcm[MC_TICK_SAMPLES];
    const mc_packet *packet; /* what pcm was decoded from, NULL when it was concealed or silent */
    uint8_t level_byte;      /* RFC 6464 section 3 */
    bool audible;            /* pcm belongs into the mix */
    bool talking;
    bool sounding; /* the decoder still has something to fade out */
} mc_speaker;

/* A speaker with two references. 0, MC_E_MEMORY or MC_E_CODEC. */
int mc_speaker_new(const mc_core_config *config, const mc_member *member, mc_speaker **out);

/* Frees it whatever the references; for the last one who knows it. */
void mc_speaker_free(mc_speaker *speaker);

/* Drops one reference; true when it was the last and the caller must retire it. Any thread. */
bool mc_speaker_release(mc_speaker *speaker);

/* The loop's side: what is offered from now on comes from another socket, whose stream begins anew. */
void mc_speaker_begin(mc_speaker *speaker);

/* The loop's side: offers one packet. 0, MC_E_PACKET (not one 20 ms Opus frame) or MC_E_FULL. */
int mc_speaker_offer(mc_speaker *speaker, const mc_talk_frame *frame, uint64_t arrived_us);

/*
 * The loop's side: by how many samples this microphone's frames should begin later (negative: sooner), so that they do
 * not wait for their tick; 0: nothing new is to be said.
 */
int16_t mc_speaker_take_aim(mc_speaker *speaker);

/*
 * The mixer's side: works out this tick's sound. Who is silent costs no decoding: packets that say so themselves (DTX,
 * or SILK's own voice activity) are kept, and decoded once something is said. Adds to decodes, conceals,
 * packets_late, packets_refused.
 */
void mc_speaker_tick(mc_speaker *speaker, uint32_t tick, uint64_t now_us, mc_counters *counters);

#endif

/*
 * A room's sound, one tick at a time: who talks, the mix all others share, the mix without their own voice
 * for those who talk, what is recorded. Stateful; no socket, no thread, no clock of its own: mc_room_tick()
 * is the passing of 20 ms.
 *
 * The tick neither allocates, locks, logs nor blocks. It belongs to one thread; so do all calls here but new
 * and free.
 */
#ifndef MC_ROOM_H
#define MC_ROOM_H

#include "crowd.h"
#include "encoder.h"
#include "mediacore.h"
#include "mixer.h"
#include "recorder.h"
#include "speaker.h"

typedef struct mc_room mc_room;

/* A packet for listeners' ears. person 0: all who are silent; otherwise one who talks. Valid during the call.
 */
typedef struct {
    uint64_t person;
    uint32_t tick;
    uint8_t stream; /* mc_stream */
    uint8_t flags;  /* MC_HEAR_FRESH */
    uint16_t len_bytes;
    const uint8_t *payload;
} mc_heard;

/* Where a room's results go. In a tick every own frame comes before the shared one, which is the last. */
typedef struct {
    void *ctx;
    void (*hear)(void *ctx, mc_room *room, const mc_heard *heard);
    void (*levels)(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes);
    int (*record)(void *ctx, mc_room *room, const mc_rec_item *item); /* 0 or MC_E_FULL */
    void (*talking)(void *ctx, mc_room *room, uint64_t person, bool talks);
} mc_room_sink;

struct mc_room {
    mc_retired retired; /* first: a retired room is found by it */
    uint32_t slot;      /* the core's index of this room */
    uint64_t id;
    uint32_t first_tick;
    uint16_t preskip; /* of what it records: the encoder's lookahead, in samples */
    uint32_t tick;    /* the next to run; the thread's that runs them */
    uint64_t now_us;  /* when that is due, on the clock that packets arrive on */
    mc_room_sink sink;
    mc_crowd *crowd; /* the core's */

    /* Its conductor's (conductor.h). */
    mc_ring commands;        /* they stay with the room, whoever has it */
    _Atomic uint32_t wanted; /* the conductor that it belongs to, as the core sees it */
    struct mc_room *next;    /* among those on their way to a conductor */
    uint64_t due_us;         /* on the way: of its next tick; 0: whenever it arrives */
    bool closing;

    bool frugal; /* encoded as cheaply as can be */
    mc_speaker *speakers[MC_STAGE_SEATS];
    uint32_t n_speakers;
    mc_encoder shared;
    mc_limiter shared_limiter;
    mc_limiter own_limiter[MC_STAGE_SEATS];

    mc_recording *recording; /* NULL: none */
    bool recording_ending;
    mc_encoder recorded; /* used from when someone on the stage withholds their voice until a silence after */
    mc_limiter recorded_limiter;
    bool recorded_apart;
    uint8_t peak;

    bool levels_shown;
};

/* A room whose sink is still to be set. 0, MC_E_ARGUMENT, MC_E_MEMORY or MC_E_CODEC. */
int mc_room_new(const mc_core_config *config, uint64_t id, uint32_t first_tick, mc_room **out);

/* Frees the room, not its speakers nor its recording. NULL is allowed. */
void mc_room_free(mc_room *room);

/* Runs one tick. */
void mc_room_tick(mc_room *room, mc_counters *counters);

/* How its mixes are encoded from now on (mc_encoder_set_frugal()); now and for those who come. */
void mc_room_set_frugal(mc_room *room, bool frugal);

/* Puts a speaker on the stage (there is room for 13; the caller sees to it). */
void mc_room_seat(mc_room *room, mc_speaker *speaker);

/* Takes one off; what they said until now is on record. */
void mc_room_unseat(mc_room *room, mc_speaker *speaker);

/* The file that this voice is written to from now on; "" ends that. */
void mc_room_set_track(mc_room *room, mc_speaker *speaker, const char *track);

void mc_room_record_start(mc_room *room, mc_recording *recording);

/* The last turns and the end mark; what finds the recorder's queue full is pushed at the next tick. */
void mc_room_record_end(mc_room *room);

#endif

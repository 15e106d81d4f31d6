/*
 * The recorder: one thread that writes what the mixers push, page by page, into Ogg Opus files that are whole
 * at any instant. A slow or full disk costs the recording, never the room.
 *
 * A recording is a directory: mix.opus, a file a track, peaks.u8 (a byte each 100 ms: the mix's peak, 255 is
 * full scale) and turns.ndjson ({"person":7,"start_ms":0,"end_ms":1280} a line). All have one timeline, which
 * begins at the first tick of the first opening. A directory that holds files is continued.
 */
#ifndef MC_RECORDER_H
#define MC_RECORDER_H

#include "mediacore.h"
#include "ring.h"

typedef struct mc_recorder mc_recorder;
typedef struct mc_recording mc_recording;

typedef enum {
    MC_REC_MIX = 1, /* payload: the mix's packet of this tick; one a tick keeps the recording's time */
    MC_REC_TRACK,   /* payload: a speaker's packet, track: whose */
    MC_REC_PEAK,    /* payload: one byte; one each 5 ticks */
    MC_REC_TURN,    /* person talked in ticks [tick, end_tick) */
    MC_REC_END,     /* the last item of a recording */
} mc_rec_kind;

/* Fields that a kind does not name are ignored. Opus packets are of 20 ms and 1 to 1,275 bytes. */
typedef struct {
    uint32_t kind;     /* mc_rec_kind */
    uint32_t tick;     /* the room's */
    uint32_t end_tick; /* MC_REC_TURN */
    uint32_t len_bytes;
    uint64_t person; /* MC_REC_TURN */
    mc_recording *recording;
    const char *track; /* a file name in ".opus", shorter than MC_TRACK_NAME_BYTES; copied */
    const uint8_t *payload;
} mc_rec_item;

/* MC_EV_RECORD_INTERRUPTED, _RESUMED or _CLOSED, from the thread that runs the recorder. */
typedef void (*mc_recorder_emit)(void *ctx, const mc_event *event);

typedef struct {
    uint32_t n_producers;
    int threaded; /* 0: the caller calls mc_recorder_run() */
    mc_recorder_emit emit;
    void *emit_ctx;
} mc_recorder_config;

/* MC_E_ARGUMENT, MC_E_MEMORY, MC_E_SYSTEM. */
int mc_recorder_new(const mc_recorder_config *config, mc_recorder **out);

/* Writes what is queued, ends every recording, frees all. The producers have stopped. NULL is allowed. */
void mc_recorder_free(mc_recorder *recorder);

/*
 * Any thread. Touches no file: the recorder's thread opens them, and reports what fails as an interruption.
 * preskip is the lookahead of the mix's encoder, in samples, at most 648. first_tick is where the timeline of
 * a new recording begins; one that is continued keeps its own, and what it has is not written twice.
 * *out is the recorder's; it is gone once MC_REC_END was pushed. MC_E_ARGUMENT, MC_E_MEMORY.
 */
int mc_recording_open(mc_recorder *recorder, uint64_t room, const char *directory, uint32_t first_tick,
                      uint16_t preskip, mc_recording **out);

/*
 * Copies an item into the queue of this producer (0 .. n_producers - 1), to be called by one thread a
 * producer; all of a recording's items go through one at a time: through another once these were taken. Never blocks, locks, allocates or calls the system.
 * MC_E_FULL: dropped and counted (push an MC_REC_END again at the next tick). MC_E_ARGUMENT.
 */
int mc_recorder_push(mc_recorder *recorder, uint32_t producer, const mc_rec_item *item);

/* This producer: the queue in which its items wait for the writer. */
const mc_ring *mc_recorder_queue(const mc_recorder *recorder, uint32_t producer);

/* One turn of the writer: all that is queued, then what is due (pages, syncs, retries). Items taken. */
int mc_recorder_run(mc_recorder *recorder, uint64_t now_ms);

/* Any thread. Adds to the record_* counters. */
void mc_recorder_counts(mc_recorder *recorder, mc_counters *counters);

/* Any thread. How long before now_ms the writer's last turn began. */
uint64_t mc_recorder_lag_ms(mc_recorder *recorder, uint64_t now_ms);

/* Any thread. 0 while that is a second at most, otherwise MC_E_STATE. */
int mc_recorder_alive(mc_recorder *recorder, uint64_t now_ms);

#endif

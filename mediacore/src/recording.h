/*
 * One recording: its files, its timeline, and whether the disk takes it. Made by any thread, then the
 * recorder's alone.
 */
#ifndef MC_RECORDING_H
#define MC_RECORDING_H

#include <stdatomic.h>

#include "beside.h"
#include "opus_file.h"
#include "recorder.h"

/* Where recordings report to. */
typedef struct {
    mc_recorder_emit emit;
    void *emit_ctx;
    _Atomic uint64_t bytes;
    _Atomic uint64_t packets;
    _Atomic uint64_t errors;
} mc_recording_sink;

/* The mix, or a track. */
typedef struct mc_recorded {
    struct mc_recorded *next;
    int failed; /* nothing more is put; tried again at retry_ms */
    uint64_t retry_ms;
    char name[MC_TRACK_NAME_BYTES];
    mc_opus_file file;
} mc_recorded;

/* Ticks are the room's. */
struct mc_recording {
    mc_recording *next; /* the recorder's */
    mc_recording_sink *sink;
    uint64_t room;
    int ended; /* MC_REC_END was taken */
    int opened;
    int dir_fd; /* -1: not open */
    int names_unsynced;
    uint16_t preskip;
    uint32_t first_tick;
    uint32_t end_tick;  /* behind the latest item */
    uint32_t lost_tick; /* while interrupted: the first that was lost */
    uint32_t n_failed;
    uint64_t sync_ms;
    mc_beside beside;
    mc_recorded mix;
    mc_recorded *tracks;
    char directory[];
};

/* Touches no file. MC_E_ARGUMENT, MC_E_MEMORY. */
int mc_recording_new(mc_recording_sink *sink, uint64_t room, const char *directory, uint32_t first_tick,
                     uint16_t preskip, mc_recording **out);

void mc_recording_take(mc_recording *recording, const mc_rec_item *item, uint64_t now_ms);

/* What is due: pages of those who fell silent, a sync each second, another try at what failed. */
void mc_recording_tend(mc_recording *recording, uint64_t now_ms);

/* Last pages, MC_EV_RECORD_CLOSED, and frees all. */
void mc_recording_close(mc_recording *recording, uint64_t now_ms);

#endif

#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RETRY_MS = 1000,
    SYNC_MS = 1000,
    /* What a speaker's encoder holds back, in samples. The mix has been through that one and its own: with
       both skipped there, it and the tracks lie on one line. */
    SPEAKER_LOOKAHEAD = 312,
};

int mc_recording_new(mc_recording_sink *sink, uint64_t room, const char *directory, uint32_t first_tick,
                     uint16_t preskip, mc_recording **out) {
    /* One silent packet must suffice to bring out what the codecs hold back. */
    if (!directory || preskip > MC_TICK_SAMPLES - SPEAKER_LOOKAHEAD)
        return MC_E_ARGUMENT;
    size_t len_bytes = strlen(directory) + 1;
    mc_recording *recording = calloc(1, sizeof *recording + len_bytes);
    if (!recording)
        return MC_E_MEMORY;
    memcpy(recording->directory, directory, len_bytes);
    memcpy(recording->mix.name, "mix.opus", sizeof "mix.opus");
    recording->sink = sink;
    recording->room = room;
    recording->preskip = preskip;
    recording->first_tick = recording->end_tick = first_tick;
    recording->dir_fd = -1;
    mc_beside_init(&recording->beside);
    mc_opus_file_init(&recording->mix.file);
    *out = recording;
    return 0;
}

static void emit(const mc_recording *recording, mc_event_kind kind, uint32_t code, uint64_t n_ticks) {
    mc_event event = {.kind = kind, .code = code, .room = recording->room, .value = n_ticks * MC_TICK_MS};
    recording->sink->emit(recording->sink->emit_ctx, &event);
}

static uint32_t error_code(int status) {
    switch (status) {
    case MC_E_CORRUPT:
        return EBADMSG;
    case MC_E_MEMORY:
        return ENOMEM;
    default:
        return (uint32_t)errno;
    }
}

static void count_error(mc_recording *recording) {
    atomic_fetch_add_explicit(&recording->sink->errors, 1, memory_order_relaxed);
}

static void count_written(mc_recording *recording, mc_opus_file *file) {
    uint64_t n_bytes, n_packets;
    mc_opus_file_take_counts(file, &n_bytes, &n_packets);
    atomic_fetch_add_explicit(&recording->sink->bytes, n_bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&recording->sink->packets, n_packets, memory_order_relaxed);
}

/* A page that could not be written is lost; silence before it is not. */
static uint32_t first_lost(const mc_recording *recording, const mc_opus_file *file) {
    uint32_t written = file->head.first_tick + file->n_written;
    uint32_t n_seen = recording->end_tick - recording->first_tick;
    uint32_t page = recording->end_tick - (n_seen < MC_OGG_PAGE_PACKETS ? n_seen : MC_OGG_PAGE_PACKETS);
    return written > page ? written : page;
}

static void fail(mc_recording *recording, mc_recorded *recorded, int status, uint64_t now_ms) {
    uint32_t code = error_code(status);
    count_error(recording);
    recorded->retry_ms = now_ms + RETRY_MS;
    if (recorded->failed)
        return;
    recorded->failed = 1;
    if (recording->n_failed++ > 0)
        return;
    recording->lost_tick = first_lost(recording, &recorded->file);
    emit(recording, MC_EV_RECORD_INTERRUPTED, code, 0);
}

static void settle(mc_recording *recording, mc_recorded *recorded, int status, uint64_t now_ms) {
    if (status)
        fail(recording, recorded, status, now_ms);
    count_written(recording, &recorded->file);
}

static int open_directory(mc_recording *recording) {
    if (recording->dir_fd < 0)
        recording->dir_fd = open(recording->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return recording->dir_fd < 0 ? MC_E_SYSTEM : 0;
}

static void see_end(mc_recording *recording, uint32_t tick) {
    if (tick > recording->end_tick)
        recording->end_tick = tick;
}

static int open_recorded(mc_recording *recording, mc_recorded *recorded) {
    int is_mix = recorded == &recording->mix;
    mc_ogg_head fresh = {.first_tick = recording->first_tick,
                         .preskip = (uint16_t)(SPEAKER_LOOKAHEAD + (is_mix ? recording->preskip : 0))};
    int status = open_directory(recording);
    if (!status)
        status = mc_opus_file_open(&recorded->file, recording->dir_fd, recorded->name, &fresh);
    if (status)
        return status;
    recording->names_unsynced = 1;
    if (is_mix) {
        recording->first_tick = recorded->file.head.first_tick;
        see_end(recording, mc_opus_file_end_tick(&recorded->file));
    }
    return 0;
}

static void open_beside(mc_recording *recording) {
    if (recording->dir_fd >= 0 && mc_beside_open(&recording->beside, recording->dir_fd, 1))
        count_error(recording);
}

static void open_once(mc_recording *recording, uint64_t now_ms) {
    if (recording->opened)
        return;
    recording->opened = 1;
    settle(recording, &recording->mix, open_recorded(recording, &recording->mix), now_ms);
    open_beside(recording);
}

static mc_recorded *add_track(mc_recording *recording, const char *name, uint64_t now_ms) {
    mc_recorded *track = calloc(1, sizeof *track);
    if (!track)
        return NULL;
    strncpy(track->name, name, sizeof track->name - 1);
    mc_opus_file_init(&track->file);
    track->next = recording->tracks;
    recording->tracks = track;
    settle(recording, track, open_recorded(recording, track), now_ms);
    return track;
}

static mc_recorded *find_track(mc_recording *recording, const char *name, uint64_t now_ms) {
    mc_recorded *track = recording->tracks;
    while (track && strcmp(track->name, name) != 0)
        track = track->next;
    return track ? track : add_track(recording, name, now_ms);
}

static void put(mc_recording *recording, mc_recorded *recorded, const mc_rec_item *item, uint64_t now_ms) {
    if (!recorded) {
        count_error(recording);
        return;
    }
    if (recorded->failed)
        return;
    settle(recording, recorded, mc_opus_file_put(&recorded->file, item->tick, item->payload, item->len_bytes),
           now_ms);
}

/* The recording's own time; what was before it counts as its beginning. */
static uint32_t position(const mc_recording *recording, uint32_t tick) {
    return tick > recording->first_tick ? tick - recording->first_tick : 0;
}

void mc_recording_take(mc_recording *recording, const mc_rec_item *item, uint64_t now_ms) {
    open_once(recording, now_ms);
    uint32_t at = position(recording, item->tick);
    switch ((mc_rec_kind)item->kind) {
    case MC_REC_MIX:
        see_end(recording, item->tick + 1);
        put(recording, &recording->mix, item, now_ms);
        break;
    case MC_REC_TRACK:
        see_end(recording, item->tick + 1);
        put(recording, find_track(recording, item->track, now_ms), item, now_ms);
        break;
    case MC_REC_PEAK:
        if (mc_beside_peak(&recording->beside, at, item->payload[0]))
            count_error(recording);
        break;
    case MC_REC_TURN:
        if (mc_beside_turn(&recording->beside, item->person, at, position(recording, item->end_tick)))
            count_error(recording);
        break;
    case MC_REC_END:
        recording->ended = 1;
        break;
    }
}

/* Silence for what was lost is also how the disk is tried. */
static void retry(mc_recording *recording, mc_recorded *recorded, uint64_t now_ms) {
    int status = 0;
    if (!recorded->failed || now_ms < recorded->retry_ms)
        return;
    if (recorded->file.fd < 0)
        status = open_recorded(recording, recorded);
    if (!status)
        status = mc_opus_file_fill(&recorded->file, recording->end_tick);
    if (!status)
        status = mc_opus_file_flush(&recorded->file);
    settle(recording, recorded, status, now_ms);
    if (status)
        return;
    recorded->failed = 0;
    if (--recording->n_failed == 0)
        emit(recording, MC_EV_RECORD_RESUMED, 0, recording->end_tick - recording->lost_tick);
}

/* A voice that fell silent leaves a page begun: it is written when as old as a full one. */
static int page_is_due(const mc_recording *recording, const mc_opus_file *file) {
    return file->page.n_packets &&
           recording->end_tick - (file->head.first_tick + file->n_written) >= MC_OGG_PAGE_PACKETS;
}

static void sync_recorded(mc_recording *recording, mc_recorded *recorded, uint64_t now_ms) {
    if (!recorded->failed)
        settle(recording, recorded, mc_opus_file_sync(&recorded->file), now_ms);
}

static void sync_directory(mc_recording *recording) {
    if (!recording->names_unsynced || recording->dir_fd < 0)
        return;
    recording->names_unsynced = fsync(recording->dir_fd) != 0;
    if (recording->names_unsynced)
        count_error(recording);
}

static void sync_all(mc_recording *recording, uint64_t now_ms) {
    sync_recorded(recording, &recording->mix, now_ms);
    for (mc_recorded *track = recording->tracks; track; track = track->next)
        sync_recorded(recording, track, now_ms);
    if (mc_beside_sync(&recording->beside))
        count_error(recording);
    sync_directory(recording);
}

static void tend_recorded(mc_recording *recording, mc_recorded *recorded, uint64_t now_ms) {
    retry(recording, recorded, now_ms);
    if (!recorded->failed && page_is_due(recording, &recorded->file))
        settle(recording, recorded, mc_opus_file_flush(&recorded->file), now_ms);
}

void mc_recording_tend(mc_recording *recording, uint64_t now_ms) {
    open_once(recording, now_ms);
    tend_recorded(recording, &recording->mix, now_ms);
    for (mc_recorded *track = recording->tracks; track; track = track->next)
        tend_recorded(recording, track, now_ms);
    if (now_ms - recording->sync_ms < SYNC_MS)
        return;
    recording->sync_ms = now_ms;
    open_beside(recording);
    sync_all(recording, now_ms);
}

static void finish(mc_recording *recording, mc_recorded *recorded, uint64_t now_ms) {
    recorded->retry_ms = 0;
    retry(recording, recorded, now_ms);
    if (!recorded->failed)
        settle(recording, recorded, mc_opus_file_finish(&recorded->file), now_ms);
}

static void finish_tracks(mc_recording *recording, uint64_t now_ms) {
    for (mc_recorded *track = recording->tracks; track; track = recording->tracks) {
        finish(recording, track, now_ms);
        mc_opus_file_deinit(&track->file);
        recording->tracks = track->next;
        free(track);
    }
}

void mc_recording_close(mc_recording *recording, uint64_t now_ms) {
    mc_recording_tend(recording, now_ms);
    finish_tracks(recording, now_ms);
    finish(recording, &recording->mix, now_ms);
    uint32_t n_ticks = mc_opus_file_n_ticks(&recording->mix.file);
    if (mc_beside_fit(&recording->beside, n_ticks) || mc_beside_sync(&recording->beside))
        count_error(recording);
    sync_directory(recording);
    mc_opus_file_deinit(&recording->mix.file);
    mc_beside_deinit(&recording->beside);
    if (recording->dir_fd >= 0)
        close(recording->dir_fd);
    emit(recording, MC_EV_RECORD_CLOSED, 0, n_ticks);
    free(recording);
}

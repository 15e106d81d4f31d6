/*
 * A recorder on a stepped clock, in a directory of its own, with voices to record and faults to meet.
 */
#ifndef RECORDER_RIG_H
#define RECORDER_RIG_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "opus_oracle.h"
#include "recorder.h"

/* ---- faults: the recorder's own pwrite and fdatasync ---- */

typedef enum { FAULT_NONE, FAULT_FULL, FAULT_KILL, FAULT_SHORT } fault_kind;

static struct {
    fault_kind kind;
    int writes_left; /* before a write is torn in half and then fails, or kills; 0: it never comes */
    int n_syncs;
    int sync_error;
} fault;

ssize_t pwrite(int fd, const void *bytes, size_t len_bytes, off_t offset) {
    if (fault.kind == FAULT_SHORT && len_bytes > 1)
        len_bytes /= 2;
    if (fault.writes_left == 0 || --fault.writes_left > 0)
        return syscall(SYS_pwrite64, fd, bytes, len_bytes, offset);
    syscall(SYS_pwrite64, fd, bytes, len_bytes / 2, offset);
    if (fault.kind == FAULT_KILL)
        raise(SIGKILL);
    errno = ENOSPC;
    return -1;
}

int fdatasync(int fd) {
    fault.n_syncs++;
    errno = fault.sync_error;
    return fault.sync_error || fd < 0 ? -1 : 0;
}

/* ---- a voice: 440 Hz through a real encoder ---- */

typedef struct {
    OpusEncoder *encoder;
    uint32_t n_samples;
    uint8_t packet[1275];
    uint32_t len_bytes;
} voice;

static inline void voice_init(voice *v) {
    int error;
    *v = (voice){.encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error)};
    opus_encoder_ctl(v->encoder, OPUS_SET_BITRATE(32000));
    opus_encoder_ctl(v->encoder, OPUS_SET_COMPLEXITY(0));
}

static inline void voice_deinit(voice *v) {
    opus_encoder_destroy(v->encoder);
}

static inline void voice_encode(voice *v, const float *pcm) {
    int n = opus_encode_float(v->encoder, pcm, 960, v->packet, sizeof v->packet);
    CHECK(n > 0);
    v->len_bytes = n > 0 ? (uint32_t)n : 0;
}

/* 20 ms of it. */
static inline void voice_say(voice *v, float amplitude) {
    float pcm[960];
    for (int i = 0; i < 960; i++)
        pcm[i] = amplitude * sinf(6.2831853f * 440.f * (float)(v->n_samples++ % 48000) / 48000.f);
    voice_encode(v, pcm);
}

/* ---- the rig ---- */

typedef struct {
    mc_recorder *recorder;
    mc_recording *recording;
    uint64_t now_ms;
    char dir[64];
    char path[160];
    mc_event events[32];
    uint32_t n_events;
    voice voice;
} rig;

static inline void rig_event(void *ctx, const mc_event *event) {
    rig *r = ctx;
    if (CHECK(r->n_events < 32))
        r->events[r->n_events++] = *event;
}

static inline uint32_t rig_count(const rig *r, mc_event_kind kind) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_events; i++)
        n += r->events[i].kind == kind;
    return n;
}

static inline void rig_start(rig *r) {
    mc_recorder_config config = {.n_producers = 1, .emit = rig_event, .emit_ctx = r};
    r->n_events = 0;
    CHECK_EQ_INT(mc_recorder_new(&config, &r->recorder), 0);
}

static inline void rig_init(rig *r) {
    *r = (rig){.now_ms = 1000000};
    strcpy(r->dir, "/dev/shm/parley-XXXXXX"); /* memory where there is some: these tests write much */
    if (!mkdtemp(r->dir)) {
        strcpy(r->dir, "/tmp/parley-XXXXXX");
        CHECK(mkdtemp(r->dir) != NULL);
    }
    voice_init(&r->voice);
    rig_start(r);
}

static inline const char *rig_path(rig *r, const char *name) {
    snprintf(r->path, sizeof r->path, "%s/%s", r->dir, name);
    return r->path;
}

static inline void rig_empty(rig *r) {
    DIR *dir = opendir(r->dir);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            unlink(rig_path(r, entry->d_name));
    closedir(dir);
}

static inline void rig_deinit(rig *r) {
    mc_recorder_free(r->recorder);
    voice_deinit(&r->voice);
    rig_empty(r);
    rmdir(r->dir);
}

static inline void rig_open(rig *r, uint32_t first_tick) {
    CHECK_EQ_INT(mc_recording_open(r->recorder, 7, r->dir, first_tick, 312, &r->recording), 0);
}

static inline int rig_push(rig *r, mc_rec_item item) {
    item.recording = r->recording;
    return mc_recorder_push(r->recorder, 0, &item);
}

static inline void rig_mix(rig *r, uint32_t tick, float amplitude) {
    voice_say(&r->voice, amplitude);
    mc_rec_item item = {
        .kind = MC_REC_MIX, .tick = tick, .payload = r->voice.packet, .len_bytes = r->voice.len_bytes};
    CHECK_EQ_INT(rig_push(r, item), 0);
}

static inline void rig_track(rig *r, const char *track, uint32_t tick, const voice *v) {
    mc_rec_item item = {
        .kind = MC_REC_TRACK, .tick = tick, .track = track, .payload = v->packet, .len_bytes = v->len_bytes};
    CHECK_EQ_INT(rig_push(r, item), 0);
}

static inline void rig_peak(rig *r, uint32_t tick, uint8_t peak) {
    mc_rec_item item = {.kind = MC_REC_PEAK, .tick = tick, .payload = &peak, .len_bytes = 1};
    CHECK_EQ_INT(rig_push(r, item), 0);
}

static inline void rig_turn(rig *r, uint64_t person, uint32_t tick, uint32_t end_tick) {
    mc_rec_item item = {.kind = MC_REC_TURN, .tick = tick, .end_tick = end_tick, .person = person};
    CHECK_EQ_INT(rig_push(r, item), 0);
}

static inline void rig_run(rig *r) {
    r->now_ms += 20;
    mc_recorder_run(r->recorder, r->now_ms);
}

/* Ticks [from, to) of a room that is heard. */
static inline void rig_ticks(rig *r, uint32_t from, uint32_t to, float amplitude) {
    for (uint32_t tick = from; tick < to; tick++) {
        rig_mix(r, tick, amplitude);
        rig_run(r);
    }
}

static inline void rig_end(rig *r) {
    CHECK_EQ_INT(rig_push(r, (mc_rec_item){.kind = MC_REC_END}), 0);
    rig_run(r);
}

static inline oracle_stream rig_read(rig *r, const char *name) {
    return oracle_read(rig_path(r, name));
}

static inline uint32_t rig_packets(rig *r, const char *name) {
    oracle_stream stream = rig_read(r, name);
    oracle_free(&stream);
    return stream.n_packets;
}

static inline void rig_write(rig *r, const char *name, const void *bytes, size_t len_bytes) {
    FILE *file = fopen(rig_path(r, name), "wb");
    CHECK(file && fwrite(bytes, 1, len_bytes, file) == len_bytes);
    if (file)
        fclose(file);
}

#endif

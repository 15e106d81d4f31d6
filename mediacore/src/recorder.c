#include "recorder.h"

#include "clock.h"
#include "recording.h"
#include "ring.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PRODUCERS = 16,
    QUEUE_BYTES =
        4 * 1024 * 1024, /* some 20,000 packets: a busy mixer's while the disk stalls for a few seconds */
    TURN_US = 20000,
    ALIVE_MS = 1000,
};

struct mc_recorder {
    mc_recording_sink sink;
    _Atomic uint64_t overrun;
    _Atomic uint64_t last_run_ms;
    _Atomic(mc_recording *) opened; /* pushed by any thread, taken all at once by the writer */
    mc_recording *recordings;
    int threaded;
    atomic_int stopping;
    pthread_t thread;
    uint32_t n_producers;
    mc_ring queues[];
};

/* A mc_rec_item that holds what it pointed to. */
typedef struct {
    mc_rec_item item;
    char track[MC_TRACK_NAME_BYTES];
    uint8_t payload[];
} queued;

static void *write_until_stopped(void *arg) {
    mc_recorder *recorder = arg;
    mc_clock clock;
    mc_clock_init(&clock, MC_CLOCK_REAL);
    while (!atomic_load(&recorder->stopping)) {
        mc_recorder_run(recorder, mc_clock_now_ms(&clock));
        mc_clock_sleep_until(mc_clock_now_us(&clock) + TURN_US);
    }
    return NULL;
}

/* Signals are the process's own affair: none is delivered here (SIGXFSZ becomes a mere EFBIG). */
static int start_thread(mc_recorder *recorder) {
    sigset_t all, before;
    mc_clock clock;
    mc_clock_init(&clock, MC_CLOCK_REAL);
    atomic_store(&recorder->last_run_ms, mc_clock_now_ms(&clock));
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) {
        error = pthread_create(&recorder->thread, NULL, write_until_stopped, recorder);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    recorder->threaded = !error;
    errno = error;
    return error ? MC_E_SYSTEM : 0;
}

static int init_queues(mc_recorder *recorder, uint32_t n_producers) {
    for (; recorder->n_producers < n_producers; recorder->n_producers++)
        if (mc_ring_init(&recorder->queues[recorder->n_producers], QUEUE_BYTES))
            return MC_E_MEMORY;
    return 0;
}

int mc_recorder_new(const mc_recorder_config *config, mc_recorder **out) {
    if (!config->emit || config->n_producers < 1 || config->n_producers > MAX_PRODUCERS)
        return MC_E_ARGUMENT;
    mc_recorder *recorder = calloc(1, sizeof *recorder + config->n_producers * sizeof *recorder->queues);
    if (!recorder)
        return MC_E_MEMORY;
    recorder->sink.emit = config->emit;
    recorder->sink.emit_ctx = config->emit_ctx;
    int status = init_queues(recorder, config->n_producers);
    if (!status && config->threaded)
        status = start_thread(recorder);
    if (status)
        mc_recorder_free(recorder);
    else
        *out = recorder;
    return status;
}

static void adopt_opened(mc_recorder *recorder) {
    mc_recording *recording = atomic_exchange_explicit(&recorder->opened, NULL, memory_order_acquire);
    while (recording) {
        mc_recording *next = recording->next;
        recording->next = recorder->recordings;
        recorder->recordings = recording;
        recording = next;
    }
}

static void close_all(mc_recorder *recorder) {
    uint64_t now_ms = atomic_load(&recorder->last_run_ms);
    mc_recorder_run(recorder, now_ms);
    while (recorder->recordings) {
        mc_recording *recording = recorder->recordings;
        recorder->recordings = recording->next;
        mc_recording_close(recording, now_ms);
    }
}

void mc_recorder_free(mc_recorder *recorder) {
    if (!recorder)
        return;
    atomic_store(&recorder->stopping, 1);
    if (recorder->threaded)
        pthread_join(recorder->thread, NULL);
    close_all(recorder);
    for (uint32_t i = 0; i < recorder->n_producers; i++)
        mc_ring_deinit(&recorder->queues[i]);
    free(recorder);
}

int mc_recording_open(mc_recorder *recorder, uint64_t room, const char *directory, uint32_t first_tick,
                      uint16_t preskip, mc_recording **out) {
    int status = mc_recording_new(&recorder->sink, room, directory, first_tick, preskip, out);
    if (status)
        return status;
    (*out)->next = atomic_load_explicit(&recorder->opened, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&recorder->opened, &(*out)->next, *out,
                                                  memory_order_release, memory_order_relaxed))
        ;
    return 0;
}

static int carries_opus(const mc_rec_item *item) {
    return item->kind == MC_REC_MIX || item->kind == MC_REC_TRACK;
}

static int is_file_name(const char *name) {
    size_t len = name ? strnlen(name, MC_TRACK_NAME_BYTES) : 0;
    return len > 0 && len < MC_TRACK_NAME_BYTES && !memchr(name, '/', len);
}

static int check_item(const mc_recorder *recorder, uint32_t producer, const mc_rec_item *item) {
    if (producer >= recorder->n_producers || item->kind < MC_REC_MIX || item->kind > MC_REC_END)
        return MC_E_ARGUMENT;
    if (carries_opus(item) && (item->len_bytes < 1 || item->len_bytes > MC_OGG_PACKET_BYTES))
        return MC_E_ARGUMENT;
    if (item->kind == MC_REC_PEAK && item->len_bytes != 1)
        return MC_E_ARGUMENT;
    return item->kind == MC_REC_TRACK && !is_file_name(item->track) ? MC_E_ARGUMENT : 0;
}

int mc_recorder_push(mc_recorder *recorder, uint32_t producer, const mc_rec_item *item) {
    int status = check_item(recorder, producer, item);
    if (status)
        return status;
    uint32_t len_bytes = carries_opus(item) || item->kind == MC_REC_PEAK ? item->len_bytes : 0;
    queued *slot = mc_ring_reserve(&recorder->queues[producer], (uint32_t)sizeof *slot + len_bytes);
    if (!slot) {
        atomic_fetch_add_explicit(&recorder->overrun, 1, memory_order_relaxed);
        return MC_E_FULL;
    }
    slot->item = *item;
    if (item->kind == MC_REC_TRACK)
        memcpy(slot->track, item->track, strlen(item->track) + 1);
    if (len_bytes)
        memcpy(slot->payload, item->payload, len_bytes);
    mc_ring_commit(&recorder->queues[producer]);
    return 0;
}

const mc_ring *mc_recorder_queue(const mc_recorder *recorder, uint32_t producer) {
    return &recorder->queues[producer];
}

static int drain(mc_ring *queue, uint64_t now_ms) {
    uint32_t len_bytes;
    queued *slot;
    int n_items = 0;
    for (; (slot = mc_ring_peek(queue, &len_bytes)); n_items++) {
        slot->item.track = slot->track;
        slot->item.payload = slot->payload;
        mc_recording_take(slot->item.recording, &slot->item, now_ms);
        mc_ring_consume(queue);
    }
    return n_items;
}

static void tend_all(mc_recorder *recorder, uint64_t now_ms) {
    for (mc_recording **at = &recorder->recordings; *at;) {
        mc_recording *recording = *at;
        if (recording->ended) {
            *at = recording->next;
            mc_recording_close(recording, now_ms);
        } else {
            mc_recording_tend(recording, now_ms);
            at = &recording->next;
        }
    }
}

int mc_recorder_run(mc_recorder *recorder, uint64_t now_ms) {
    int n_items = 0;
    atomic_store_explicit(&recorder->last_run_ms, now_ms, memory_order_relaxed);
    for (uint32_t i = 0; i < recorder->n_producers; i++)
        n_items += drain(&recorder->queues[i], now_ms);
    adopt_opened(recorder);
    tend_all(recorder, now_ms);
    return n_items;
}

void mc_recorder_counts(mc_recorder *recorder, mc_counters *counters) {
    counters->record_bytes += atomic_load_explicit(&recorder->sink.bytes, memory_order_relaxed);
    counters->record_packets += atomic_load_explicit(&recorder->sink.packets, memory_order_relaxed);
    counters->record_errors += atomic_load_explicit(&recorder->sink.errors, memory_order_relaxed);
    counters->record_overrun += atomic_load_explicit(&recorder->overrun, memory_order_relaxed);
}

uint64_t mc_recorder_lag_ms(mc_recorder *recorder, uint64_t now_ms) {
    uint64_t last_ms = atomic_load_explicit(&recorder->last_run_ms, memory_order_relaxed);
    return now_ms > last_ms ? now_ms - last_ms : 0;
}

int mc_recorder_alive(mc_recorder *recorder, uint64_t now_ms) {
    return mc_recorder_lag_ms(recorder, now_ms) <= ALIVE_MS ? 0 : MC_E_STATE;
}

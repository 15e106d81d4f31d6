#include <pthread.h>
#include <stdatomic.h>

#include "recorder_rig.h"

enum { N_PRODUCERS = 2, N_RECORDINGS = 3, N_TICKS = 400 };

/* What a mixer's thread works on: recordings one after another, as fast as it goes. */
typedef struct {
    mc_recorder *recorder;
    uint32_t number;
    rig rooms[N_RECORDINGS];
} producer;

static _Atomic uint32_t n_closed, n_others;

static void count_event(void *ctx, const mc_event *event) {
    (void)ctx;
    atomic_fetch_add(
        event->kind == MC_EV_RECORD_CLOSED && event->value == N_TICKS * 20 ? &n_closed : &n_others, 1);
}

static void push(producer *p, mc_rec_item item) {
    while (mc_recorder_push(p->recorder, p->number, &item) == MC_E_FULL)
        ;
}

static void push_tick(producer *p, mc_recording *recording, uint32_t tick) {
    static const uint8_t packet[40] = {0xF8, 0xFF, 0xFE};
    mc_rec_item item = {.kind = MC_REC_MIX,
                        .recording = recording,
                        .tick = tick,
                        .payload = packet,
                        .len_bytes = sizeof packet};
    push(p, item);
    item.kind = MC_REC_TRACK;
    item.track = tick % 2 ? "a.opus" : "b.opus";
    push(p, item);
    item.kind = MC_REC_PEAK;
    item.len_bytes = 1;
    push(p, item);
}

static void *record_rooms(void *arg) {
    producer *p = arg;
    for (int i = 0; i < N_RECORDINGS; i++) {
        mc_recording *recording;
        if (mc_recording_open(p->recorder, 1, p->rooms[i].dir, 0, 312, &recording))
            abort(); /* CHECK counts for one thread */
        for (uint32_t tick = 0; tick < N_TICKS; tick++)
            push_tick(p, recording, tick);
        push(p, (mc_rec_item){.kind = MC_REC_END, .recording = recording});
    }
    return NULL;
}

/* Totals only grow, whoever looks. */
static void *watch(void *arg) {
    mc_recorder *recorder = arg;
    uint64_t n_packets = 0;
    while (atomic_load(&n_closed) + atomic_load(&n_others) < N_PRODUCERS * N_RECORDINGS) {
        mc_counters counters = {0};
        mc_recorder_counts(recorder, &counters);
        if (counters.record_packets < n_packets)
            return recorder;
        n_packets = counters.record_packets;
    }
    return NULL;
}

static void check_room(rig *room) {
    oracle_stream mix = rig_read(room, "mix.opus"), track = rig_read(room, "b.opus");
    CHECK_EQ_INT(oracle_length(&mix), N_TICKS * 960);
    CHECK_EQ_INT(mix.n_silent, 1);
    CHECK_EQ_INT(track.n_silent, N_TICKS / 2);
    oracle_free(&mix);
    oracle_free(&track);
}

static void test_mixers_and_writer_never_meet_but_in_the_queues(void) {
    static producer producers[N_PRODUCERS];
    pthread_t threads[N_PRODUCERS], watcher;
    mc_recorder *recorder;
    void *fell = NULL;
    mc_recorder_config config = {.n_producers = N_PRODUCERS, .threaded = 1, .emit = count_event};
    CHECK_EQ_INT(mc_recorder_new(&config, &recorder), 0);
    pthread_create(&watcher, NULL, watch, recorder);
    for (uint32_t i = 0; i < N_PRODUCERS; i++) {
        producers[i].recorder = recorder;
        producers[i].number = i;
        for (int j = 0; j < N_RECORDINGS; j++)
            rig_init(&producers[i].rooms[j]);
        pthread_create(&threads[i], NULL, record_rooms, &producers[i]);
    }
    for (int i = 0; i < N_PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(watcher, &fell);
    CHECK(fell == NULL);
    mc_recorder_free(recorder);
    CHECK_EQ_INT(n_closed, N_PRODUCERS * N_RECORDINGS);
    CHECK_EQ_INT(n_others, 0);
    for (int i = 0; i < N_PRODUCERS; i++) {
        for (int j = 0; j < N_RECORDINGS; j++) {
            check_room(&producers[i].rooms[j]);
            rig_deinit(&producers[i].rooms[j]);
        }
    }
}

int main(void) {
    test_mixers_and_writer_never_meet_but_in_the_queues();
    return check_report();
}

/* A disk that stands still for seconds while a room is live and recorded: nobody who listens can tell. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "beat.h"
#include "check.h"
#include "client.h"
#include "mediacore.h"
#include "opus_oracle.h"

enum { ROOM = 7, CARA = 13, SECOND = 50, STALL_S = 3 };

/* ---- the disk: the recorder's own pwrite and fdatasync ---- */

static atomic_bool is_stuck;
static atomic_int n_stuck, disk_error;

static void wait_for_the_disk(void) {
    struct timespec a_moment = {.tv_nsec = 10000000};
    atomic_fetch_add(&n_stuck, atomic_load(&is_stuck));
    while (atomic_load(&is_stuck))
        nanosleep(&a_moment, NULL);
}

ssize_t pwrite(int fd, const void *bytes, size_t len_bytes, off_t offset) {
    wait_for_the_disk();
    if ((errno = atomic_load(&disk_error)))
        return -1;
    return syscall(SYS_pwrite64, fd, bytes, len_bytes, offset);
}

int fdatasync(int fd) {
    (void)fd;
    wait_for_the_disk();
    return 0;
}

/* ---- the room ---- */

typedef struct {
    mc_core *core;
    int ear;
    uint32_t next_tick;
    uint32_t n_missed; /* ticks that never came */
    char directory[32];
} live;

static live live_new(void) {
    live l = {.directory = "/tmp/test_slow_disk.XXXXXX"};
    uint64_t conn;
    mc_core_config config;
    mc_core_config_default(&config);
    CHECK(mkdtemp(l.directory) != NULL);
    CHECK_EQ_INT(mc_core_new(&config, &l.core), 0);
    CHECK_EQ_INT(mc_room_open(l.core, ROOM, 0), 0);
    CHECK_EQ_INT(mc_room_record(l.core, ROOM, l.directory), 0);
    CHECK_EQ_INT(mc_room_adopt(l.core, ROOM, CARA, client_pair(&l.ear), &conn), 0);
    client_listen(l.ear);
    const client_message *message = client_await(l.ear, 2, MC_WIRE_HEAR);
    l.next_tick = mc_get_u32(message->payload + 4) + message->payload[1];
    return l;
}

static void live_free(live *l) {
    static const char *const names[] = {"mix.opus", "peaks.u8", "turns.ndjson"};
    char path[64];
    mc_core_free(l->core);
    close(l->ear);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", l->directory, names[i]);
        unlink(path);
    }
    rmdir(l->directory);
}

static mc_counters counters_of(const live *l) {
    mc_counters counters;
    mc_core_counters(l->core, &counters);
    return counters;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Listens for so many ticks. Returns the longest wait for one, in seconds. */
static double hear(live *l, uint32_t n_ticks) {
    double longest = 0, last = now_s();
    for (uint32_t end = l->next_tick + n_ticks; l->next_tick < end; last = now_s()) {
        const client_message *message = client_await(l->ear, 2, MC_WIRE_HEAR);
        uint32_t tick = mc_get_u32(message->payload + 4);
        if (!CHECK_EQ_INT(message->opcode, 2) || !CHECK(tick >= l->next_tick))
            break;
        l->n_missed += tick - l->next_tick;
        l->next_tick = tick + message->payload[1];
        longest = now_s() - last > longest ? now_s() - last : longest;
    }
    CHECK(l->n_missed <= counters_of(l).ticks_skipped); /* a machine that stood still itself */
    return longest;
}

/* How late so many of 100 ticks were at most since then, in ms; 0: above all bounds. */
static uint32_t late_ms(const live *l, const mc_counters *since, uint32_t percent) {
    mc_counters now = counters_of(l);
    uint64_t n_ticks = now.ticks - since->ticks, n = 0;
    for (uint32_t bucket = 0; bucket < MC_LATE_BUCKETS; bucket++)
        if ((n += now.tick_late[bucket] - since->tick_late[bucket]) * 100 >= n_ticks * percent)
            return mc_late_bound_ms(bucket);
    return 0;
}

static mc_event await_event(live *l, mc_event_kind kind) {
    mc_event event = {0};
    while (mc_core_poll_event(l->core, &event, CLIENT_PATIENCE_MS))
        if (event.kind == kind)
            return event;
    CHECK(!"an event came");
    return (mc_event){0};
}

static void test_a_disk_that_stands_still_is_not_heard(void) {
    live l = live_new();
    mc_counters before = counters_of(&l);
    hear(&l, SECOND);
    uint32_t usual_ms = late_ms(&l, &before, 99);
    before = counters_of(&l);
    atomic_store(&is_stuck, true);
    double longest_s = hear(&l, STALL_S * SECOND);
    CHECK(atomic_load(&n_stuck) > 0);
    uint32_t stuck_ms = late_ms(&l, &before, 99), half_ms = late_ms(&l, &before, 50);
    printf("ticks began up to %u ms late (p99), %u ms before; the longest wait for sound %.0f ms, ", stuck_ms,
           usual_ms, 1000 * longest_s);
    CHECK(longest_s < 1);                /* whoever waited for the disk would have waited for three */
    CHECK(half_ms > 0 && half_ms <= 20); /* p99 is the machine's, which does other things as well */
    CHECK(counters_of(&l).ticks_skipped - before.ticks_skipped < SECOND);
    CHECK_EQ_INT(counters_of(&l).queue_full, 0);
    CHECK(counters_of(&l).record_lag_ms > 1000);
    atomic_store(&is_stuck, false);
    hear(&l, SECOND);
    CHECK_EQ_INT(mc_room_record_stop(l.core, ROOM), 0);
    CHECK(await_event(&l, MC_EV_RECORD_CLOSED).value >= (STALL_S + 2) * 1000);
    char path[64];
    snprintf(path, sizeof path, "%s/mix.opus", l.directory);
    oracle_stream mix = oracle_read(path);
    CHECK(oracle_length(&mix) >= (int64_t)(STALL_S + 2) * 48000); /* what the queue did not hold is silence */
    oracle_free(&mix);
    live_free(&l);
}

static void test_a_disk_that_is_full_is_told_and_not_heard(void) {
    live l = live_new();
    hear(&l, SECOND);
    atomic_store(&disk_error, ENOSPC);
    double longest_s = hear(&l, SECOND);
    CHECK(longest_s < 1.5);
    CHECK_EQ_INT(await_event(&l, MC_EV_RECORD_INTERRUPTED).code, ENOSPC);
    atomic_store(&disk_error, 0);
    hear(&l, 2 * SECOND);
    CHECK(await_event(&l, MC_EV_RECORD_RESUMED).value > 0);
    CHECK_EQ_INT(counters_of(&l).queue_full, 0);
    live_free(&l);
}

int main(void) {
    test_a_disk_that_stands_still_is_not_heard();
    test_a_disk_that_is_full_is_told_and_not_heard();
    return check_report();
}

#include "beat.h"

enum {
    TICK_US = MC_TICK_MS * 1000,
    LATE_US = 5000,
    CATCH_UP_TICKS = 10, /* as long as a packet waits at most: of more than that nothing would be heard */
};

static const uint32_t bounds_ms[MC_LATE_BUCKETS - 1] = {1, 2, 5, 10, 20, 50, 100};

uint32_t mc_late_bound_ms(uint32_t bucket) {
    return bucket < MC_LATE_BUCKETS - 1 ? bounds_ms[bucket] : 0;
}

void mc_beat_begin(mc_beat *beat, uint64_t now_us) {
    beat->due_us = now_us;
}

uint64_t mc_beat_next(mc_beat *beat) {
    return beat->due_us += TICK_US;
}

static void count(uint64_t late_us, mc_counters *counters) {
    uint32_t bucket = 0;
    while (bucket < MC_LATE_BUCKETS - 1 && late_us > bounds_ms[bucket] * 1000ULL)
        bucket++;
    counters->tick_late[bucket]++;
    counters->tick_late_sum_us += late_us;
    counters->ticks_late += late_us > LATE_US;
    if (late_us > counters->tick_late_max_us)
        counters->tick_late_max_us = late_us;
}

uint32_t mc_beat_begins(mc_beat *beat, uint64_t now_us, mc_counters *counters) {
    uint64_t late_us = now_us > beat->due_us ? now_us - beat->due_us : 0;
    uint32_t n_ticks = late_us > (uint64_t)CATCH_UP_TICKS * TICK_US ? (uint32_t)(late_us / TICK_US) : 0;
    count(late_us, counters);
    beat->due_us += (uint64_t)n_ticks * TICK_US;
    counters->ticks_skipped += n_ticks;
    return n_ticks;
}

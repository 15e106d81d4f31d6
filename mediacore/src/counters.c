#include "counters.h"

enum { N_COUNTERS = sizeof(mc_counters) / sizeof(uint64_t) };

_Static_assert(sizeof(mc_counters) % sizeof(uint64_t) == 0, "counters are all of one size");

void mc_counters_publish(mc_counters *published, const mc_counters *own) {
    uint64_t *to = (uint64_t *)published;
    const uint64_t *from = (const uint64_t *)own;
    for (int i = 0; i < N_COUNTERS; i++)
        __atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
}

void mc_counters_add(mc_counters *sum, const mc_counters *published) {
    uint64_t late_us = __atomic_load_n(&published->tick_late_max_us, __ATOMIC_RELAXED);
    uint64_t latest_us = sum->tick_late_max_us > late_us ? sum->tick_late_max_us : late_us;
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)published;
    for (int i = 0; i < N_COUNTERS; i++)
        to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    sum->tick_late_max_us = latest_us;
}

/*
 * How a thread's totals reach a reader: counted in plain memory, published with relaxed stores, summed by
 * whoever asks.
 */
#ifndef MC_COUNTERS_H
#define MC_COUNTERS_H

#include "mediacore.h"

/* The writing thread: makes its totals visible. `published` belongs to this thread alone. */
void mc_counters_publish(mc_counters *published, const mc_counters *own);

/* Any thread: adds what was published; of tick_late_max_us, which is no total, keeps the higher. */
void mc_counters_add(mc_counters *sum, const mc_counters *published);

#endif

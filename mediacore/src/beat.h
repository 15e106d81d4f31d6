/*
 * When ticks are due: every 20 ms from the beginning, however late one of them ran. Pure; the time is given.
 */
#ifndef MC_BEAT_H
#define MC_BEAT_H

#include "mediacore.h"

typedef struct {
    uint64_t due_us; /* when the last tick that was asked for is due */
} mc_beat;

/* The first tick is due 20 ms from now. */
void mc_beat_begin(mc_beat *beat, uint64_t now_us);

/* When the next tick is due. */
uint64_t mc_beat_next(mc_beat *beat);

/*
 * The tick that is due begins now: counts how late. Returns the ticks to be left out before it: those that a
 * suspension took and that no jitter buffer has sound for any more. What was late by less is made up for.
 */
uint32_t mc_beat_begins(mc_beat *beat, uint64_t now_us, mc_counters *counters);

#endif

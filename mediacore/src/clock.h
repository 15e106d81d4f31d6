/*
 * The time that threads go by: the machine's, or one that only moves when it is told to.
 */
#ifndef MC_CLOCK_H
#define MC_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "mediacore.h"

typedef struct {
    mc_clock_kind kind;
    _Atomic uint64_t stepped_us;
} mc_clock;

void mc_clock_init(mc_clock *clock, mc_clock_kind kind);

/* Monotonic; from an arbitrary start that is not 0. */
uint64_t mc_clock_now_us(const mc_clock *clock);
uint64_t mc_clock_now_ms(const mc_clock *clock);

/* A stepped clock's only movement. */
void mc_clock_step(mc_clock *clock, uint64_t by_us);

/* A real clock: sleeps until an absolute time; signals do not shorten it. */
void mc_clock_sleep_until(uint64_t deadline_us);

#endif

/*
 * When a conductor has more to do than time to do it in, and what is given up for that, in this order:
 *
 *     1  mixes are encoded as cheaply as they can be
 *     2  listeners are sent fewer, larger messages
 *     3  no new room is taken
 *
 * Those who talk give nothing up. Pure: it is told how late each beat began.
 */
#ifndef MC_OVERLOAD_H
#define MC_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

enum { MC_OVERLOAD_MAX = 3, MC_OVERLOAD_WINDOW_BEATS = 50 };

/* Zeroed, it is at rest. */
typedef struct {
    uint32_t level;  /* 0 .. MC_OVERLOAD_MAX */
    bool is_behind;  /* in the last window a tenth of the beats or more began over 20 ms late */
    bool is_on_time; /* in the last window none did, and it was busy for less than 60 % of its time */
    uint32_t n_beats, n_late, n_calm_windows;
    uint64_t busy_us;
} mc_overload;

/*
 * A beat began so late, and took so long. Each second the level rises by one where a tenth, a fifth or half of
 * the beats (for 1, 2 and 3) began over 20 ms late; it falls by one after 5 s in which at most one of fifty did.
 */
void mc_overload_beat(mc_overload *overload, uint64_t late_us, uint64_t busy_us);

#endif

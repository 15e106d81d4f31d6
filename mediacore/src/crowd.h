/*
 * What a room's conductor and the loops let each other know of those who listen to it. Each side reads it without
 * waiting for the other.
 */
#ifndef MC_CROWD_H
#define MC_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    _Atomic uint32_t n_listening; /* over all loops; theirs */
    atomic_bool is_spared; /* sent a frame more at a time, for want of time (overload.h); the conductor's */
} mc_crowd;

#endif

/*
 * What lies beside the audio of a recording: peaks.u8 and turns.ndjson. Small, and consistent after a crash.
 */
#ifndef MC_BESIDE_H
#define MC_BESIDE_H

#include <stdint.h>

enum { MC_PEAK_TICKS = 5 };

typedef struct {
    int peaks_fd; /* -1: not open */
    int turns_fd;
    uint64_t turns_bytes; /* whole lines */
    int unsynced;
} mc_beside;

void mc_beside_init(mc_beside *beside);
void mc_beside_deinit(mc_beside *beside);

/* Opens what is not open yet, without a torn last line. A missing file is made, or left out. MC_E_SYSTEM. */
int mc_beside_open(mc_beside *beside, int dir_fd, int create);

/* Ticks are the recording's, not the room's. A peak never put is 0. MC_E_SYSTEM: this one alone is lost. */
int mc_beside_peak(mc_beside *beside, uint32_t tick, uint8_t peak);
int mc_beside_turn(mc_beside *beside, uint64_t person, uint32_t tick, uint32_t end_tick);

/* Cuts or pads the peaks to a mix of this many ticks. */
int mc_beside_fit(mc_beside *beside, uint32_t n_ticks);

int mc_beside_sync(mc_beside *beside);

#endif

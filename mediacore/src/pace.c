#include "pace.h"

static uint8_t slowed(uint64_t n_listeners, uint32_t large_room) {
    uint64_t times = n_listeners ? (n_listeners - 1) / large_room : 0;
    return (uint8_t)(times + 1 < MC_PACE_MAX_FRAMES ? times + 1 : MC_PACE_MAX_FRAMES);
}

uint8_t mc_pace_of(uint8_t now_frames, uint32_t n_listeners, uint32_t large_room) {
    if (!large_room)
        return 1;
    uint8_t wanted = slowed(n_listeners, large_room);
    if (wanted >= now_frames)
        return wanted;
    uint8_t kept = slowed((uint64_t)n_listeners + n_listeners / 4, large_room);
    return kept < now_frames ? kept : now_frames;
}

bool mc_pace_is_due(uint8_t pace_frames, uint32_t behind_ticks, uint32_t end_tick, uint32_t phase) {
    if (behind_ticks >= pace_frames)
        return true;
    return behind_ticks && (end_tick + phase) % pace_frames == 0;
}

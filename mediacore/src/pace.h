/*
 * How many frames a message holds: a send costs the same whatever is in it, so a large room is sent fewer and
 * larger ones. Pure.
 */
#ifndef MC_PACE_H
#define MC_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { MC_PACE_MAX_FRAMES = 3 };

/*
 * The pace of a room that has so many listeners: 1 frame a message up to large_room of them, 2 beyond that, 3 beyond
 * twice as many. A room that shrinks keeps its pace (now_frames) until a fifth less than what it was slowed for is
 * left. large_room 0: always 1.
 */
uint8_t mc_pace_of(uint8_t now_frames, uint32_t n_listeners, uint32_t large_room);

/*
 * Whether a listener who is so many ticks behind end_tick is sent them now. Those of one pace take turns by phase
 * (0 to 5), so that as many are sent something in each tick.
 */
bool mc_pace_is_due(uint8_t pace_frames, uint32_t behind_ticks, uint32_t end_tick, uint32_t phase);

#endif

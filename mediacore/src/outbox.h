/*
 * What a group of listeners hears, kept for about a second, and each listener's place in it. A listener costs
 * a cursor, not a queue; who falls behind skips the oldest frames whole. Stateful; no socket. One thread.
 */
#ifndef MC_OUTBOX_H
#define MC_OUTBOX_H

#include <stdbool.h>

#include "encoder.h"
#include "room.h"
#include "wire.h"

enum {
    MC_OUTBOX_TICKS = 64,
    MC_BATCH_BYTES = 2 * MC_HEAR_MAX_FRAMES * (4 + MC_HEAR_HEADER_BYTES + 2 + MC_ENCODED_MAX_BYTES) + 64,
};

typedef struct {
    uint32_t tick;
    uint8_t stream;
    uint8_t flags;
    uint16_t len_bytes; /* 0: nothing was heard at that tick */
    uint8_t payload[MC_ENCODED_MAX_BYTES];
} mc_outbox_frame;

/* All zero is an empty one. */
typedef struct {
    uint32_t end_tick; /* behind the newest frame */
    mc_outbox_frame frames[MC_OUTBOX_TICKS];
    uint32_t levels_tick;
    uint16_t levels_bytes; /* 0: none yet */
    uint8_t levels[MC_LEVELS_MAX_BYTES];
} mc_outbox;

/* Appends a frame; ticks only go forward. */
void mc_outbox_put(mc_outbox *outbox, const mc_heard *heard);

/* Replaces the voice levels: who has not been sent the last ones never will be. */
void mc_outbox_put_levels(mc_outbox *outbox, uint32_t tick, const uint8_t *message, uint16_t len_bytes);

/* What was heard at a tick, valid until the next put; NULL: nothing, or it is too long ago. */
const mc_outbox_frame *mc_outbox_at(const mc_outbox *outbox, uint32_t tick);
bool mc_outbox_has(const mc_outbox *outbox, uint32_t tick);

/* Moves a cursor that is more than max_ticks behind; returns the number of ticks it skips. */
uint32_t mc_outbox_catch_up(const mc_outbox *outbox, uint32_t *cursor, uint32_t max_ticks);

/* Whole WebSocket messages for everyone whose cursor is at `from`. All zero is an empty one. */
typedef struct {
    const mc_outbox *shared, *own;
    uint32_t from_tick, to_tick;
    uint32_t n_frames, n_messages;
    uint32_t len_bytes;
    uint8_t bytes[MC_BATCH_BYTES];
} mc_batch;

/*
 * Builds the batch from a cursor to the end of what is shared, unless it is the one that was built last. The
 * cursor is not too far behind. own, if not NULL, has frames for the ticks in which this person talked: those
 * are heard then, and the shared ones go along unheard, so that the decoder behind them stays in step.
 */
void mc_batch_build(mc_batch *batch, const mc_outbox *shared, const mc_outbox *own, uint32_t from_tick);

#endif

#include "outbox.h"

#include <string.h>

#include "ws_frame.h"

static mc_outbox_frame *frame_at(const mc_outbox *outbox, uint32_t tick) {
    return (mc_outbox_frame *)&outbox->frames[tick % MC_OUTBOX_TICKS];
}

const mc_outbox_frame *mc_outbox_at(const mc_outbox *outbox, uint32_t tick) {
    const mc_outbox_frame *frame = frame_at(outbox, tick);
    return frame->len_bytes && frame->tick == tick ? frame : NULL;
}

bool mc_outbox_has(const mc_outbox *outbox, uint32_t tick) {
    return mc_outbox_at(outbox, tick) != NULL;
}

void mc_outbox_put(mc_outbox *outbox, const mc_heard *heard) {
    mc_outbox_frame *frame = frame_at(outbox, heard->tick);
    frame->tick = heard->tick;
    frame->stream = heard->stream;
    frame->flags = heard->flags;
    frame->len_bytes = heard->len_bytes;
    memcpy(frame->payload, heard->payload, heard->len_bytes);
    outbox->end_tick = heard->tick + 1;
}

void mc_outbox_put_levels(mc_outbox *outbox, uint32_t tick, const uint8_t *message, uint16_t len_bytes) {
    outbox->levels_tick = tick;
    outbox->levels_bytes = len_bytes;
    memcpy(outbox->levels, message, len_bytes);
}

uint32_t mc_outbox_catch_up(const mc_outbox *outbox, uint32_t *cursor, uint32_t max_ticks) {
    uint32_t behind = outbox->end_tick - *cursor;
    if ((int32_t)behind <= (int32_t)max_ticks)
        return 0;
    *cursor = outbox->end_tick - max_ticks;
    return behind - max_ticks;
}

/* A run: consecutive ticks of one stream, none but the first fresh. Returns the tick behind it. */
static uint32_t run_end(const mc_outbox *outbox, uint32_t from, uint32_t to) {
    const mc_outbox_frame *first = frame_at(outbox, from);
    uint32_t tick = from + 1;
    while (tick != to && mc_outbox_has(outbox, tick) && tick - from < MC_HEAR_MAX_FRAMES &&
           frame_at(outbox, tick)->stream == first->stream &&
           !(frame_at(outbox, tick)->flags & MC_HEAR_FRESH))
        tick++;
    return tick;
}

static void add_message(mc_batch *batch, const uint8_t *head, size_t head_bytes, size_t payload_bytes) {
    uint8_t *at = batch->bytes + batch->len_bytes;
    size_t header_bytes = mc_ws_write_header(at, MC_WS_BINARY, payload_bytes);
    memcpy(at + header_bytes, head, head_bytes);
    batch->len_bytes += (uint32_t)(header_bytes + head_bytes);
    batch->n_messages++;
}

static void add_run(mc_batch *batch, const mc_outbox *outbox, uint32_t from, uint32_t to, uint8_t flags) {
    const mc_outbox_frame *first = frame_at(outbox, from);
    size_t payload_bytes = MC_HEAR_HEADER_BYTES;
    for (uint32_t tick = from; tick != to; tick++)
        payload_bytes += 2 + (size_t)frame_at(outbox, tick)->len_bytes;
    uint8_t head[MC_HEAR_HEADER_BYTES];
    mc_wire_write_hear(head, (uint8_t)(to - from), (mc_stream)first->stream, first->flags | flags, from);
    add_message(batch, head, sizeof head, payload_bytes);
    for (uint32_t tick = from; tick != to; tick++) {
        const mc_outbox_frame *frame = frame_at(outbox, tick);
        mc_put_u16(batch->bytes + batch->len_bytes, frame->len_bytes);
        memcpy(batch->bytes + batch->len_bytes + 2, frame->payload, frame->len_bytes);
        batch->len_bytes += 2 + (uint32_t)frame->len_bytes;
    }
    batch->n_frames += to - from;
}

static void add_runs(mc_batch *batch, const mc_outbox *outbox, uint32_t from, uint32_t to, uint8_t flags) {
    while (from != to) {
        uint32_t next = mc_outbox_has(outbox, from) ? run_end(outbox, from, to) : from + 1;
        if (mc_outbox_has(outbox, from))
            add_run(batch, outbox, from, next, flags);
        from = next;
    }
}

static bool talked(const mc_outbox *own, uint32_t tick) {
    return own && mc_outbox_has(own, tick);
}

static void add_frames(mc_batch *batch) {
    for (uint32_t from = batch->from_tick; from != batch->to_tick;) {
        bool talks = talked(batch->own, from);
        uint32_t to = from + 1;
        while (to != batch->to_tick && talked(batch->own, to) == talks)
            to++;
        if (talks)
            add_runs(batch, batch->own, from, to, 0);
        add_runs(batch, batch->shared, from, to, talks ? MC_HEAR_UNHEARD : 0);
        from = to;
    }
}

void mc_batch_build(mc_batch *batch, const mc_outbox *shared, const mc_outbox *own, uint32_t from_tick) {
    if (batch->shared == shared && batch->own == own && batch->from_tick == from_tick &&
        batch->to_tick == shared->end_tick)
        return;
    batch->shared = shared;
    batch->own = own;
    batch->from_tick = from_tick;
    batch->to_tick = shared->end_tick;
    batch->n_frames = batch->n_messages = batch->len_bytes = 0;
    if (shared->levels_bytes && (int32_t)(shared->levels_tick - from_tick) >= 0)
        add_message(batch, shared->levels, shared->levels_bytes, shared->levels_bytes);
    add_frames(batch);
}

#include "ring.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../include/mediacore.h"

/* Before each record; FILLER says that the rest of the ring, up to its end, holds none. */
typedef struct {
    uint32_t len_bytes;
    uint32_t span_bytes; /* with this header, rounded up */
} record_header;

#define FILLER UINT32_MAX
_Static_assert(sizeof(record_header) == MC_RING_HEADER_BYTES, "records stay 8-aligned");

static record_header *record_at(const mc_ring *ring, uint32_t position) {
    return (record_header *)(ring->bytes + (position & (ring->capacity_bytes - 1)));
}

static uint32_t bytes_to_end(const mc_ring *ring, uint32_t position) {
    return ring->capacity_bytes - (position & (ring->capacity_bytes - 1));
}

int mc_ring_init(mc_ring *ring, uint32_t capacity_bytes) {
    memset(ring, 0, sizeof *ring);
    if (capacity_bytes < 64 || capacity_bytes > 1u << 30 || capacity_bytes & (capacity_bytes - 1))
        return MC_E_ARGUMENT;
    ring->bytes = malloc(capacity_bytes);
    if (!ring->bytes)
        return MC_E_MEMORY;
    memset(ring->bytes, 0, capacity_bytes); /* so that no page is first touched in a tick */
    ring->capacity_bytes = capacity_bytes;
    return MC_OK;
}

void mc_ring_deinit(mc_ring *ring) {
    free(ring->bytes);
    ring->bytes = NULL;
}

/* tail is read only when its last reading is not enough: the consumer's cache line is left alone. */
static int has_space(mc_ring *ring, uint32_t head, uint32_t wanted_bytes) {
    if (head + wanted_bytes - ring->tail_seen > ring->capacity_bytes)
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return head + wanted_bytes - ring->tail_seen <= ring->capacity_bytes;
}

void *mc_ring_reserve(mc_ring *ring, uint32_t len_bytes) {
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    ring->reserved_head = head;
    if (len_bytes > ring->capacity_bytes / 2 - sizeof(record_header))
        return NULL;
    const uint32_t span = (len_bytes + (uint32_t)sizeof(record_header) + 7) & ~7u;
    const uint32_t to_end = bytes_to_end(ring, head);
    const uint32_t filler = to_end < span ? to_end : 0;
    if (!has_space(ring, head, filler + span))
        return NULL;
    if (filler)
        *record_at(ring, head) = (record_header){FILLER, filler};
    head += filler;
    record_header *record = record_at(ring, head);
    *record = (record_header){len_bytes, span};
    ring->reserved_head = head + span;
    return record + 1;
}

void mc_ring_commit(mc_ring *ring) {
    atomic_store_explicit(&ring->head, ring->reserved_head, memory_order_release);
}

uint32_t mc_ring_mark(const mc_ring *ring) {
    return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

bool mc_ring_is_past(const mc_ring *ring, uint32_t mark) {
    return (int32_t)(atomic_load_explicit(&ring->tail, memory_order_acquire) - mark) >= 0;
}

void *mc_ring_peek(mc_ring *ring, uint32_t *len_bytes) {
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    ring->peeked_tail = tail;
    if (tail == atomic_load_explicit(&ring->head, memory_order_acquire))
        return NULL;
    record_header *record = record_at(ring, tail);
    if (record->len_bytes == FILLER) {
        tail += record->span_bytes;
        record = record_at(ring, tail); /* a filler is committed together with the record behind it */
    }
    *len_bytes = record->len_bytes;
    ring->peeked_tail = tail + record->span_bytes;
    return record + 1;
}

void mc_ring_consume(mc_ring *ring) {
    atomic_store_explicit(&ring->tail, ring->peeked_tail, memory_order_release);
}

/*
 * A lock-free queue of variable-length records between one producer and one consumer thread.
 *
 * The ring owns its memory from init to deinit; init and deinit belong to whoever starts and ends the two
 * threads. After init nothing allocates, locks or waits. Records come out whole and in the order they were
 * committed.
 */
#ifndef MC_RING_H
#define MC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { MC_RING_HEADER_BYTES = 8, MC_RING_LINE_BYTES = 64 };

/* What one side writes stays off the other side's cache line. Fields are private. */
typedef struct mc_ring {
    uint8_t *bytes;
    uint32_t capacity_bytes;
    uint8_t apart_0[MC_RING_LINE_BYTES];

    _Atomic uint32_t head;  /* producer: bytes committed since init, modulo 2^32 */
    uint32_t reserved_head; /* what head becomes on commit */
    uint32_t tail_seen;     /* the producer's latest reading of tail */
    uint8_t apart_1[MC_RING_LINE_BYTES];

    _Atomic uint32_t tail; /* consumer: bytes consumed since init, modulo 2^32 */
    uint32_t peeked_tail;  /* what tail becomes on consume */
    uint8_t apart_2[MC_RING_LINE_BYTES];
} mc_ring;

/*
 * Takes the memory. capacity_bytes is a power of two, 64 .. 2^30. Returns 0, MC_E_ARGUMENT or MC_E_MEMORY;
 * after an error deinit is allowed and does nothing.
 */
int mc_ring_init(mc_ring *ring, uint32_t capacity_bytes);

/* Gives the memory back, with whatever was not consumed. */
void mc_ring_deinit(mc_ring *ring);

/*
 * Producer: space for one record, contiguous and 8-aligned, to be filled in and committed. NULL when it does
 * not fit now, or never will: a record and its header (MC_RING_HEADER_BYTES) take at most half the capacity.
 * Reserving anew forgets a reservation that was not committed.
 */
void *mc_ring_reserve(mc_ring *ring, uint32_t len_bytes);

/* Producer: hands what was reserved last to the consumer. */
void mc_ring_commit(mc_ring *ring);

/* Producer: the end of what was committed so far, and whether all before such a place has been consumed. */
uint32_t mc_ring_mark(const mc_ring *ring);
bool mc_ring_is_past(const mc_ring *ring, uint32_t mark);

/* Consumer: the oldest record, the consumer's to read and write until consumed; NULL when there is none. */
void *mc_ring_peek(mc_ring *ring, uint32_t *len_bytes);

/* Consumer: releases the record peeked last. */
void mc_ring_consume(mc_ring *ring);

#endif

/*
 * Memory that ends exactly where the mapped world ends, so that reading one byte too many is seen.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline size_t guard_page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Pages that hold len_bytes (at least one), without the unmapped one behind them. */
static inline size_t guard_span_bytes(size_t len_bytes) {
    const size_t page = guard_page_bytes();
    return (len_bytes / page + 1) * page;
}

/* A writable copy; the byte behind it cannot be touched. To be given to guard_free(). */
static inline void *guard_copy(const void *bytes, size_t len_bytes) {
    const size_t span = guard_span_bytes(len_bytes);
    uint8_t *start =
        mmap(NULL, span + guard_page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + span, guard_page_bytes(), PROT_NONE))
        abort();
    uint8_t *copy = start + span - len_bytes;
    if (len_bytes)
        memcpy(copy, bytes, len_bytes);
    return copy;
}

static inline void guard_free(void *copy, size_t len_bytes) {
    const size_t span = guard_span_bytes(len_bytes);
    munmap((uint8_t *)copy + len_bytes - span, span + guard_page_bytes());
}

#endif

/*
 * Ogg checksums made right: no fuzzer guesses them, and behind one that is wrong nothing is looked at.
 */
#ifndef CHECKSUMS_H
#define CHECKSUMS_H

#include <ogg/ogg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LACING_AT = 26, LACING = 27 };

static inline void mend_checksum(uint8_t *page, size_t len_bytes) {
    size_t header_bytes = LACING + page[LACING_AT], body_bytes = 0;
    if (header_bytes > len_bytes)
        return;
    for (size_t i = LACING; i < header_bytes; i++)
        body_bytes += page[i];
    if (header_bytes + body_bytes > len_bytes)
        return;
    ogg_page_checksum_set(&(ogg_page){page, (long)header_bytes, page + header_bytes, (long)body_bytes});
}

static inline void mend_checksums(uint8_t *bytes, size_t len_bytes) {
    for (size_t at = 0; at + LACING < len_bytes; at++)
        if (memcmp(bytes + at, "OggS", 4) == 0)
            mend_checksum(bytes + at, len_bytes - at);
}

#endif

/*
 * What a crash, a bad disk or a stranger left: headers and pages are read out of any bytes, and nothing outside
 * them. Checksums are made right first, as no fuzzer guesses them.
 */
#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>

#include "mediacore.h"
#include "ogg_opus.h"

enum { LACING_AT = 26, LACING = 27 };

static void mend_checksum(uint8_t *page, size_t len_bytes) {
    size_t header_bytes = LACING + page[LACING_AT], body_bytes = 0;
    if (header_bytes > len_bytes)
        return;
    for (size_t i = LACING; i < header_bytes; i++)
        body_bytes += page[i];
    if (header_bytes + body_bytes > len_bytes)
        return;
    ogg_page_checksum_set(&(ogg_page){page, (long)header_bytes, page + header_bytes, (long)body_bytes});
}

static void mend_all(uint8_t *bytes, size_t len_bytes) {
    for (size_t at = 0; at + LACING < len_bytes; at++)
        if (memcmp(bytes + at, "OggS", 4) == 0)
            mend_checksum(bytes + at, len_bytes - at);
}

static void find_and_reopen(uint8_t *bytes, size_t len_bytes, uint32_t serial) {
    mc_ogg_found found;
    if (!mc_ogg_find_last(bytes, len_bytes, serial, &found))
        return;
    if (found.len_bytes > len_bytes || found.offset > len_bytes - found.len_bytes)
        abort();
    mc_ogg_page_reopen(bytes + found.offset, found.len_bytes, found.granule);
    if (!mc_ogg_find_last(bytes + found.offset, found.len_bytes, serial, &found) || found.ends)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    mc_ogg_head head = {0};
    uint8_t *bytes = malloc(len_bytes + !len_bytes);
    if (len_bytes)
        memcpy(bytes, data, len_bytes);
    mend_all(bytes, len_bytes);
    int headers_bytes = mc_ogg_headers_read(bytes, len_bytes, &head);
    if (headers_bytes > (int)len_bytes)
        abort();
    find_and_reopen(bytes, len_bytes, headers_bytes > 0 ? head.serial : 0);
    free(bytes);
    return 0;
}

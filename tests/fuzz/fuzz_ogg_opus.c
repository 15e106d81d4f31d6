/*
 * What a crash, a bad disk or a stranger left: headers and pages are read out of any bytes, and nothing outside
 * them. Checksums are made right first, as no fuzzer guesses them.
 */
#include <stdlib.h>
#include <string.h>

#include "checksums.h"
#include "fuzz.h"
#include "ogg_opus.h"

static void find_and_reopen(uint8_t *bytes, size_t len_bytes, uint32_t serial) {
    mc_ogg_found found;
    if (!mc_ogg_find_last(bytes, len_bytes, serial, &found))
        return;
    MUST(found.len_bytes <= len_bytes && found.offset <= len_bytes - found.len_bytes);
    mc_ogg_page_reopen(bytes + found.offset, found.len_bytes, found.granule);
    MUST(mc_ogg_find_last(bytes + found.offset, found.len_bytes, serial, &found) && !found.ends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    mc_ogg_head head = {0};
    uint8_t *bytes = malloc(len_bytes + !len_bytes);
    if (len_bytes)
        memcpy(bytes, data, len_bytes);
    mend_checksums(bytes, len_bytes);
    int headers_bytes = mc_ogg_headers_read(bytes, len_bytes, &head);
    MUST(headers_bytes <= (int)len_bytes);
    find_and_reopen(bytes, len_bytes, headers_bytes > 0 ? head.serial : 0);
    free(bytes);
    return 0;
}

#include "plain.h"

enum { HEADER_PAGES = 2, CELT_FULLBAND_20_MS = 0xf8 }; /* RFC 6716 3.1 */

size_t mc_plain_begin(mc_plain *plain, uint32_t serial, uint32_t tick, uint8_t out[MC_OGG_HEADERS_BYTES]) {
    *plain = (mc_plain){.serial = serial, .n_pages = HEADER_PAGES, .toc = CELT_FULLBAND_20_MS};
    return mc_ogg_headers_write(
        out, &(mc_ogg_head){.serial = serial, .first_tick = tick, .preskip = MC_PLAIN_PRESKIP});
}

static void put(mc_plain *plain, mc_ogg_page *page, const mc_outbox *outbox, uint32_t tick) {
    const mc_outbox_frame *frame = mc_outbox_at(outbox, tick);
    uint8_t silence = mc_ogg_silence(plain->toc);
    if (!frame || mc_ogg_page_put(page, frame->payload, frame->len_bytes) < 0)
        mc_ogg_page_put(page, &silence, 1);
    else
        plain->toc = frame->payload[0];
    plain->n_packets++;
}

const uint8_t *mc_plain_next(mc_plain *plain, mc_ogg_page *page, const mc_outbox *outbox, uint32_t tick,
                             uint32_t n_ticks, int ends, size_t *len_bytes) {
    for (uint32_t i = 0; i < n_ticks; i++)
        put(plain, page, outbox, tick + i);
    return mc_ogg_page_seal(page, plain->serial, plain->n_pages++, plain->n_packets * MC_TICK_SAMPLES, ends,
                            len_bytes);
}

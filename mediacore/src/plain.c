#include "plain.h"

#include <opus/opus.h>
#include <string.h>

enum { HEADER_PAGES = 2, CELT_FULLBAND_20_MS = 0xf8 }; /* RFC 6716 3.1 */

size_t mc_plain_begin(mc_plain *plain, uint32_t serial, uint32_t tick, uint16_t fill_bytes,
                      uint8_t out[MC_OGG_HEADERS_BYTES]) {
    *plain = (mc_plain){
        .serial = serial, .n_pages = HEADER_PAGES, .fill_bytes = fill_bytes, .toc = CELT_FULLBAND_20_MS};
    return mc_ogg_headers_write(
        out, &(mc_ogg_head){.serial = serial, .first_tick = tick, .preskip = MC_PLAIN_PRESKIP});
}

/* What was heard at a tick, or silence. Returns its length. */
static uint16_t packet_of(mc_plain *plain, const mc_outbox_frame *frame, uint8_t out[MC_OGG_PACKET_BYTES]) {
    if (!frame || frame->len_bytes > MC_OGG_PACKET_BYTES) {
        out[0] = mc_ogg_silence(plain->toc);
        return 1;
    }
    plain->toc = frame->payload[0];
    memcpy(out, frame->payload, frame->len_bytes);
    return frame->len_bytes;
}

static void put(mc_plain *plain, mc_ogg_page *page, const mc_outbox *outbox, uint32_t tick) {
    uint8_t packet[MC_OGG_PACKET_BYTES];
    uint16_t len_bytes = packet_of(plain, mc_outbox_at(outbox, tick), packet);
    if (len_bytes < plain->fill_bytes && opus_packet_pad(packet, len_bytes, plain->fill_bytes) == OPUS_OK)
        len_bytes = plain->fill_bytes;
    mc_ogg_page_put(page, packet, len_bytes);
    plain->n_packets++;
}

const uint8_t *mc_plain_next(mc_plain *plain, mc_ogg_page *page, const mc_outbox *outbox, uint32_t tick,
                             uint32_t n_ticks, int ends, size_t *len_bytes) {
    for (uint32_t i = 0; i < n_ticks; i++)
        put(plain, page, outbox, tick + i);
    return mc_ogg_page_seal(page, plain->serial, plain->n_pages++, plain->n_packets * MC_TICK_SAMPLES, ends,
                            len_bytes);
}

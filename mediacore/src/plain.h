/*
 * A plain stream: what all who are silent hear as Ogg Opus (RFC 7845), for players that know nothing of
 * docs/protocol.md. Each has a stream of its own that begins when they come. Stateful; no socket. One thread.
 */
#ifndef MC_PLAIN_H
#define MC_PLAIN_H

#include "ogg_opus.h"
#include "outbox.h"

enum {
    MC_PLAIN_TICKS = MC_OGG_PAGE_PACKETS, /* a page: 200 ms */
    MC_PLAIN_PRESKIP = 3840, /* 80 ms, in which a decoder that joins finds into the sound (RFC 7845 4.6) */
};

/* How far a stream has come. */
typedef struct {
    uint32_t serial;
    uint32_t n_pages;
    uint64_t n_packets;
    uint16_t fill_bytes; /* a packet that is shorter is padded (RFC 6716 3.2.5) */
    uint8_t toc;         /* of the last packet; what nobody heard becomes silence of its kind */
} mc_plain;

/*
 * Begins a stream at a tick and writes its header pages. Returns their length. fill_bytes: of every packet, 0 to
 * MC_OGG_PACKET_BYTES.
 */
size_t mc_plain_begin(mc_plain *plain, uint32_t serial, uint32_t tick, uint16_t fill_bytes,
                      uint8_t out[MC_OGG_HEADERS_BYTES]);

/*
 * Builds the next page, in `page`: n_ticks from a tick on (1 to MC_PLAIN_TICKS; they are in the outbox, or
 * silence). ends: nothing follows. Returns its bytes, valid until the page is used again.
 */
const uint8_t *mc_plain_next(mc_plain *plain, mc_ogg_page *page, const mc_outbox *outbox, uint32_t tick,
                             uint32_t n_ticks, int ends, size_t *len_bytes);

#endif

/*
 * Ogg Opus (RFC 7845, RFC 3533): pages into memory, and pages out of memory that may hold anything. Pure.
 *
 * Every packet is 20 ms, so a page's granule position is 960 times the packets up to its end, counted from
 * the start of the stream. Packets never span pages.
 */
#ifndef MC_OGG_OPUS_H
#define MC_OGG_OPUS_H

#include <stddef.h>
#include <stdint.h>

enum {
    MC_OGG_PAGE_PACKETS = 10, /* 200 ms: what a crash may cost */
    MC_OGG_PACKET_BYTES = 1275,
    MC_OGG_LACING_BYTES = MC_OGG_PACKET_BYTES / 255 + 1,
    MC_OGG_PAGE_HEADER_BYTES = 27 + MC_OGG_PAGE_PACKETS * MC_OGG_LACING_BYTES,
    MC_OGG_PAGE_BYTES = MC_OGG_PAGE_HEADER_BYTES + MC_OGG_PAGE_PACKETS * MC_OGG_PACKET_BYTES,
    MC_OGG_HEADERS_BYTES = 256, /* both header pages fit */
};

/* What the two header pages (OpusHead, OpusTags) say: one channel, 48 kHz, gain 0. */
typedef struct {
    uint32_t serial;
    uint32_t first_tick; /* room tick of the first packet: the comment PARLEY_FIRST_TICK */
    uint16_t preskip;    /* samples to discard at the start (RFC 7845 4.2) */
} mc_ogg_head;

/* Writes both header pages. Returns their length. */
size_t mc_ogg_headers_write(uint8_t out[MC_OGG_HEADERS_BYTES], const mc_ogg_head *head);

/*
 * Reads both header pages. Returns their length; 0 when they are not there whole, in so few bytes that there
 * can be no audio; otherwise MC_E_CORRUPT.
 */
int mc_ogg_headers_read(const uint8_t *bytes, size_t len_bytes, mc_ogg_head *out);

/* A page being filled. All zero is an empty one. */
typedef struct {
    uint32_t n_packets;
    uint32_t lacing_bytes;
    uint32_t body_bytes;
    uint8_t lacing[MC_OGG_PAGE_PACKETS * MC_OGG_LACING_BYTES];
    uint8_t
        bytes[MC_OGG_PAGE_BYTES]; /* the body lies where it will be sent from; the header grows down to it */
} mc_ogg_page;

/* Appends a packet of 1 to MC_OGG_PACKET_BYTES. MC_E_ARGUMENT; MC_E_FULL after MC_OGG_PAGE_PACKETS. */
int mc_ogg_page_put(mc_ogg_page *page, const uint8_t *packet, size_t len_bytes);

/* Header and checksum. Returns the page's bytes, valid until the next put; the page is empty again. */
const uint8_t *mc_ogg_page_seal(mc_ogg_page *page, uint32_t serial, uint32_t number, uint64_t granule,
                                int ends, size_t *len_bytes);

/* A page found by mc_ogg_find_last(). */
typedef struct {
    size_t offset;
    size_t len_bytes;
    uint64_t granule;
    uint32_t number;
    uint8_t ends; /* marked "end of stream" */
    uint8_t toc;  /* first byte of its last packet */
} mc_ogg_found;

/* The last whole page of stream `serial` in any bytes, its checksum right. 1, or 0 when there is none. */
int mc_ogg_find_last(const uint8_t *bytes, size_t len_bytes, uint32_t serial, mc_ogg_found *out);

/* Takes "end of stream" off a whole page and gives it the granule position of its last packet's end. */
void mc_ogg_page_reopen(uint8_t *page, size_t len_bytes, uint64_t granule);

/* The one-byte packet of 20 ms that is silence after a 20 ms packet with this TOC (RFC 6716 3.1). */
uint8_t mc_ogg_silence(uint8_t toc);

#endif

#include "ogg_opus.h"

#include "mediacore.h"

#include <ogg/ogg.h>
#include <stdio.h>
#include <string.h>

enum { FIXED_BYTES = 27, MAX_LACING = 255, FLAG_CONTINUED = 1, FLAG_BEGINS = 2, FLAG_ENDS = 4 };
enum { AT_FLAGS = 5, AT_GRANULE = 6, AT_SERIAL = 14, AT_NUMBER = 18, AT_CRC = 22, AT_LACING = 26 };
enum { OPUS_HEAD_BYTES = 19, AT_PRESKIP = 10 };

static const char VENDOR[] = "Parley";
static const char FIRST_TICK[] = "PARLEY_FIRST_TICK=";
static const uint64_t MAX_GRANULE = (uint64_t)UINT32_MAX * MC_TICK_SAMPLES;

static void put_le(uint8_t *at, uint64_t value, size_t n_bytes) {
    for (size_t i = 0; i < n_bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, size_t n_bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < n_bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Leaves the body alone: libogg only lacks the const. */
static void set_checksum(uint8_t *header, size_t header_bytes, const uint8_t *body, size_t body_bytes) {
    ogg_page page = {.header = header,
                     .header_len = (long)header_bytes,
                     .body = (uint8_t *)body,
                     .body_len = (long)body_bytes};
    ogg_page_checksum_set(&page);
}

static void put_fixed(uint8_t *page, uint8_t flags, uint64_t granule, uint32_t serial, uint32_t number,
                      uint32_t lacing_bytes) {
    memcpy(page, "OggS", 4);
    page[4] = 0;
    page[AT_FLAGS] = flags;
    put_le(page + AT_GRANULE, granule, 8);
    put_le(page + AT_SERIAL, serial, 4);
    put_le(page + AT_NUMBER, number, 4);
    page[AT_LACING] = (uint8_t)lacing_bytes;
}

/* A header page is one short packet: one lacing byte. */
static size_t put_header_page(uint8_t *out, uint8_t flags, uint32_t serial, uint32_t number,
                              const uint8_t *packet, size_t len_bytes) {
    put_fixed(out, flags, 0, serial, number, 1);
    out[FIXED_BYTES] = (uint8_t)len_bytes;
    memcpy(out + FIXED_BYTES + 1, packet, len_bytes);
    set_checksum(out, FIXED_BYTES + 1, out + FIXED_BYTES + 1, len_bytes);
    return FIXED_BYTES + 1 + len_bytes;
}

static size_t put_string(uint8_t *out, const char *text, size_t len_bytes) {
    put_le(out, len_bytes, 4);
    memcpy(out + 4, text, len_bytes);
    return 4 + len_bytes;
}

size_t mc_ogg_headers_write(uint8_t out[MC_OGG_HEADERS_BYTES], const mc_ogg_head *head) {
    uint8_t opus_head[OPUS_HEAD_BYTES] = "OpusHead\x01\x01";
    put_le(opus_head + AT_PRESKIP, head->preskip, 2);
    put_le(opus_head + 12, 48000, 4);

    uint8_t opus_tags[96] = "OpusTags";
    char comment[sizeof FIRST_TICK + 10];
    int comment_bytes = snprintf(comment, sizeof comment, "%s%u", FIRST_TICK, head->first_tick);
    size_t len = 8;
    len += put_string(opus_tags + len, VENDOR, sizeof VENDOR - 1);
    put_le(opus_tags + len, 1, 4);
    len += 4;
    len += put_string(opus_tags + len, comment, (size_t)comment_bytes);

    size_t first = put_header_page(out, FLAG_BEGINS, head->serial, 0, opus_head, sizeof opus_head);
    return first + put_header_page(out + first, 0, head->serial, 1, opus_tags, len);
}

typedef struct {
    const uint8_t *body;
    size_t body_bytes;
    size_t len_bytes;
    uint32_t last_packet_bytes;
} page_view;

static int checksum_is_right(const uint8_t *page, size_t header_bytes, size_t body_bytes) {
    uint8_t header[FIXED_BYTES + MAX_LACING];
    memcpy(header, page, header_bytes);
    set_checksum(header, header_bytes, page + header_bytes, body_bytes);
    return memcmp(header + AT_CRC, page + AT_CRC, 4) == 0;
}

/* Whether the bytes begin with a whole page of this stream that holds whole packets. */
static int view_page(const uint8_t *page, size_t len_bytes, uint32_t serial, page_view *out) {
    if (len_bytes < FIXED_BYTES || memcmp(page, "OggS", 5) != 0 || get_le(page + AT_SERIAL, 4) != serial)
        return 0;
    const uint8_t *lacing = page + FIXED_BYTES;
    size_t n = page[AT_LACING], header_bytes = FIXED_BYTES + n;
    if (n == 0 || len_bytes < header_bytes || lacing[n - 1] == 255 || page[AT_FLAGS] & FLAG_CONTINUED)
        return 0;
    *out = (page_view){.body = page + header_bytes};
    for (size_t i = 0; i < n; i++) {
        out->body_bytes += lacing[i];
        out->last_packet_bytes = lacing[i] + (i && lacing[i - 1] == 255 ? out->last_packet_bytes : 0);
    }
    out->len_bytes = header_bytes + out->body_bytes;
    return out->len_bytes <= len_bytes && checksum_is_right(page, header_bytes, out->body_bytes);
}

/* Takes a length and that many bytes off the front. NULL when they are not there. */
static const uint8_t *take_string(const uint8_t **at, const uint8_t *end, size_t *len_bytes) {
    if (end - *at < 4)
        return NULL;
    const uint8_t *string = *at + 4;
    *len_bytes = get_le(*at, 4);
    if ((size_t)(end - string) < *len_bytes)
        return NULL;
    *at = string + *len_bytes;
    return string;
}

static int parse_tick(const uint8_t *digits, size_t n_digits, uint32_t *out) {
    uint64_t tick = 0;
    if (n_digits == 0 || n_digits > 10)
        return 0;
    for (size_t i = 0; i < n_digits; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
        tick = tick * 10 + (digits[i] - '0');
    }
    *out = (uint32_t)tick;
    return tick <= UINT32_MAX;
}

static int find_first_tick(const page_view *tags, uint32_t *tick) {
    const uint8_t *at = tags->body + 8, *end = tags->body + tags->body_bytes, *string;
    const size_t key_bytes = sizeof FIRST_TICK - 1;
    size_t len;
    if (tags->body_bytes < 8 || memcmp(tags->body, "OpusTags", 8) != 0 || !take_string(&at, end, &len))
        return 0;
    if (end - at < 4)
        return 0;
    at += 4; /* how many comments: the page's end tells as much */
    while ((string = take_string(&at, end, &len)))
        if (len > key_bytes && memcmp(string, FIRST_TICK, key_bytes) == 0)
            return parse_tick(string + key_bytes, len - key_bytes, tick);
    return 0;
}

/* RFC 7845 section 3: where a header page stands, and that no audio has gone by. */
static int is_header(const uint8_t *page, uint8_t flags, uint32_t number) {
    return page[AT_FLAGS] == flags && get_le(page + AT_NUMBER, 4) == number &&
           get_le(page + AT_GRANULE, 8) == 0;
}

int mc_ogg_headers_read(const uint8_t *bytes, size_t len_bytes, mc_ogg_head *out) {
    page_view head, tags;
    /* So few bytes hold no audio, whatever they are. */
    int otherwise = len_bytes < MC_OGG_HEADERS_BYTES ? 0 : MC_E_CORRUPT;
    if (len_bytes < FIXED_BYTES)
        return otherwise;
    out->serial = (uint32_t)get_le(bytes + AT_SERIAL, 4);
    if (!view_page(bytes, len_bytes, out->serial, &head) || !is_header(bytes, FLAG_BEGINS, 0) ||
        head.body_bytes != OPUS_HEAD_BYTES || memcmp(head.body, "OpusHead\x01\x01", AT_PRESKIP) != 0)
        return otherwise;
    out->preskip = (uint16_t)get_le(head.body + AT_PRESKIP, 2);
    if (!view_page(bytes + head.len_bytes, len_bytes - head.len_bytes, out->serial, &tags) ||
        !is_header(bytes + head.len_bytes, 0, 1) || !find_first_tick(&tags, &out->first_tick))
        return otherwise;
    return (int)(head.len_bytes + tags.len_bytes);
}

int mc_ogg_page_put(mc_ogg_page *page, const uint8_t *packet, size_t len_bytes) {
    if (len_bytes == 0 || len_bytes > MC_OGG_PACKET_BYTES)
        return MC_E_ARGUMENT;
    if (page->n_packets == MC_OGG_PAGE_PACKETS)
        return MC_E_FULL;
    memcpy(page->bytes + MC_OGG_PAGE_HEADER_BYTES + page->body_bytes, packet, len_bytes);
    page->body_bytes += (uint32_t)len_bytes;
    for (; len_bytes >= 255; len_bytes -= 255)
        page->lacing[page->lacing_bytes++] = 255;
    page->lacing[page->lacing_bytes++] = (uint8_t)len_bytes;
    page->n_packets++;
    return 0;
}

const uint8_t *mc_ogg_page_seal(mc_ogg_page *page, uint32_t serial, uint32_t number, uint64_t granule,
                                int ends, size_t *len_bytes) {
    uint8_t *body = page->bytes + MC_OGG_PAGE_HEADER_BYTES;
    size_t header_bytes = FIXED_BYTES + page->lacing_bytes;
    uint8_t *start = body - header_bytes;
    put_fixed(start, ends ? FLAG_ENDS : 0, granule, serial, number, page->lacing_bytes);
    memcpy(start + FIXED_BYTES, page->lacing, page->lacing_bytes);
    set_checksum(start, header_bytes, body, page->body_bytes);
    *len_bytes = header_bytes + page->body_bytes;
    page->n_packets = page->lacing_bytes = page->body_bytes = 0;
    return start;
}

static void describe(const uint8_t *page, const page_view *view, mc_ogg_found *out) {
    out->len_bytes = view->len_bytes;
    out->granule = get_le(page + AT_GRANULE, 8);
    out->number = (uint32_t)get_le(page + AT_NUMBER, 4);
    out->ends = (page[AT_FLAGS] & FLAG_ENDS) != 0;
    out->toc = view->last_packet_bytes ? view->body[view->body_bytes - view->last_packet_bytes] : 0;
}

int mc_ogg_find_last(const uint8_t *bytes, size_t len_bytes, uint32_t serial, mc_ogg_found *out) {
    int found = 0;
    size_t at = 0;
    while (at < len_bytes) {
        page_view view;
        if (view_page(bytes + at, len_bytes - at, serial, &view) &&
            get_le(bytes + at + AT_GRANULE, 8) <= MAX_GRANULE) {
            describe(bytes + at, &view, out);
            out->offset = at;
            at += view.len_bytes;
            found = 1;
            continue;
        }
        const uint8_t *next = memchr(bytes + at + 1, 'O', len_bytes - at - 1);
        at = next ? (size_t)(next - bytes) : len_bytes;
    }
    return found;
}

void mc_ogg_page_reopen(uint8_t *page, size_t len_bytes, uint64_t granule) {
    size_t header_bytes = FIXED_BYTES + page[AT_LACING];
    page[AT_FLAGS] &= (uint8_t)~FLAG_ENDS;
    put_le(page + AT_GRANULE, granule, 8);
    set_checksum(page, header_bytes, page + header_bytes, len_bytes - header_bytes);
}

uint8_t mc_ogg_silence(uint8_t toc) {
    uint8_t config = toc >> 3;
    if (config < 12) /* SILK: 10, 20, 40, 60 ms */
        config = (uint8_t)((config & ~3) | 1);
    else if (config < 16) /* hybrid: 10, 20 ms */
        config |= 1;
    else /* CELT: 2.5, 5, 10, 20 ms */
        config |= 3;
    return (uint8_t)(config << 3 | (toc & 4));
}

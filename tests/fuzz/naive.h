/*
 * RFC 6455 sections 5 to 8 read as a text is read, for a whole stream at once: no state, no buffer, no regard for
 * speed. What it tells of a stream is what mc_ws_reader must tell, however the stream is cut.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include <stdbool.h>
#include <string.h>

#include "mediacore.h"
#include "ws_frame.h"

/* All that was told of a stream. The hash stands for the messages: FNV-1a, 64 bits. */
typedef struct {
    int status;
    uint32_t n_messages;
    uint64_t hash;
} naive_transcript;

static inline void naive_hash(naive_transcript *t, const uint8_t *bytes, size_t len_bytes) {
    for (size_t i = 0; i < len_bytes; i++)
        t->hash = (t->hash ^ bytes[i]) * 0x100000001b3;
}

static inline void naive_note(naive_transcript *t, uint32_t opcode, const uint8_t *payload,
                              uint32_t len_bytes, uint32_t close_code) {
    const uint32_t facts[] = {opcode, len_bytes, close_code};
    naive_hash(t, (const uint8_t *)facts, sizeof facts);
    naive_hash(t, payload, len_bytes);
    t->n_messages++;
}

/* RFC 3629: 1 whole characters; 0 the last one is not whole, but may become so; -1 never. */
static inline int naive_utf8(const uint8_t *s, size_t n) {
    static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < n;) {
        const size_t more = s[i] < 0x80   ? 0
                            : s[i] < 0xC0 ? 9
                            : s[i] < 0xE0 ? 1
                            : s[i] < 0xF0 ? 2
                            : s[i] < 0xF8 ? 3
                                          : 9;
        if (more == 9)
            return -1;
        /* The least and the greatest that it can become with what is still to come. */
        uint32_t least = more ? s[i] & (0x3FU >> more) : s[i], greatest = least;
        size_t k = 1;
        for (; k <= more; k++) {
            const bool there = i + k < n;
            if (there && (s[i + k] & 0xC0) != 0x80)
                return -1;
            least = least << 6 | (there ? s[i + k] & 0x3FU : 0);
            greatest = greatest << 6 | (there ? s[i + k] & 0x3FU : 0x3FU);
        }
        if (greatest < lowest[more] || least > 0x10FFFF || (least >= 0xD800 && greatest <= 0xDFFF))
            return -1;
        if (i + more >= n)
            return 0;
        i += more + 1;
    }
    return 1;
}

typedef struct {
    const mc_ws_limits *limits;
    const uint8_t *at, *end;
    uint32_t opcode; /* of the message under way, 0: none */
    uint8_t message[1 << 14];
    uint64_t message_bytes;
    bool closed;
    naive_transcript t;
} naive_reader;

static inline int naive_close(naive_reader *r, const uint8_t *payload, uint32_t n) {
    r->closed = true;
    if (n == 0) {
        naive_note(&r->t, MC_WS_CLOSE, payload, 0, MC_WS_NO_CODE);
        return 0;
    }
    const uint32_t code = n < 2 ? 0 : (uint32_t)payload[0] << 8 | payload[1];
    const bool defined = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    if (!defined && (code < 3000 || code > 4999))
        return MC_E_WS_PROTOCOL;
    if (naive_utf8(payload + 2, n - 2) != 1)
        return MC_E_WS_UTF8;
    naive_note(&r->t, MC_WS_CLOSE, payload + 2, n - 2, code);
    return 0;
}

static inline int naive_data(naive_reader *r, uint32_t opcode, bool final, bool whole, uint64_t n) {
    if (opcode)
        r->opcode = opcode;
    r->message_bytes += n;
    const int utf8 = r->opcode == MC_WS_TEXT ? naive_utf8(r->message, r->message_bytes) : 1;
    if (utf8 < 0 || (utf8 == 0 && final && whole))
        return MC_E_WS_UTF8;
    if (final && whole) {
        naive_note(&r->t, r->opcode, r->message, (uint32_t)r->message_bytes, 0);
        r->opcode = 0;
    }
    return 0;
}

/* One frame, or what is there of it. */
static inline int naive_frame(naive_reader *r) {
    const size_t there = (size_t)(r->end - r->at);
    const uint8_t *h = r->at;
    r->at = r->end; /* unless the frame is whole */
    if (there < 2)
        return 0;
    const uint32_t opcode = h[0] & 15, short_length = h[1] & 127;
    const bool final = h[0] & 0x80, control = opcode >= 8;
    if (h[0] & 0x70 || !(h[1] & 0x80) || (opcode > 2 && opcode < 8) || opcode > 10)
        return MC_E_WS_PROTOCOL;
    if (control && (!final || short_length > 125))
        return MC_E_WS_PROTOCOL;
    if (!control && (opcode == 0) != (r->opcode != 0))
        return MC_E_WS_PROTOCOL;
    const size_t more = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
    if (there < 2 + more + 4)
        return 0;
    uint64_t length = more ? 0 : short_length;
    for (size_t i = 0; i < more; i++)
        length = length << 8 | h[2 + i];
    if ((more == 2 && length < 126) || (more == 8 && (length < 65536 || length >> 63)))
        return MC_E_WS_PROTOCOL;
    const uint32_t kind = opcode ? opcode : r->opcode;
    const uint64_t limit = kind == MC_WS_TEXT ? r->limits->max_text_bytes : r->limits->max_binary_bytes;
    if (!control && opcode)
        r->message_bytes = 0;
    if (!control && length > limit - r->message_bytes)
        return MC_E_WS_TOO_BIG;
    const uint8_t *key = h + 2 + more, *payload = key + 4;
    const uint64_t came = length < (uint64_t)(r->end - payload) ? length : (uint64_t)(r->end - payload);
    uint8_t short_payload[125];
    uint8_t *to = control ? short_payload : r->message + r->message_bytes;
    for (uint64_t i = 0; i < came; i++)
        to[i] = payload[i] ^ key[i % 4];
    if (came == length)
        r->at = payload + length;
    if (!control)
        return naive_data(r, opcode, final, came == length, came);
    if (came < length)
        return 0;
    if (opcode == MC_WS_CLOSE)
        return naive_close(r, to, (uint32_t)length);
    naive_note(&r->t, opcode, to, (uint32_t)length, 0);
    return 0;
}

/* The limits are at most half of naive_reader's message, the stream no longer than that. */
static inline naive_transcript naive_read(const mc_ws_limits *limits, const uint8_t *bytes,
                                          size_t len_bytes) {
    static naive_reader r;
    r.limits = limits;
    r.at = bytes, r.end = bytes + len_bytes;
    r.opcode = 0, r.message_bytes = 0, r.closed = false;
    r.t = (naive_transcript){0};
    while (!r.t.status && !r.closed && r.at < r.end)
        r.t.status = naive_frame(&r);
    return r.t;
}

#endif

#include "ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include "../include/mediacore.h"

enum { FIN = 0x80, RESERVED_BITS = 0x70, OPCODE = 0x0F, CONTROL = 0x08, CONTINUATION = 0 };
enum { MASKED = 0x80, LENGTH = 0x7F, LENGTH_16 = 126, LENGTH_64 = 127, MASK_BYTES = 4 };
enum { CLOSE_CODE_BYTES = 2, REASON_MAX_BYTES = MC_WS_CONTROL_MAX_BYTES - CLOSE_CODE_BYTES };
enum { BUFFER_MIN_BYTES = 256 };

_Static_assert(sizeof(mc_ws_reader) <= 256, "a connection embeds a reader");

/* UTF-8, RFC 3629 section 4: the byte after some leads is bounded more tightly, which bars overlong forms,
 * surrogates and what lies above U+10FFFF. */
static bool utf8_lead(mc_ws_utf8 *utf8, uint8_t byte) {
    if (byte < 0x80)
        return true;
    if (byte < 0xC2 || byte > 0xF4)
        return false;
    utf8->n_pending = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    utf8->lowest = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    utf8->highest = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

static bool utf8_continuation(mc_ws_utf8 *utf8, uint8_t byte) {
    if (byte < utf8->lowest || byte > utf8->highest)
        return false;
    *utf8 = (mc_ws_utf8){utf8->n_pending - 1, 0x80, 0xBF};
    return true;
}

static bool utf8_goes_on(mc_ws_utf8 *utf8, const uint8_t *bytes, size_t len_bytes) {
    for (size_t i = 0; i < len_bytes; i++)
        if (!(utf8->n_pending ? utf8_continuation(utf8, bytes[i]) : utf8_lead(utf8, bytes[i])))
            return false;
    return true;
}

static bool utf8_whole(const uint8_t *bytes, size_t len_bytes) {
    mc_ws_utf8 utf8 = {0};
    return utf8_goes_on(&utf8, bytes, len_bytes) && !utf8.n_pending;
}

static uint64_t big_endian(const uint8_t *bytes, size_t len_bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < len_bytes; i++)
        value = value << 8 | bytes[i];
    return value;
}

static size_t length_bytes(const mc_ws_reader *reader) {
    const uint8_t length = reader->header[1] & LENGTH;
    return length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
}

static const uint8_t *mask(const mc_ws_reader *reader) {
    return reader->header + 2 + length_bytes(reader);
}

static uint8_t frame_opcode(const mc_ws_reader *reader) {
    return reader->header[0] & OPCODE;
}

static bool is_control(const mc_ws_reader *reader) {
    return frame_opcode(reader) & CONTROL;
}

void mc_ws_reader_init(mc_ws_reader *reader, const mc_ws_limits *limits) {
    *reader = (mc_ws_reader){.limits = *limits};
}

static void release_buffer(mc_ws_reader *reader) {
    free(reader->buffer);
    reader->buffer = NULL;
    reader->buffer_bytes = 0;
}

void mc_ws_reader_deinit(mc_ws_reader *reader) {
    release_buffer(reader);
}

/* The rules of section 5 that a frame's first two bytes can break. */
static int check_start(const mc_ws_reader *reader) {
    const uint8_t opcode = frame_opcode(reader);
    const bool final = reader->header[0] & FIN;
    bool good;
    if (is_control(reader))
        good = opcode <= MC_WS_PONG && final && (reader->header[1] & LENGTH) <= MC_WS_CONTROL_MAX_BYTES;
    else if (opcode == CONTINUATION)
        good = reader->message_opcode;
    else
        good = opcode <= MC_WS_BINARY && !reader->message_opcode;
    good = good && !(reader->header[0] & RESERVED_BITS) && reader->header[1] & MASKED;
    return good ? MC_OK : MC_E_WS_PROTOCOL;
}

/* Section 5.2: "the minimal number of bytes MUST be used", and the topmost bit is 0. */
static bool is_minimal(size_t n_bytes, uint64_t length) {
    return n_bytes == 0 || (n_bytes == 2 && length >= LENGTH_16) ||
           (n_bytes == 8 && length > UINT16_MAX && length <= INT64_MAX);
}

static uint64_t payload_length(const mc_ws_reader *reader) {
    const size_t n_bytes = length_bytes(reader);
    return n_bytes ? big_endian(reader->header + 2, n_bytes) : reader->header[1] & LENGTH;
}

static void begin_message(mc_ws_reader *reader) {
    reader->message_opcode = frame_opcode(reader);
    reader->message_bytes = 0;
}

static uint32_t message_limit(const mc_ws_reader *reader) {
    return reader->message_opcode == MC_WS_TEXT ? reader->limits.max_text_bytes
                                                : reader->limits.max_binary_bytes;
}

/* The header is whole. */
static int begin_frame(mc_ws_reader *reader) {
    const uint64_t length = payload_length(reader);
    if (!is_minimal(length_bytes(reader), length))
        return MC_E_WS_PROTOCOL;
    if (!is_control(reader)) {
        if (frame_opcode(reader) != CONTINUATION)
            begin_message(reader);
        if (length > message_limit(reader) - reader->message_bytes)
            return MC_E_WS_TOO_BIG;
    }
    reader->frame_bytes = (uint32_t)length;
    reader->frame_done_bytes = 0;
    reader->in_payload = true;
    return MC_OK;
}

static int take_header(mc_ws_reader *reader, const uint8_t *bytes, size_t len_bytes, size_t *used) {
    while (*used < len_bytes) {
        reader->header[reader->header_bytes++] = bytes[(*used)++];
        if (reader->header_bytes == 2 && check_start(reader))
            return MC_E_WS_PROTOCOL;
        if (reader->header_bytes >= 2 && reader->header + reader->header_bytes == mask(reader) + MASK_BYTES)
            return begin_frame(reader);
    }
    return MC_OK;
}

static void unmask(uint8_t *bytes, size_t len_bytes, const uint8_t key[MASK_BYTES], uint32_t phase) {
    uint8_t turned[8];
    for (uint32_t i = 0; i < sizeof turned; i++)
        turned[i] = key[(phase + i) % MASK_BYTES];
    uint64_t wide_key, word;
    memcpy(&wide_key, turned, sizeof wide_key);
    size_t i = 0;
    for (; i + sizeof word <= len_bytes; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        word ^= wide_key;
        memcpy(bytes + i, &word, sizeof word);
    }
    for (; i < len_bytes; i++)
        bytes[i] ^= turned[i % sizeof turned];
}

/* Section 7.4, with 1012 to 1014 of IANA's registry. */
static bool may_close_with(uint16_t code) {
    const bool never_sent = code == 1004 || code == MC_WS_NO_CODE || code == 1006;
    return (code >= 1000 && code <= 1014 && !never_sent) || (code >= 3000 && code <= 4999);
}

static int take_close(mc_ws_reader *reader, mc_ws_message *out) {
    const uint32_t len_bytes = reader->frame_bytes;
    *out = (mc_ws_message){MC_WS_CLOSE, reader->control, 0, MC_WS_NO_CODE};
    reader->closed = true;
    if (len_bytes == 0)
        return 1;
    out->close_code = (uint16_t)big_endian(reader->control, CLOSE_CODE_BYTES);
    if (len_bytes < CLOSE_CODE_BYTES || !may_close_with(out->close_code))
        return MC_E_WS_PROTOCOL;
    out->payload += CLOSE_CODE_BYTES;
    out->len_bytes = len_bytes - CLOSE_CODE_BYTES;
    return utf8_whole(out->payload, out->len_bytes) ? 1 : MC_E_WS_UTF8;
}

static int take_control(mc_ws_reader *reader, const uint8_t *part, size_t len_bytes, mc_ws_message *out) {
    memcpy(reader->control + reader->frame_done_bytes - len_bytes, part, len_bytes);
    if (reader->in_payload)
        return 0;
    if (frame_opcode(reader) == MC_WS_CLOSE)
        return take_close(reader, out);
    *out = (mc_ws_message){frame_opcode(reader), reader->control, reader->frame_bytes, 0};
    return 1;
}

/* Doubling keeps the copying linear; the size is the peer's to choose only by sending that much. */
static int append(mc_ws_reader *reader, const uint8_t *part, size_t len_bytes) {
    const size_t needed = (size_t)reader->message_bytes + len_bytes;
    if (needed > reader->buffer_bytes) {
        size_t wanted = 2 * (size_t)reader->buffer_bytes;
        wanted = wanted < BUFFER_MIN_BYTES ? BUFFER_MIN_BYTES : wanted;
        wanted = wanted < needed ? needed : wanted;
        wanted = wanted > message_limit(reader) ? message_limit(reader) : wanted;
        uint8_t *grown = realloc(reader->buffer, wanted);
        if (!grown)
            return MC_E_MEMORY;
        reader->buffer = grown;
        reader->buffer_bytes = (uint32_t)wanted;
    }
    if (len_bytes)
        memcpy(reader->buffer + reader->message_bytes, part, len_bytes);
    return MC_OK;
}

static int take_data(mc_ws_reader *reader, const uint8_t *part, size_t len_bytes, mc_ws_message *out) {
    const bool last = reader->header[0] & FIN && !reader->in_payload;
    const bool in_one_piece = last && reader->message_bytes == 0;
    if (reader->message_opcode == MC_WS_TEXT &&
        (!utf8_goes_on(&reader->utf8, part, len_bytes) || (last && reader->utf8.n_pending)))
        return MC_E_WS_UTF8;
    if (!in_one_piece && append(reader, part, len_bytes))
        return MC_E_MEMORY;
    reader->message_bytes += (uint32_t)len_bytes;
    if (!last)
        return 0;
    *out = (mc_ws_message){reader->message_opcode, in_one_piece ? part : reader->buffer,
                           reader->message_bytes, 0};
    reader->message_opcode = 0;
    return 1;
}

static int take_payload(mc_ws_reader *reader, uint8_t *bytes, size_t len_bytes, size_t *used,
                        mc_ws_message *out) {
    uint8_t *part = bytes + *used;
    const size_t missing = reader->frame_bytes - reader->frame_done_bytes;
    const size_t part_bytes = len_bytes - *used < missing ? len_bytes - *used : missing;
    unmask(part, part_bytes, mask(reader), reader->frame_done_bytes);
    *used += part_bytes;
    reader->frame_done_bytes += (uint32_t)part_bytes;
    if (part_bytes == missing) {
        reader->in_payload = false;
        reader->header_bytes = 0;
    }
    return is_control(reader) ? take_control(reader, part, part_bytes, out)
                              : take_data(reader, part, part_bytes, out);
}

int mc_ws_reader_feed(mc_ws_reader *reader, uint8_t *bytes, size_t len_bytes, size_t *used,
                      mc_ws_message *out) {
    *used = 0;
    if (reader->status)
        return reader->status;
    if (!reader->message_opcode)
        release_buffer(reader);
    if (reader->closed)
        *used = len_bytes;
    int result = 0;
    while (result == 0 && *used < len_bytes) {
        if (!reader->in_payload)
            result = take_header(reader, bytes, len_bytes, used);
        if (reader->in_payload)
            result = take_payload(reader, bytes, len_bytes, used, out);
    }
    if (result < 0)
        reader->status = result;
    return result;
}

uint16_t mc_ws_close_code(int status) {
    switch (status) {
    case MC_OK:
        return 1000;
    case MC_E_WS_PROTOCOL:
        return 1002;
    case MC_E_WS_UTF8:
        return 1007;
    case MC_E_WIRE:
        return 1008;
    case MC_E_WS_TOO_BIG:
        return 1009;
    default:
        return 1011;
    }
}

static void put_big_endian(uint8_t *out, size_t len_bytes, uint64_t value) {
    for (size_t i = len_bytes; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
}

size_t mc_ws_write_header(uint8_t out[10], mc_ws_opcode opcode, size_t payload_len_bytes) {
    const size_t n_bytes = payload_len_bytes < LENGTH_16 ? 0 : payload_len_bytes <= UINT16_MAX ? 2 : 8;
    out[0] = FIN | (uint8_t)opcode;
    out[1] = n_bytes == 0 ? (uint8_t)payload_len_bytes : n_bytes == 2 ? LENGTH_16 : LENGTH_64;
    put_big_endian(out + 2, n_bytes, payload_len_bytes);
    return 2 + n_bytes;
}

static size_t reason_bytes(const char *reason) {
    size_t len_bytes = reason ? strlen(reason) : 0;
    if (len_bytes <= REASON_MAX_BYTES)
        return len_bytes;
    len_bytes = REASON_MAX_BYTES;
    while (len_bytes > 0 && ((uint8_t)reason[len_bytes] & 0xC0) == 0x80)
        len_bytes--;
    return len_bytes;
}

size_t mc_ws_write_close(uint8_t out[127], uint16_t code, const char *reason) {
    if (code == MC_WS_NO_CODE)
        return mc_ws_write_header(out, MC_WS_CLOSE, 0);
    const size_t n_bytes = reason_bytes(reason);
    const size_t at = mc_ws_write_header(out, MC_WS_CLOSE, CLOSE_CODE_BYTES + n_bytes);
    put_big_endian(out + at, CLOSE_CODE_BYTES, code);
    if (n_bytes)
        memcpy(out + at + CLOSE_CODE_BYTES, reason, n_bytes);
    return at + CLOSE_CODE_BYTES + n_bytes;
}

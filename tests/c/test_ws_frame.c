/*
 * Every stream is fed whole, byte by byte, cut at every place and up to an unmapped page; all must tell the
 * same.
 */
#include <stdlib.h>
#include <string.h>

#include "../fuzz/naive.h"
#include "check.h"
#include "guard.h"
#include "mediacore.h"
#include "ws_frame.h"

enum { FIN = 0x80, MASKED = 0x80, MAX_TEXT = 1024, MAX_BINARY = 8192, STREAM_BYTES = 1 << 15 };

static const mc_ws_limits limits = {MAX_TEXT, MAX_BINARY};

/* What a client sends. */
typedef struct {
    size_t len_bytes;
    uint8_t bytes[STREAM_BYTES];
} stream;

static void put(stream *s, const void *bytes, size_t len_bytes) {
    if (s->len_bytes + len_bytes > sizeof s->bytes)
        abort();
    memcpy(s->bytes + s->len_bytes, bytes, len_bytes);
    s->len_bytes += len_bytes;
}

/* A header as given, whatever the rules say, with the length in n_bytes (0, 2 or 8). */
static void put_header(stream *s, uint8_t first, uint64_t length, size_t n_bytes) {
    uint8_t header[14] = {first, (uint8_t)(MASKED | (n_bytes == 0 ? length : n_bytes == 2 ? 126 : 127))};
    for (size_t i = 0; i < n_bytes; i++)
        header[2 + i] = (uint8_t)(length >> (8 * (n_bytes - 1 - i)));
    memcpy(header + 2 + n_bytes, "\x37\xfa\x21\x3d", 4);
    put(s, header, 2 + n_bytes + 4);
}

static void put_frame(stream *s, uint8_t first, const void *payload, size_t len_bytes) {
    put_header(s, first, len_bytes, len_bytes < 126 ? 0 : len_bytes <= UINT16_MAX ? 2 : 8);
    put(s, payload, len_bytes);
    for (size_t i = 0; i < len_bytes; i++)
        s->bytes[s->len_bytes - len_bytes + i] ^= "\x37\xfa\x21\x3d"[i % 4];
}

static void put_close(stream *s, uint16_t code, const char *reason) {
    uint8_t payload[256] = {(uint8_t)(code >> 8), (uint8_t)code};
    memcpy(payload + 2, reason, strlen(reason));
    put_frame(s, FIN | MC_WS_CLOSE, payload, 2 + strlen(reason));
}

/* All that a reader told of a stream. */
typedef struct {
    int status;
    size_t n_messages, len_bytes;
    uint8_t bytes[2 * STREAM_BYTES];
} transcript;

static void note(transcript *t, const mc_ws_message *message) {
    const uint32_t facts[] = {message->opcode, message->len_bytes, message->close_code};
    if (t->len_bytes + sizeof facts + message->len_bytes > sizeof t->bytes)
        abort();
    memcpy(t->bytes + t->len_bytes, facts, sizeof facts);
    t->len_bytes += sizeof facts;
    if (message->len_bytes)
        memcpy(t->bytes + t->len_bytes, message->payload, message->len_bytes);
    t->len_bytes += message->len_bytes;
    t->n_messages++;
}

/* Feeds one piece, as a connection does that has received it. */
static void feed(mc_ws_reader *reader, const uint8_t *bytes, size_t len_bytes, transcript *t) {
    uint8_t *piece = guard_copy(bytes, len_bytes);
    mc_ws_message message;
    size_t used, at = 0;
    while ((t->status = mc_ws_reader_feed(reader, piece + at, len_bytes - at, &used, &message)) == 1) {
        note(t, &message);
        at += used;
    }
    if (t->status == 0)
        CHECK_EQ_INT(at + used, len_bytes);
    guard_free(piece, len_bytes);
}

/* Cuts before each of n_cuts places, in order. */
static void read_cut(const stream *s, const size_t *cuts, size_t n_cuts, transcript *t) {
    mc_ws_reader reader;
    mc_ws_reader_init(&reader, &limits);
    *t = (transcript){0};
    size_t at = 0;
    for (size_t i = 0; i <= n_cuts; i++) {
        const size_t end = i < n_cuts ? cuts[i] : s->len_bytes;
        feed(&reader, s->bytes + at, end - at, t);
        at = end;
    }
    mc_ws_reader_deinit(&reader);
}

static void check_same(const transcript *is, const transcript *expected) {
    CHECK_EQ_INT(is->status, expected->status);
    CHECK_EQ_INT(is->n_messages, expected->n_messages);
    CHECK(is->len_bytes == expected->len_bytes && memcmp(is->bytes, expected->bytes, is->len_bytes) == 0);
}

/* Long streams are cut at a thousand places, short ones everywhere. */
static void read_all_ways(const stream *s, transcript *whole) {
    static transcript other;
    static size_t every[STREAM_BYTES];
    read_cut(s, NULL, 0, whole);
    for (size_t i = 0; i < s->len_bytes; i++)
        every[i] = i;
    if (s->len_bytes < 2000) {
        read_cut(s, every, s->len_bytes, &other);
        check_same(&other, whole);
    }
    for (size_t cut = 0; cut < s->len_bytes; cut += 1 + s->len_bytes / 1000) {
        read_cut(s, &cut, 1, &other);
        check_same(&other, whole);
    }
}

static void expect(const stream *s, size_t n_messages, int status) {
    static transcript whole;
    read_all_ways(s, &whole);
    CHECK_EQ_INT(whole.n_messages, n_messages);
    CHECK_EQ_INT(whole.status, status);
}

/* The stream holds exactly this message. */
static void expect_message(const stream *s, mc_ws_opcode opcode, const void *payload, size_t len_bytes,
                           uint16_t close_code) {
    static transcript whole, wanted;
    read_all_ways(s, &whole);
    wanted = (transcript){0};
    note(&wanted, &(mc_ws_message){opcode, payload, (uint32_t)len_bytes, close_code});
    check_same(&whole, &wanted);
}

static void fill(uint8_t *bytes, size_t len_bytes) {
    for (size_t i = 0; i < len_bytes; i++)
        bytes[i] = (uint8_t)(i * 131 + i / 256);
}

static void test_binary_of_every_kind_of_length(void) {
    static uint8_t payload[MAX_BINARY];
    fill(payload, sizeof payload);
    const size_t lengths[] = {0,   1,   3,   4,   5,   7,   8,    9,    124,
                              125, 126, 127, 128, 255, 256, 1291, 4097, MAX_BINARY};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        stream s = {0};
        put_frame(&s, FIN | MC_WS_BINARY, payload, lengths[i]);
        expect_message(&s, MC_WS_BINARY, payload, lengths[i], 0);
    }
}

/* The longer form of a length is only for what the shorter cannot hold, here with limits that allow 64 bits.
 */
static void test_long_messages_of_64_bit_length(void) {
    enum { LONG = 70000 };
    uint8_t *frame = calloc(1, 14 + LONG);
    memcpy(frame, "\x82\xff\0\0\0\0\0\x01\x11\x70\0\0\0\0", 14);
    fill(frame + 14, LONG);
    mc_ws_reader reader;
    mc_ws_reader_init(&reader, &(mc_ws_limits){0, LONG});
    mc_ws_message message;
    size_t used;
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, frame, 14 + LONG, &used, &message), 1);
    CHECK_EQ_INT(message.len_bytes, LONG);
    CHECK(message.payload == frame + 14);
    mc_ws_reader_deinit(&reader);
    mc_ws_reader_init(&reader, &(mc_ws_limits){0, LONG - 1});
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, frame, 14 + LONG, &used, &message), MC_E_WS_TOO_BIG);
    mc_ws_reader_deinit(&reader);
    free(frame);
}

static void test_whole_messages_are_not_copied(void) {
    stream s = {0};
    put_frame(&s, FIN | MC_WS_TEXT, "hello", 5);
    put_frame(&s, FIN | MC_WS_BINARY, "\1\2\3", 3);
    mc_ws_reader reader;
    mc_ws_reader_init(&reader, &limits);
    mc_ws_message message;
    size_t used;
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, s.bytes, s.len_bytes, &used, &message), 1);
    CHECK_EQ_INT(used, 11);
    CHECK(message.payload == s.bytes + 6 && reader.buffer == NULL);
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, s.bytes + used, s.len_bytes - used, &used, &message), 1);
    CHECK(message.payload == s.bytes + 17 && reader.buffer == NULL);
    mc_ws_reader_deinit(&reader);
}

static void test_fragments_make_one_message(void) {
    stream s = {0};
    put_frame(&s, MC_WS_TEXT, "Gr\xc3", 3);
    put_frame(&s, 0, "", 0);
    put_frame(&s, FIN,
              "\xbc\xc3\x9f"
              "e",
              4);
    expect_message(&s, MC_WS_TEXT, "Grüße", 7, 0);

    stream empty = {0};
    put_frame(&empty, MC_WS_BINARY, "", 0);
    put_frame(&empty, 0, "", 0);
    put_frame(&empty, FIN, "x", 1);
    expect_message(&empty, MC_WS_BINARY, "x", 1, 0);
}

static void test_control_frames_come_between_fragments(void) {
    stream s = {0};
    put_frame(&s, MC_WS_BINARY, "one ", 4);
    put_frame(&s, FIN | MC_WS_PING, "are you there", 13);
    put_frame(&s, 0, "two ", 4);
    put_frame(&s, FIN | MC_WS_PONG, "", 0);
    put_frame(&s, FIN, "three", 5);
    static transcript whole, wanted;
    read_all_ways(&s, &whole);
    wanted = (transcript){0};
    note(&wanted, &(mc_ws_message){MC_WS_PING, (const uint8_t *)"are you there", 13, 0});
    note(&wanted, &(mc_ws_message){MC_WS_PONG, NULL, 0, 0});
    note(&wanted, &(mc_ws_message){MC_WS_BINARY, (const uint8_t *)"one two three", 13, 0});
    check_same(&whole, &wanted);
}

static void test_broken_framing_is_a_protocol_error(void) {
    const struct {
        uint8_t first;
        uint64_t length;
        size_t length_bytes;
    } broken[] = {
        {FIN | 0x40 | MC_WS_TEXT, 1, 0}, /* reserved bits */
        {FIN | 0x20 | MC_WS_BINARY, 1, 0},
        {FIN | 0x10 | MC_WS_PING, 1, 0},
        {FIN | 3, 1, 0}, /* reserved opcodes */
        {FIN | 7, 1, 0},
        {FIN | 11, 1, 0},
        {FIN | 15, 1, 0},
        {MC_WS_PING, 1, 0}, /* a fragmented control frame */
        {MC_WS_CLOSE, 0, 0},
        {FIN | MC_WS_PING, 126, 2}, /* a control frame over 125 bytes */
        {FIN | MC_WS_CLOSE, 65536, 8},
        {FIN | 0, 1, 0}, /* continues nothing */
        {0, 1, 0},
        {FIN | MC_WS_BINARY, 125, 2}, /* lengths that are not minimal */
        {FIN | MC_WS_BINARY, 0, 2},
        {FIN | MC_WS_BINARY, 5, 8},
        {FIN | MC_WS_BINARY, 65535, 8},
        {FIN | MC_WS_BINARY, 1ull << 63, 8}, /* the topmost bit */
        {FIN | MC_WS_BINARY, UINT64_MAX, 8},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        stream s = {0};
        put_frame(&s, FIN | MC_WS_BINARY, "good", 4);
        put_header(&s, broken[i].first, broken[i].length, broken[i].length_bytes);
        put(&s, "rest", 4);
        expect(&s, 1, MC_E_WS_PROTOCOL);
    }
}

static void test_new_message_inside_fragments_is_a_protocol_error(void) {
    for (uint8_t opcode = MC_WS_TEXT; opcode <= MC_WS_BINARY; opcode++) {
        stream s = {0};
        put_frame(&s, MC_WS_TEXT, "begun", 5);
        put_frame(&s, FIN | opcode, "again", 5);
        expect(&s, 0, MC_E_WS_PROTOCOL);
    }
}

/* Two bytes are enough to tell, and a peer may send no third. */
static void test_unmasked_frame_is_refused_at_its_second_byte(void) {
    stream s = {0};
    put(&s, "\x89\x00", 2);
    expect(&s, 0, MC_E_WS_PROTOCOL);
}

static void test_error_is_final(void) {
    stream bad = {0}, good = {0};
    put(&bad, "\xff", 1);
    put(&bad, "\xff", 1);
    put_frame(&good, FIN | MC_WS_PING, "", 0);
    mc_ws_reader reader;
    mc_ws_reader_init(&reader, &limits);
    mc_ws_message message;
    size_t used;
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, bad.bytes, bad.len_bytes, &used, &message), MC_E_WS_PROTOCOL);
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, good.bytes, good.len_bytes, &used, &message), MC_E_WS_PROTOCOL);
    CHECK_EQ_INT(used, 0);
    mc_ws_reader_deinit(&reader);
}

static void test_limits_hold_for_the_whole_message(void) {
    static const uint8_t zeros[MAX_BINARY + 1];
    stream s = {0};
    put_frame(&s, FIN | MC_WS_BINARY, zeros, MAX_BINARY + 1);
    expect(&s, 0, MC_E_WS_TOO_BIG);

    s.len_bytes = 0;
    put_frame(&s, FIN | MC_WS_TEXT, zeros, MAX_TEXT);
    put_frame(&s, FIN | MC_WS_TEXT, zeros, MAX_TEXT + 1);
    expect(&s, 1, MC_E_WS_TOO_BIG);

    s.len_bytes = 0;
    put_frame(&s, MC_WS_TEXT, zeros, MAX_TEXT - 1);
    put_frame(&s, 0, zeros, 1);
    put_frame(&s, 0, zeros, 0);
    put_frame(&s, FIN, zeros, 1);
    expect(&s, 0, MC_E_WS_TOO_BIG);

    s.len_bytes = 0;
    put_header(&s, FIN | MC_WS_BINARY, INT64_MAX, 8);
    expect(&s, 0, MC_E_WS_TOO_BIG);
}

/* What a peer announces takes nothing; what it sends takes at most twice as much, and never more than the
 * limit. */
static void test_memory_follows_what_came(void) {
    enum { LIMIT = 5000 };
    static uint8_t payload[LIMIT];
    stream s = {0};
    put_frame(&s, FIN | MC_WS_BINARY, payload, sizeof payload);
    mc_ws_reader reader;
    mc_ws_reader_init(&reader, &(mc_ws_limits){0, LIMIT});
    mc_ws_message message;
    size_t used;
    for (size_t i = 0; i + 1 < s.len_bytes; i++) {
        if (!CHECK_EQ_INT(mc_ws_reader_feed(&reader, s.bytes + i, 1, &used, &message), 0))
            break;
        CHECK(reader.buffer_bytes <= LIMIT);
        CHECK(reader.buffer_bytes <= 256 || reader.buffer_bytes <= 2 * i);
    }
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, s.bytes + s.len_bytes - 1, 1, &used, &message), 1);
    CHECK_EQ_INT(mc_ws_reader_feed(&reader, s.bytes, 0, &used, &message), 0);
    CHECK(reader.buffer == NULL);
    mc_ws_reader_deinit(&reader);
}

static void test_utf8(void) {
    const struct {
        const char *text;
        int status;
    } cases[] = {
        {"plain", 0},
        {"κόσμε", 0},
        {"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80", 0},
        {"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd", 0}, /* either side of the surrogates */
        {"\xf4\x8f\xbf\xbf", 0},                     /* U+10FFFF */
        {"\x80", MC_E_WS_UTF8},                      /* a continuation of nothing */
        {"a\xbf", MC_E_WS_UTF8},
        {"\xc0\xaf", MC_E_WS_UTF8}, /* overlong: 2, 3 and 4 bytes */
        {"\xc1\xbf", MC_E_WS_UTF8},
        {"\xe0\x9f\xbf", MC_E_WS_UTF8},
        {"\xf0\x8f\xbf\xbf", MC_E_WS_UTF8},
        {"\xed\xa0\x80", MC_E_WS_UTF8}, /* surrogates */
        {"\xed\xbf\xbf", MC_E_WS_UTF8},
        {"\xf4\x90\x80\x80", MC_E_WS_UTF8}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", MC_E_WS_UTF8},
        {"\xfe", MC_E_WS_UTF8},
        {"\xff", MC_E_WS_UTF8},
        {"ab\xc3", MC_E_WS_UTF8}, /* cut short at the end */
        {"\xe2\x82", MC_E_WS_UTF8},
        {"\xf0\x9f\x98", MC_E_WS_UTF8},
        {"\xe2\x28\xa1", MC_E_WS_UTF8}, /* something else where a continuation must be */
        {"\xe2\x82\x28", MC_E_WS_UTF8},
        {"\xf0\x9f\x98\x41", MC_E_WS_UTF8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t len_bytes = strlen(cases[i].text);
        stream s = {0};
        put_frame(&s, FIN | MC_WS_TEXT, cases[i].text, len_bytes);
        expect(&s, cases[i].status == 0, cases[i].status);
        s.len_bytes = 0;
        put_frame(&s, MC_WS_TEXT, cases[i].text, 1);
        put_frame(&s, FIN, cases[i].text + 1, len_bytes - 1);
        expect(&s, cases[i].status == 0, cases[i].status);
        s.len_bytes = 0;
        put_frame(&s, FIN | MC_WS_BINARY, cases[i].text, len_bytes);
        expect(&s, 1, 0);
        s.len_bytes = 0;
        put_close(&s, 1000, cases[i].text);
        expect(&s, cases[i].status == 0, cases[i].status);
    }
}

static void test_bad_utf8_is_told_before_the_message_ends(void) {
    stream s = {0};
    put_header(&s, FIN | MC_WS_TEXT, 1000, 2);
    put(&s, "\xc8", 1); /* 0xFF when unmasked */
    expect(&s, 0, MC_E_WS_UTF8);
}

static void test_binary_may_end_inside_a_character(void) {
    stream s = {0};
    put_frame(&s, MC_WS_BINARY, "\xe2\x82", 2);
    put_frame(&s, FIN, "", 0);
    put_frame(&s, FIN | MC_WS_TEXT, "ok", 2);
    expect(&s, 2, 0);
}

static void test_close(void) {
    stream s = {0};
    put_frame(&s, FIN | MC_WS_CLOSE, "", 0);
    expect_message(&s, MC_WS_CLOSE, "", 0, MC_WS_NO_CODE);

    s.len_bytes = 0;
    put_close(&s, 1000, "");
    expect_message(&s, MC_WS_CLOSE, "", 0, 1000);

    s.len_bytes = 0;
    put_close(&s, 4001, "bye");
    expect_message(&s, MC_WS_CLOSE, "bye", 3, 4001);

    s.len_bytes = 0;
    put_frame(&s, FIN | MC_WS_PING, "\0\xe8", 2); /* a left-over that would make it 1000 */
    put_frame(&s, FIN | MC_WS_CLOSE, "\3", 1);
    expect(&s, 1, MC_E_WS_PROTOCOL);
}

static void test_close_codes(void) {
    const uint16_t good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010,
                             1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999};
    const uint16_t bad[] = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        stream s = {0};
        put_close(&s, good[i], "why");
        expect_message(&s, MC_WS_CLOSE, "why", 3, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        stream s = {0};
        put_close(&s, bad[i], "why");
        expect(&s, 0, MC_E_WS_PROTOCOL);
    }
}

static void test_nothing_counts_behind_a_close(void) {
    stream s = {0};
    put_frame(&s, MC_WS_TEXT, "unfinished", 10);
    put_close(&s, 1001, "leaving");
    put_frame(&s, FIN, "late", 4);
    put(&s, "\xff\xff\xff", 3);
    expect(&s, 1, 0);
}

static void test_statuses_have_their_close_codes(void) {
    CHECK_EQ_INT(mc_ws_close_code(MC_OK), 1000);
    CHECK_EQ_INT(mc_ws_close_code(MC_E_WS_PROTOCOL), 1002);
    CHECK_EQ_INT(mc_ws_close_code(MC_E_WS_UTF8), 1007);
    CHECK_EQ_INT(mc_ws_close_code(MC_E_WIRE), 1008);
    CHECK_EQ_INT(mc_ws_close_code(MC_E_WS_TOO_BIG), 1009);
    CHECK_EQ_INT(mc_ws_close_code(MC_E_MEMORY), 1011);
}

static void check_header(size_t payload_len_bytes, const char *expected, size_t expected_bytes) {
    uint8_t *out = guard_copy("0123456789", 10);
    CHECK_EQ_INT(mc_ws_write_header(out, MC_WS_BINARY, payload_len_bytes), expected_bytes);
    CHECK(memcmp(out, expected, expected_bytes) == 0);
    guard_free(out, 10);
}

static void test_headers_written(void) {
    check_header(0, "\x82\x00", 2);
    check_header(125, "\x82\x7d", 2);
    check_header(126, "\x82\x7e\x00\x7e", 4);
    check_header(65535, "\x82\x7e\xff\xff", 4);
    check_header(65536, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
    check_header(1 << 20, "\x82\x7f\0\0\0\0\0\x10\0\0", 10);
}

static void test_closes_written(void) {
    char reason[200], cut[200];
    uint8_t out[127];
    CHECK_EQ_INT(mc_ws_write_close(out, 1002, "no"), 6);
    CHECK(memcmp(out,
                 "\x88\x04\x03\xea"
                 "no",
                 6) == 0);
    CHECK_EQ_INT(mc_ws_write_close(out, 1000, NULL), 4);
    CHECK_EQ_INT(mc_ws_write_close(out, MC_WS_NO_CODE, "ignored"), 2);
    CHECK(memcmp(out, "\x88\x00", 2) == 0);

    memset(reason, 'r', sizeof reason);
    reason[123] = '\0';
    CHECK_EQ_INT(mc_ws_write_close(out, 1008, reason), 127);
    memcpy(reason + 121, "\xe2\x82\xac", 4); /* a euro sign, of which two bytes would fit */
    CHECK_EQ_INT(mc_ws_write_close(out, 1008, reason), 4 + 121);
    CHECK_EQ_INT(out[1], 2 + 121);
    memset(cut, '\xbf', sizeof cut);
    cut[199] = '\0';
    CHECK_EQ_INT(mc_ws_write_close(out, 1008, cut), 4);
}

static uint32_t next_random(uint32_t *state) {
    return (*state = *state * 1664525u + 1013904223u) >> 8;
}

/* Mostly good frames, some with a bit turned over, cut anywhere: whatever it is, all readers agree on it. */
static void test_random_streams_read_alike_however_cut(void) {
    static transcript whole, other;
    static uint8_t payload[600];
    uint32_t random = 7;
    size_t n_whole = 0, n_broken = 0;
    fill(payload, sizeof payload);
    for (int round = 0; round < 3000; round++) {
        static const uint8_t firsts[] = {0x82, 0x82, 0x81, 0x89, 0x8a, 0x02, 0x00, 0x80, 0x01, 0x88};
        stream s = {0};
        for (uint32_t n = 1 + next_random(&random) % 6; n > 0; n--) {
            const uint8_t first = firsts[next_random(&random) % sizeof firsts];
            const size_t most = first & 8 ? 126 : first & 1 ? 100 : sizeof payload;
            put_frame(&s, first,
                      first & 1 ? (const void *)"text text text text text text text text" : payload,
                      next_random(&random) % (first & 1 ? 39 : most));
        }
        if (next_random(&random) % 3 == 0)
            s.bytes[next_random(&random) % s.len_bytes] ^= (uint8_t)(1u << next_random(&random) % 8);
        size_t cuts[4];
        for (size_t i = 0; i < 4; i++)
            cuts[i] = (i ? cuts[i - 1] : 0) + next_random(&random) % (s.len_bytes / 4 + 1);
        read_cut(&s, NULL, 0, &whole);
        read_cut(&s, cuts, 4, &other);
        check_same(&other, &whole);
        n_whole += whole.n_messages;
        n_broken += whole.status < 0;
    }
    CHECK(n_whole > 2000 && n_broken > 500);
}

/* All 2^(n - 1) ways to cut n bytes. */
static void read_in_every_way(const stream *s, size_t n_messages, int status) {
    static transcript whole, other;
    read_cut(s, NULL, 0, &whole);
    CHECK_EQ_INT(whole.n_messages, n_messages);
    CHECK_EQ_INT(whole.status, status);
    for (uint32_t places = 0; places < 1U << (s->len_bytes - 1); places++) {
        size_t cuts[32], n_cuts = 0;
        for (size_t at = 1; at < s->len_bytes; at++)
            if (places >> (at - 1) & 1)
                cuts[n_cuts++] = at;
        read_cut(s, cuts, n_cuts, &other);
        check_same(&other, &whole);
    }
}

static void test_short_streams_read_alike_in_every_way(void) {
    stream text = {0}, fragments = {0}, close = {0}, broken = {0}, too_big = {0};
    put_frame(&text, FIN | MC_WS_TEXT, "\xe2\x82\xac", 3);
    read_in_every_way(&text, 1, 0);
    put_frame(&fragments, MC_WS_TEXT, "\xc3", 1);
    put_frame(&fragments, FIN, "\xbc", 1);
    read_in_every_way(&fragments, 1, 0);
    put_close(&close, 1000, "\xc3\xbc");
    put(&close, "\xff\xff", 2);
    read_in_every_way(&close, 1, 0);
    put_frame(&broken, FIN | MC_WS_PING, "", 0);
    put_frame(&broken, FIN | MC_WS_TEXT, "\xc0", 1);
    read_in_every_way(&broken, 1, MC_E_WS_UTF8);
    put_header(&too_big, FIN | MC_WS_BINARY, MAX_BINARY + 1, 2);
    put(&too_big, "rest", 4);
    read_in_every_way(&too_big, 0, MC_E_WS_TOO_BIG);
}

/* And the RFC's text agrees: see naive.h. */
static void check_naive(const stream *s, const transcript *is) {
    const naive_transcript expected = naive_read(&limits, s->bytes, s->len_bytes);
    naive_transcript told = {0};
    naive_hash(&told, is->bytes, is->len_bytes);
    CHECK_EQ_INT(is->status, expected.status);
    CHECK_EQ_INT(is->n_messages, expected.n_messages);
    CHECK(told.hash == expected.hash);
}

static void test_random_streams_are_what_the_rfc_says(void) {
    static transcript whole;
    static uint8_t payload[1200];
    static const uint8_t firsts[] = {0x82, 0x81, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88};
    uint32_t random = 11;
    size_t n_by_status[4] = {0};
    for (int round = 0; round < 20000; round++) {
        stream *s = &(stream){0};
        for (uint32_t n = 1 + next_random(&random) % 4; n > 0; n--) {
            const uint32_t len_bytes = next_random(&random) % (next_random(&random) % 4 ? 6 : sizeof payload);
            for (uint32_t i = 0; i < len_bytes; i++)
                payload[i] = (uint8_t)(next_random(&random) % 3 ? 'a' : next_random(&random));
            put_frame(s, firsts[next_random(&random) % sizeof firsts], payload, len_bytes);
        }
        if (next_random(&random) % 4 == 0)
            s->bytes[next_random(&random) % s->len_bytes] ^= (uint8_t)(1U << next_random(&random) % 8);
        read_cut(s, NULL, 0, &whole);
        check_naive(s, &whole);
        n_by_status[whole.status ? MC_E_WS_PROTOCOL - whole.status + 1 : 0]++;
    }
    CHECK(n_by_status[0] > 1000 && n_by_status[1] > 1000 && n_by_status[2] > 1000 && n_by_status[3] > 10);
}

int main(void) {
    test_short_streams_read_alike_in_every_way();
    test_random_streams_are_what_the_rfc_says();
    test_binary_of_every_kind_of_length();
    test_long_messages_of_64_bit_length();
    test_whole_messages_are_not_copied();
    test_fragments_make_one_message();
    test_control_frames_come_between_fragments();
    test_broken_framing_is_a_protocol_error();
    test_new_message_inside_fragments_is_a_protocol_error();
    test_unmasked_frame_is_refused_at_its_second_byte();
    test_error_is_final();
    test_limits_hold_for_the_whole_message();
    test_memory_follows_what_came();
    test_utf8();
    test_bad_utf8_is_told_before_the_message_ends();
    test_binary_may_end_inside_a_character();
    test_close();
    test_close_codes();
    test_nothing_counts_behind_a_close();
    test_statuses_have_their_close_codes();
    test_headers_written();
    test_closes_written();
    test_random_streams_read_alike_however_cut();
    return check_report();
}

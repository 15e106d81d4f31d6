/*
 * What anybody may send to a socket. The same bytes are read whole, one by one, in pieces that the input chooses
 * and, when they are few, cut at every place: each way must tell the same messages and end the same way. And it
 * must be what RFC 6455 says: a second reader, naive.h, is written from its text and sees the whole stream.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "naive.h"
#include "ws_frame.h"

enum { STREAM_BYTES = 1 << 12, CUT_EVERYWHERE_BYTES = 24 };

/* What is behind a piece cannot be touched: pieces end where the array does. */
static uint8_t piece_of[STREAM_BYTES];

static uint64_t n_readings;

static void feed(mc_ws_reader *reader, const mc_ws_limits *limits, const uint8_t *bytes, size_t len_bytes,
                 naive_transcript *t) {
    uint8_t *piece = piece_of + STREAM_BYTES - len_bytes;
    if (len_bytes)
        memcpy(piece, bytes, len_bytes);
    mc_ws_message message;
    size_t used, at = 0;
    while ((t->status = mc_ws_reader_feed(reader, piece + at, len_bytes - at, &used, &message)) == 1) {
        naive_note(t, message.opcode, message.payload, message.len_bytes, message.close_code);
        at += used;
        MUST(at <= len_bytes);
    }
    MUST(t->status < 0 || at + used == len_bytes);
    MUST(reader->buffer_bytes <= limits->max_binary_bytes || reader->buffer_bytes <= limits->max_text_bytes);
}

/* In pieces of a and b bytes by turns; those of 0 bytes tell nothing. */
static naive_transcript read_in_pieces(const mc_ws_limits *limits, const uint8_t *bytes, size_t len_bytes,
                                       size_t a, size_t b) {
    mc_ws_reader reader;
    naive_transcript t = {0};
    mc_ws_reader_init(&reader, limits);
    for (size_t at = 0, turn = 0; at < len_bytes; turn++) {
        const size_t wanted = turn % 2 ? b : a;
        const size_t piece_bytes = wanted < len_bytes - at ? wanted : len_bytes - at;
        feed(&reader, limits, bytes + at, piece_bytes, &t);
        at += piece_bytes;
    }
    const int status = t.status;
    feed(&reader, limits, NULL, 0, &t);
    MUST(t.status == status); /* an error is final, and nothing is made of nothing */
    mc_ws_reader_deinit(&reader);
    n_readings++;
    return t;
}

static void must_be_same(naive_transcript is, naive_transcript expected) {
    MUST(is.status == expected.status);
    MUST(is.n_messages == expected.n_messages);
    MUST(is.hash == expected.hash);
}

static void say_readings(void) {
    fprintf(stderr, "stat::frame_parser_executions:  %llu\n", (unsigned long long)n_readings);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    return atexit(say_readings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    static const mc_ws_limits ours = {1024, 8192}, tight = {16, 40};
    fuzz_input input = {data, len_bytes};
    const uint8_t pieces = fuzz_byte(&input);
    const mc_ws_limits *limits = pieces & 1 ? &tight : &ours;
    size_t n = STREAM_BYTES;
    const uint8_t *bytes = fuzz_take(&input, &n);
    if (!n)
        return 0;
    const naive_transcript whole = read_in_pieces(limits, bytes, n, n, n);
    must_be_same(naive_read(limits, bytes, n), whole);
    must_be_same(read_in_pieces(limits, bytes, n, 1, 1), whole);
    must_be_same(read_in_pieces(limits, bytes, n, 1 + (pieces >> 1 & 7), 1 + (pieces >> 4)), whole);
    for (size_t cut = 1; n <= CUT_EVERYWHERE_BYTES && cut < n; cut++)
        must_be_same(read_in_pieces(limits, bytes, n, cut, n), whole);
    return 0;
}

/*
 * RFC 6455 frames as a server reads and writes them: bytes in, messages out. No extension, so reserved bits
 * are errors.
 *
 * A reader belongs to one connection and is used by one thread at a time. However a stream is cut into feeds,
 * the messages and the error it ends with are the same.
 */
#ifndef MC_WS_FRAME_H
#define MC_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Section 5.2. */
typedef enum {
    MC_WS_TEXT = 1,
    MC_WS_BINARY = 2,
    MC_WS_CLOSE = 8,
    MC_WS_PING = 9,
    MC_WS_PONG = 10,
} mc_ws_opcode;

enum {
    MC_WS_HEADER_MAX_BYTES = 14, /* 2, a 64-bit length and a mask */
    MC_WS_CONTROL_MAX_BYTES = 125,
    MC_WS_NO_CODE = 1005, /* "no status code was present", section 7.4.1; never on the wire */
};

/* The longest whole message of each kind, however many frames it comes in. */
typedef struct {
    uint32_t max_text_bytes;
    uint32_t max_binary_bytes;
} mc_ws_limits;

typedef struct {
    mc_ws_opcode opcode;
    const uint8_t *payload; /* unmasked; a Close's is its reason, behind the code */
    uint32_t len_bytes;
    uint16_t close_code; /* of a Close, MC_WS_NO_CODE when it carries none; 0 otherwise */
} mc_ws_message;

/* A UTF-8 check that can stop after any byte: what may follow. */
typedef struct {
    uint8_t n_pending;
    uint8_t lowest, highest; /* bounds of the next continuation byte */
} mc_ws_utf8;

/* Fields are private. */
typedef struct mc_ws_reader {
    mc_ws_limits limits;
    int status;  /* the error that ended it, or 0 */
    bool closed; /* a Close was read */

    uint8_t header[MC_WS_HEADER_MAX_BYTES]; /* of the frame under way */
    uint8_t header_bytes;
    bool in_payload;
    uint32_t frame_bytes, frame_done_bytes;

    uint8_t message_opcode; /* of the data message under way, 0: none */
    mc_ws_utf8 utf8;
    uint32_t message_bytes, buffer_bytes;
    uint8_t *buffer; /* on the heap, while a data message is under way that did not come in one piece */

    uint8_t control[MC_WS_CONTROL_MAX_BYTES];
} mc_ws_reader;

/* Begins behind the handshake. Takes no memory. */
void mc_ws_reader_init(mc_ws_reader *reader, const mc_ws_limits *limits);

/* Gives back what a message under way took. */
void mc_ws_reader_deinit(mc_ws_reader *reader);

/*
 * Reads until one message is whole; *used is set to the bytes it took.
 *
 *   1: *out is a message, valid until the next call of feed or deinit and as long as `bytes` lives.
 *   0: all bytes are taken and no message is whole.
 *   MC_E_WS_PROTOCOL, MC_E_WS_UTF8, MC_E_WS_TOO_BIG, MC_E_MEMORY: the connection is to be closed with
 *   mc_ws_close_code(); every later call returns the same and takes nothing.
 *
 * `bytes` is written to: payload is unmasked in place, and a message that lies in it whole is not copied.
 * Otherwise memory grows with the bytes that came, never with those announced, and never above the limit.
 * Control frames may come between the fragments of a message. After a Close everything is taken and ignored
 * (section 5.5.1).
 */
int mc_ws_reader_feed(mc_ws_reader *reader, uint8_t *bytes, size_t len_bytes, size_t *used,
                      mc_ws_message *out);

/* The close code (section 7.4.1) that tells a peer of an MC_E_* status; 1000 for 0. */
uint16_t mc_ws_close_code(int status);

/* Writes the header of an unfragmented, unmasked frame; returns its length, 2, 4 or 10 bytes. */
size_t mc_ws_write_header(uint8_t out[10], mc_ws_opcode opcode, size_t payload_len_bytes);

/*
 * Writes a whole Close frame; returns its length. The reason (UTF-8, may be NULL) is cut to 123 bytes,
 * between characters. MC_WS_NO_CODE writes an empty Close, as the answer to one.
 */
size_t mc_ws_write_close(uint8_t out[127], uint16_t code, const char *reason);

#endif

/*
 * The binary messages of docs/protocol.md, read and written. Pure: bytes in, bytes out.
 */
#ifndef MC_WIRE_H
#define MC_WIRE_H

#include "mediacore.h"
#include "packet.h"

enum {
    MC_WIRE_TALK = 0x01,
    MC_WIRE_HEAR = 0x02,
    MC_WIRE_LEVELS = 0x03,
    MC_WIRE_STATE = 0x04,
    MC_WIRE_LISTEN = 0x05,
    MC_WIRE_AIM = 0x06,

    MC_TALK_MAX_FRAMES = 6,
    MC_HEAR_HEADER_BYTES = 8,
    MC_HEAR_MAX_FRAMES = 50,
    MC_LEVELS_MAX_BYTES = 2 + 2 * MC_STAGE_SEATS,
    MC_STATE_BYTES = 8,
    MC_AIM_BYTES = 4,
    MC_NO_SEAT = 255,
};

typedef enum { MC_STREAM_SHARED = 0, MC_STREAM_OWN = 1 } mc_stream;

enum { MC_HEAR_FRESH = 1, MC_HEAR_UNHEARD = 2 };
enum { MC_STATE_MUTED = 1, MC_STATE_RECORDED = 2, MC_STATE_ELSEWHERE = 4 };

/* One frame of a TALK message; payload points into the message. */
typedef struct {
    uint16_t sequence;
    uint32_t timestamp; /* samples at 48 kHz */
    uint16_t len_bytes;
    const uint8_t *payload;
} mc_talk_frame;

/* Reads a whole TALK message. Returns the number of frames, 1-6, or MC_E_WIRE when its lengths do not add up.
 */
int mc_wire_read_talk(const uint8_t *bytes, size_t len_bytes, mc_talk_frame out[MC_TALK_MAX_FRAMES]);

typedef struct {
    uint8_t on;          /* 0 or 1: send me HEAR and LEVELS */
    uint8_t pace_frames; /* 1-3 */
} mc_listen;

/* Reads a whole LISTEN message. 0 or MC_E_WIRE. */
int mc_wire_read_listen(const uint8_t *bytes, size_t len_bytes, mc_listen *out);

/* Writes the header of a HEAR message. */
void mc_wire_write_hear(uint8_t out[MC_HEAR_HEADER_BYTES], uint8_t n_frames, mc_stream stream, uint8_t flags,
                        uint32_t tick);

/* Writes a STATE message. */
void mc_wire_write_state(uint8_t out[MC_STATE_BYTES], mc_role role, uint8_t flags, uint8_t seat,
                         uint32_t tick);

/* Writes an AIM message: by how many samples a speaker's frames should begin later; negative: sooner. */
void mc_wire_write_aim(uint8_t out[MC_AIM_BYTES], int16_t samples);

void mc_put_u16(uint8_t *at, uint16_t value);
void mc_put_u32(uint8_t *at, uint32_t value);
uint16_t mc_get_u16(const uint8_t *at);
uint32_t mc_get_u32(const uint8_t *at);

#endif

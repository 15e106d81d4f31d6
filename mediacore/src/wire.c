#include "wire.h"

enum { TALK_HEADER_BYTES = 8, LISTEN_BYTES = 4 };

void mc_put_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void mc_put_u32(uint8_t *at, uint32_t value) {
    mc_put_u16(at, (uint16_t)(value >> 16));
    mc_put_u16(at + 2, (uint16_t)value);
}

uint16_t mc_get_u16(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t mc_get_u32(const uint8_t *at) {
    return (uint32_t)mc_get_u16(at) << 16 | mc_get_u16(at + 2);
}

int mc_wire_read_talk(const uint8_t *bytes, size_t len_bytes, mc_talk_frame out[MC_TALK_MAX_FRAMES]) {
    if (len_bytes < TALK_HEADER_BYTES || bytes[0] != MC_WIRE_TALK)
        return MC_E_WIRE;
    uint8_t count = bytes[1];
    if (count < 1 || count > MC_TALK_MAX_FRAMES)
        return MC_E_WIRE;
    uint16_t sequence = mc_get_u16(bytes + 2);
    uint32_t timestamp = mc_get_u32(bytes + 4);
    const uint8_t *at = bytes + TALK_HEADER_BYTES;
    size_t left = len_bytes - TALK_HEADER_BYTES;
    for (uint8_t i = 0; i < count; i++) {
        if (left < 2)
            return MC_E_WIRE;
        uint16_t len = mc_get_u16(at);
        if (left - 2 < len)
            return MC_E_WIRE;
        out[i] =
            (mc_talk_frame){(uint16_t)(sequence + i), timestamp + i * (uint32_t)MC_TICK_SAMPLES, len, at + 2};
        at += 2 + (size_t)len;
        left -= 2 + (size_t)len;
    }
    return left == 0 ? count : MC_E_WIRE;
}

int mc_wire_read_listen(const uint8_t *bytes, size_t len_bytes, mc_listen *out) {
    if (len_bytes != LISTEN_BYTES || bytes[0] != MC_WIRE_LISTEN || bytes[2] < 1 || bytes[2] > 3)
        return MC_E_WIRE;
    *out = (mc_listen){.on = bytes[1] & 1, .pace_frames = bytes[2]};
    return 0;
}

void mc_wire_write_hear(uint8_t out[MC_HEAR_HEADER_BYTES], uint8_t n_frames, mc_stream stream, uint8_t flags,
                        uint32_t tick) {
    out[0] = MC_WIRE_HEAR;
    out[1] = n_frames;
    out[2] = (uint8_t)stream;
    out[3] = flags;
    mc_put_u32(out + 4, tick);
}

void mc_wire_write_state(uint8_t out[MC_STATE_BYTES], mc_role role, uint8_t flags, uint8_t seat,
                         uint32_t tick) {
    out[0] = MC_WIRE_STATE;
    out[1] = (uint8_t)role;
    out[2] = flags;
    out[3] = seat;
    mc_put_u32(out + 4, tick);
}

void mc_wire_write_aim(uint8_t out[MC_AIM_BYTES], int16_t samples) {
    out[0] = MC_WIRE_AIM;
    out[1] = 0;
    mc_put_u16(out + 2, (uint16_t)samples);
}

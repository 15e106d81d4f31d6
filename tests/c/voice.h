/*
 * A voice to test with: a second of Opus packets of a tone of its own, said again and again.
 */
#ifndef VOICE_H
#define VOICE_H

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>

#include "wire.h"

enum { VOICE_PACKETS = 50, VOICE_PACKET_BYTES = 400 };

typedef struct {
    uint8_t packets[VOICE_PACKETS][VOICE_PACKET_BYTES];
    uint16_t len_bytes[VOICE_PACKETS];
    uint16_t sequence;
    uint32_t timestamp;
} voice;

/* Frequencies that divide 50 join without a click when the second is repeated. */
static inline void voice_init(voice *v, double frequency_hz) {
    int error;
    OpusEncoder *opus = opus_encoder_create(48000, 1, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);
    if (!opus)
        abort();
    for (int i = 0; i < VOICE_PACKETS; i++) {
        float pcm[MC_TICK_SAMPLES];
        for (int n = 0; n < MC_TICK_SAMPLES; n++)
            pcm[n] = (float)(0.3 * sin(2 * M_PI * frequency_hz * (i * MC_TICK_SAMPLES + n) / 48000));
        int len = opus_encode_float(opus, pcm, MC_TICK_SAMPLES, v->packets[i], VOICE_PACKET_BYTES);
        if (len < 2)
            abort();
        v->len_bytes[i] = (uint16_t)len;
    }
    opus_encoder_destroy(opus);
    v->sequence = 65000;
    v->timestamp = (uint32_t)-48000;
}

/* The next 20 ms. */
static inline mc_talk_frame voice_next(voice *v) {
    uint16_t i = v->sequence % VOICE_PACKETS;
    mc_talk_frame frame = {v->sequence++, v->timestamp, v->len_bytes[i], v->packets[i]};
    v->timestamp += MC_TICK_SAMPLES;
    return frame;
}

/* Silence that is not sent: time goes on, the sequence does not. */
static inline void voice_pause(voice *v) {
    v->timestamp += MC_TICK_SAMPLES;
}

#endif

/*
 * One mix, encoded: an Opus encoder that costs nothing while nobody talks. Stateful; owned by one thread at a
 * time.
 */
#ifndef MC_ENCODER_H
#define MC_ENCODER_H

#include <opus/opus.h>
#include <stdbool.h>

#include "mediacore.h"

enum { MC_ENCODED_MAX_BYTES = 510 }; /* 204 kbit/s at 20 ms: above every bitrate the core allows */

typedef struct {
    OpusEncoder *opus;
    uint32_t tail; /* silent frames still to be encoded before silence is only signalled */
    uint8_t toc;   /* of the last packet: DTX repeats its configuration */
    bool fresh;    /* the next packet begins a new decoder */
    uint32_t complexity;
} mc_encoder;

/* Heap for the codec's state. 0, MC_E_ARGUMENT, MC_E_MEMORY or MC_E_CODEC. */
int mc_encoder_init(mc_encoder *encoder, const mc_core_config *config);
void mc_encoder_deinit(mc_encoder *encoder);

/* Forgets the past: the next packet is marked fresh. */
void mc_encoder_restart(mc_encoder *encoder);

/*
 * Goes on from the past of another encoder of the same configuration, for a decoder that knows nothing of it: the next
 * packet is marked fresh, and predicts nothing.
 */
void mc_encoder_follow(mc_encoder *encoder, const mc_encoder *other);

/* Has silence encoded that comes next, as after speech: a decoder that followed another encoder settles. */
void mc_encoder_settle(mc_encoder *encoder);

/* As cheaply as can be, for a time without enough of it: CELT alone, complexity 0. Or as configured. */
void mc_encoder_set_frugal(mc_encoder *encoder, bool frugal);

/* Whether silence is only signalled by now: the voices have faded from the codec. */
bool mc_encoder_rests(const mc_encoder *encoder);

/* Encodes 960 samples. Returns the packet's length, 2-510, or MC_E_CODEC. No allocation. */
int mc_encoder_encode(mc_encoder *encoder, const float *pcm, uint8_t out[MC_ENCODED_MAX_BYTES]);

/*
 * The next packet of a silent mix: encoded while the tail of what was said fades from the codec (200 ms),
 * then a TOC byte alone (RFC 6716 section 3.2.1, a frame of length 0 is DTX). Returns its length; *encoded
 * tells which it was.
 */
int mc_encoder_silence(mc_encoder *encoder, uint8_t out[MC_ENCODED_MAX_BYTES], bool *encoded);

/* Samples by which a decoder's output lags: an Ogg Opus file's pre-skip. */
uint16_t mc_encoder_lookahead(const mc_encoder *encoder);

#endif

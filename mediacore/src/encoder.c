#include "encoder.h"

#include <string.h>

enum {
    TAIL_FRAMES = 10,
    TOC_CONFIGURATION = 0xFC,      /* configuration and channels, without the frame count code */
    TOC_CELT_FULLBAND_20MS = 0xF8, /* RFC 6716 table 2, configuration 31, mono */
};

static const float silence[MC_TICK_SAMPLES];

static int opus_application(uint32_t application) {
    switch (application) {
    case MC_VOIP:
        return OPUS_APPLICATION_VOIP;
    case MC_AUDIO:
        return OPUS_APPLICATION_AUDIO;
    case MC_LOW_DELAY:
        return OPUS_APPLICATION_RESTRICTED_LOWDELAY;
    default:
        return 0;
    }
}

int mc_encoder_init(mc_encoder *encoder, const mc_core_config *config) {
    *encoder = (mc_encoder){.toc = TOC_CELT_FULLBAND_20MS, .fresh = true, .complexity = config->complexity};
    int application = opus_application(config->application);
    if (!application)
        return MC_E_ARGUMENT;
    int error;
    encoder->opus = opus_encoder_create(48000, 1, application, &error);
    if (!encoder->opus)
        return error == OPUS_ALLOC_FAIL ? MC_E_MEMORY : MC_E_CODEC;
    if (opus_encoder_ctl(encoder->opus, OPUS_SET_BITRATE((opus_int32)config->bitrate)) != OPUS_OK ||
        opus_encoder_ctl(encoder->opus, OPUS_SET_COMPLEXITY((opus_int32)config->complexity)) != OPUS_OK ||
        opus_encoder_ctl(encoder->opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) != OPUS_OK) {
        mc_encoder_deinit(encoder);
        return MC_E_CODEC;
    }
    return 0;
}

void mc_encoder_deinit(mc_encoder *encoder) {
    if (encoder->opus)
        opus_encoder_destroy(encoder->opus);
    encoder->opus = NULL;
}

void mc_encoder_restart(mc_encoder *encoder) {
    opus_encoder_ctl(encoder->opus, OPUS_RESET_STATE);
    encoder->tail = 0;
    encoder->fresh = true;
}

/* libopus promises that its state may be copied flatly. */
void mc_encoder_follow(mc_encoder *encoder, const mc_encoder *other) {
    memcpy(encoder->opus, other->opus, (size_t)opus_encoder_get_size(1));
    opus_encoder_ctl(encoder->opus, OPUS_SET_PREDICTION_DISABLED(1));
    encoder->tail = other->tail;
    encoder->toc = other->toc;
    encoder->fresh = true;
}

void mc_encoder_settle(mc_encoder *encoder) {
    encoder->tail = TAIL_FRAMES;
}

/* libopus takes music to be CELT's. */
void mc_encoder_set_frugal(mc_encoder *encoder, bool frugal) {
    opus_int32 complexity = frugal ? 0 : (opus_int32)encoder->complexity;
    opus_encoder_ctl(encoder->opus, OPUS_SET_COMPLEXITY(complexity));
    opus_encoder_ctl(encoder->opus, OPUS_SET_SIGNAL(frugal ? OPUS_SIGNAL_MUSIC : OPUS_SIGNAL_VOICE));
}

bool mc_encoder_rests(const mc_encoder *encoder) {
    return encoder->tail == 0;
}

static int encode(mc_encoder *encoder, const float *pcm, uint8_t *out) {
    opus_int32 len = opus_encode_float(encoder->opus, pcm, MC_TICK_SAMPLES, out, MC_ENCODED_MAX_BYTES);
    if (len < 1)
        return MC_E_CODEC;
    opus_encoder_ctl(encoder->opus, OPUS_SET_PREDICTION_DISABLED(0));
    encoder->toc = out[0] & TOC_CONFIGURATION;
    return (int)len;
}

int mc_encoder_encode(mc_encoder *encoder, const float *pcm, uint8_t out[MC_ENCODED_MAX_BYTES]) {
    encoder->tail = TAIL_FRAMES;
    return encode(encoder, pcm, out);
}

int mc_encoder_silence(mc_encoder *encoder, uint8_t out[MC_ENCODED_MAX_BYTES], bool *encoded) {
    *encoded = encoder->tail > 0;
    if (*encoded) {
        encoder->tail--;
        return encode(encoder, silence, out);
    }
    out[0] = encoder->toc;
    return 1;
}

uint16_t mc_encoder_lookahead(const mc_encoder *encoder) {
    opus_int32 samples = 0;
    opus_encoder_ctl(encoder->opus, OPUS_GET_LOOKAHEAD(&samples));
    return (uint16_t)samples;
}

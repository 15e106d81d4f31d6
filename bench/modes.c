/*
 * What one way to encode a mix costs, and what it leaves of a voice.
 *
 *     modes APPLICATION BITRATE COMPLEXITY < 16-bit samples > the same, encoded and decoded
 *
 * The encoder is the media core's. What comes out is in time with what went in, and as long. Says on standard error, as
 * JSON, the CPU time of a frame in microseconds, and the bits a second that were sent.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clocks.h"
#include "encoder.h"

enum { FRAMES = 3000 };

typedef struct {
    double encode_us, decode_us;
} cost;

static float said[FRAMES][MC_TICK_SAMPLES], heard[FRAMES][MC_TICK_SAMPLES];
static uint32_t n_frames, n_bytes;
static uint16_t lookahead;

static void expect(bool truth, const char *what) {
    if (!truth)
        errx(EXIT_FAILURE, "%s", what);
}

/* A last frame of silence brings out what the codec still holds. */
static void read_voice(void) {
    int16_t frame[MC_TICK_SAMPLES];
    size_t got;
    while ((got = fread(frame, sizeof *frame, MC_TICK_SAMPLES, stdin)) > 0) {
        expect(n_frames + 1 < FRAMES, "a voice of over a minute");
        for (size_t i = 0; i < got; i++)
            said[n_frames][i] = (float)frame[i] / 32768;
        n_frames++;
    }
    expect(n_frames > 0, "no voice");
    n_frames++;
}

static void write_voice(void) {
    const float *samples = &heard[0][0] + lookahead;
    for (size_t i = 0; i < (n_frames - 1) * (size_t)MC_TICK_SAMPLES; i++) {
        float sample = samples[i] * 32768;
        int16_t out = (int16_t)(sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample);
        expect(fwrite(&out, sizeof out, 1, stdout) == 1, "nobody takes the voice");
    }
}

static cost run(const mc_core_config *config) {
    mc_encoder encoder;
    expect(mc_encoder_init(&encoder, config) == 0, "no such mode");
    OpusDecoder *decoder = opus_decoder_create(48000, 1, NULL);
    lookahead = mc_encoder_lookahead(&encoder);
    cost spent = {0};
    n_bytes = 0;
    for (uint32_t i = 0; i < n_frames; i++) {
        uint8_t packet[MC_ENCODED_MAX_BYTES];
        double begun_us = cpu_us();
        int len = mc_encoder_encode(&encoder, said[i], packet);
        double encoded_us = cpu_us();
        expect(len > 0, "libopus cannot encode");
        int n = opus_decode_float(decoder, packet, len, heard[i], MC_TICK_SAMPLES, 0);
        expect(n == MC_TICK_SAMPLES, "libopus cannot decode");
        spent.encode_us += (encoded_us - begun_us) / n_frames;
        spent.decode_us += (cpu_us() - encoded_us) / n_frames;
        n_bytes += (uint32_t)len;
    }
    opus_decoder_destroy(decoder);
    mc_encoder_deinit(&encoder);
    return spent;
}

int main(int argc, char **argv) {
    expect(argc == 4, "modes APPLICATION BITRATE COMPLEXITY");
    mc_core_config config;
    mc_core_config_default(&config);
    config.application = (uint32_t)atoi(argv[1]);
    config.bitrate = (uint32_t)atoi(argv[2]);
    config.complexity = (uint32_t)atoi(argv[3]);
    read_voice();
    cost spent = run(&config);
    fprintf(stderr, "{\"encode_us\": %.1f, \"decode_us\": %.1f, \"bitrate\": %.0f}\n", spent.encode_us,
            spent.decode_us, n_bytes * 8.0 * 50 / n_frames);
    write_voice();
}

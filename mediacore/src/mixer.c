#include "mixer.h"

#include <float.h>
#include <math.h>

static const float CEILING = 0.89f;
static const float RELEASE_PER_BLOCK = 1.0f / 80; /* 80 blocks of 2.5 ms: 200 ms from nothing to all */
enum { BLOCK_SAMPLES = 120, LANES = 8 };

void mc_mix_add(float *restrict mix, const float *restrict in, size_t n_samples) {
    for (size_t i = 0; i < n_samples; i++)
        mix[i] += in[i];
}

void mc_mix_minus(float *restrict out, const float *restrict mix, const float *restrict in,
                  size_t n_samples) {
    for (size_t i = 0; i < n_samples; i++)
        out[i] = mix[i] - in[i];
}

void mc_mix_ramp(float *pcm, float from, float to, size_t n_samples) {
    const float step = (to - from) / (float)n_samples;
    for (int i = 0; i < (int)n_samples; i++)
        pcm[i] *= from + step * (float)i;
}

void mc_mix_crossfade(float *restrict into, const float *restrict from, size_t n_samples) {
    const float step = 1.0f / (float)n_samples;
    for (int i = 0; i < (int)n_samples; i++)
        into[i] = from[i] + (into[i] - from[i]) * (step * (float)i);
}

static float larger(float a, float b) {
    return a > b ? a : b;
}

static float smaller(float a, float b) {
    return a < b ? a : b;
}

/* The maxima of separate lanes, joined at the end: an order of comparing that vectors can keep. */
static float peak_of(const float *pcm, size_t n_samples) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n_samples; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] = larger(lanes[lane], fabsf(pcm[i + lane]));
    for (; i < n_samples; i++)
        lanes[0] = larger(lanes[0], fabsf(pcm[i]));
    for (size_t lane = 1; lane < LANES; lane++)
        lanes[0] = larger(lanes[0], lanes[lane]);
    return lanes[0];
}

uint8_t mc_mix_peak(const float *pcm, size_t n_samples) {
    return (uint8_t)(smaller(peak_of(pcm, n_samples), 1.0f) * 255.0f + 0.5f);
}

void mc_limiter_init(mc_limiter *limiter) {
    limiter->gain = 1.0f;
}

static void silence_what_is_not_finite(float *pcm, size_t n_samples) {
    for (size_t i = 0; i < n_samples; i++)
        pcm[i] = fabsf(pcm[i]) <= FLT_MAX ? pcm[i] : 0.0f;
}

static float gain_allowed(const float *pcm, size_t n_samples) {
    return CEILING / larger(peak_of(pcm, n_samples), CEILING);
}

static size_t at_most(size_t n_samples, size_t most) {
    return n_samples < most ? n_samples : most;
}

/* A peak that opens a frame meets the gain the last one left: what is too much in that block is cut off. */
static void apply(float *pcm, float from, float to, size_t n_samples) {
    mc_mix_ramp(pcm, from, to, n_samples);
    for (size_t i = 0; i < n_samples; i++)
        pcm[i] = larger(-CEILING, smaller(pcm[i], CEILING));
}

/* It rises no further than the whole frame allows, lest it ride up and down on the waves of a low voice. */
static float next_gain(float gain, float frame_allowed, float allowed) {
    const float risen = smaller(gain + RELEASE_PER_BLOCK, frame_allowed);
    return smaller(larger(gain, risen), allowed);
}

/* Block by block, each with the next in sight, so that the gain is down before a peak is there. */
void mc_limiter_run(mc_limiter *limiter, float *pcm, size_t n_samples) {
    silence_what_is_not_finite(pcm, n_samples);
    const float frame_allowed = gain_allowed(pcm, n_samples);
    while (n_samples > 0) {
        const size_t block = at_most(n_samples, BLOCK_SAMPLES);
        const size_t in_sight = at_most(n_samples, 2 * BLOCK_SAMPLES);
        const float to = next_gain(limiter->gain, frame_allowed, gain_allowed(pcm, in_sight));
        apply(pcm, limiter->gain, to, block);
        limiter->gain = to;
        pcm += block;
        n_samples -= block;
    }
}

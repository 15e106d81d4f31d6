#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "mixer.h"

enum { FRAME = 960 };
static const float CEILING = 0.89f;

static float random_float(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / (1 << 23) - 1;
}

static void fill(float *pcm, float amplitude) {
    for (int i = 0; i < FRAME; i++)
        pcm[i] = amplitude * random_float();
}

static float peak(const float *pcm, int n_samples) {
    float highest = 0;
    for (int i = 0; i < n_samples; i++)
        highest = fmaxf(highest, fabsf(pcm[i]));
    return highest;
}

static void test_sum_less_one_is_the_sum_of_the_others(void) {
    static float in[13][FRAME], mix[FRAME], others[FRAME], heard[FRAME];
    memset(mix, 0, sizeof mix);
    memset(others, 0, sizeof others);
    for (int k = 0; k < 13; k++) {
        fill(in[k], 0.5f);
        mc_mix_add(mix, in[k], FRAME);
        if (k != 4)
            mc_mix_add(others, in[k], FRAME);
    }
    mc_mix_minus(heard, mix, in[4], FRAME);
    for (int i = 0; i < FRAME; i++)
        CHECK(fabsf(heard[i] - others[i]) < 1e-6f);
}

static void test_ramp_is_a_straight_line_and_goes_on(void) {
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++)
        pcm[i] = 1;
    mc_mix_ramp(pcm, 0, 0.5f, FRAME / 2);
    mc_mix_ramp(pcm + FRAME / 2, 0.5f, 1, FRAME / 2);
    for (int i = 0; i < FRAME; i++)
        CHECK(fabsf(pcm[i] - (float)i / FRAME) < 1e-6f);
    mc_mix_ramp(pcm, 1, 0, 0);
}

static void test_crossfade_goes_from_one_to_the_other(void) {
    float into[FRAME], from[FRAME];
    for (int i = 0; i < FRAME; i++) {
        into[i] = 1;
        from[i] = -1;
    }
    mc_mix_crossfade(into, from, FRAME);
    for (int i = 0; i < FRAME; i++)
        CHECK(fabsf(into[i] - (2.0f * (float)i / FRAME - 1)) < 1e-6f);
}

static void test_crossfade_of_the_same_changes_nothing(void) {
    float into[FRAME], from[FRAME];
    fill(into, 0.7f);
    memcpy(from, into, sizeof into);
    mc_mix_crossfade(into, from, FRAME);
    CHECK(memcmp(into, from, sizeof into) == 0);
}

static void test_peak(void) {
    float pcm[FRAME] = {0};
    CHECK_EQ_INT(mc_mix_peak(pcm, FRAME), 0);
    CHECK_EQ_INT(mc_mix_peak(pcm, 0), 0);
    for (int at = 0; at < FRAME; at += 7) {
        pcm[at] = -0.5f;
        CHECK_EQ_INT(mc_mix_peak(pcm, FRAME), 128);
        CHECK_EQ_INT(mc_mix_peak(pcm, (size_t)at + 1), 128);
        CHECK_EQ_INT(mc_mix_peak(pcm, (size_t)at), 0);
        pcm[at] = 0;
    }
    pcm[959] = 1;
    CHECK_EQ_INT(mc_mix_peak(pcm, FRAME), 255);
    pcm[0] = 1e30f;
    CHECK_EQ_INT(mc_mix_peak(pcm, FRAME), 255);
}

static void test_quiet_input_passes_bit_by_bit(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float pcm[FRAME], before[FRAME];
    for (int round = 0; round < 100; round++) {
        fill(pcm, CEILING);
        memcpy(before, pcm, sizeof pcm);
        mc_limiter_run(&limiter, pcm, FRAME);
        CHECK(memcmp(pcm, before, sizeof pcm) == 0);
    }
}

/* Random frames with extremes strewn in, of any length: nothing gets through. */
static void test_nothing_above_the_ceiling_comes_out(void) {
    const float extremes[] = {0, -0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-42f, 1e20f, NAN, INFINITY, -INFINITY};
    const size_t n_extremes = sizeof extremes / sizeof *extremes;
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float pcm[FRAME];
    for (int round = 0; round < 3000; round++) {
        fill(pcm, powf(10, 4 * random_float()));
        if (round % 3 == 0)
            for (int k = 0; k < 5; k++)
                pcm[abs((int)(random_float() * FRAME)) % FRAME] = extremes[(size_t)(round + k) % n_extremes];
        const int n_samples = round % 5 ? FRAME : abs((int)(random_float() * FRAME));
        mc_limiter_run(&limiter, pcm, (size_t)n_samples);
        if (!CHECK(peak(pcm, n_samples) <= CEILING))
            return;
        for (int i = 0; i < n_samples; i++)
            if (!isfinite(pcm[i]) && !CHECK(isfinite(pcm[i])))
                return;
        CHECK(limiter.gain > 0 && limiter.gain <= 1);
    }
}

static void test_what_is_not_finite_becomes_silence(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++)
        pcm[i] = 0.25f;
    pcm[10] = NAN;
    pcm[500] = INFINITY;
    pcm[959] = -INFINITY;
    mc_limiter_run(&limiter, pcm, FRAME);
    for (int i = 0; i < FRAME; i++)
        CHECK(pcm[i] == (i == 10 || i == 500 || i == 959 ? 0.0f : 0.25f));
}

/* The gain can be read off a signal that never changes sign and is not cut: out / in, sample by sample. */
static float largest_gain_step(float *gain, const float *in, const float *out, float *smallest) {
    float step = 0;
    for (int i = 0; i < FRAME; i++) {
        step = fmaxf(step, fabsf(out[i] / in[i] - *gain));
        *gain = out[i] / in[i];
        *smallest = fminf(*smallest, *gain);
    }
    return step;
}

/* Loudness comes and goes, each swell away from the first 2.5 ms of its frame: the gain never jumps, within a
 * frame or between two. */
static void test_gain_has_no_jumps(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float in[FRAME], out[FRAME], gain = 1, smallest = 1;
    for (int frame = 0; frame < 200; frame++) {
        const float loud = 1 + (float)(frame * 37 % 11) / 4;
        for (int i = 0; i < FRAME; i++)
            in[i] = frame % 20 == 5 && i > 200 + 31 * (frame % 7) && i < 800 ? loud : 0.2f;
        memcpy(out, in, sizeof in);
        mc_limiter_run(&limiter, out, FRAME);
        CHECK(largest_gain_step(&gain, in, out, &smallest) < 1.0f / 120);
        CHECK(peak(out, FRAME) <= CEILING);
    }
    CHECK(smallest < 0.6f);
}

/* A swell within a frame meets a gain that fell before it: it is turned down, not cut. */
static void test_peak_inside_a_frame_keeps_its_shape(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++)
        pcm[i] = i < 480 ? 0.1f : 2 * sinf((float)i * 0.05f);
    mc_limiter_run(&limiter, pcm, FRAME);
    int at_ceiling = 0;
    for (int i = 480; i < FRAME; i++)
        at_ceiling += fabsf(pcm[i]) >= CEILING;
    CHECK(at_ceiling <= 8); /* the crests, touched in a sample or two each */
    CHECK(peak(pcm, FRAME) > 0.88f);
}

/* A deep voice that is far too loud: after its first frame it is the same wave, smaller. */
static void test_steady_loudness_is_not_distorted(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float in[FRAME], out[FRAME], gain = 1, smallest = 1;
    for (int frame = 0; frame < 20; frame++) {
        for (int i = 0; i < FRAME; i++)
            in[i] = 2.5f * sinf(6.2831853f * 100 * ((float)i + 0.5f) / 48000);
        memcpy(out, in, sizeof in);
        mc_limiter_run(&limiter, out, FRAME);
        const float step = largest_gain_step(&gain, in, out, &smallest);
        CHECK(frame == 0 || step < 1e-6f);
    }
    CHECK(fabsf(gain - CEILING / 2.5f) < 1e-3f);
}

static void test_gain_is_back_within_200_ms(void) {
    mc_limiter limiter;
    mc_limiter_init(&limiter);
    float pcm[FRAME], before[FRAME];
    fill(pcm, 1000);
    mc_limiter_run(&limiter, pcm, FRAME);
    float last = limiter.gain;
    CHECK(last < 0.001f);
    for (int frame = 0; frame < 10; frame++) {
        fill(pcm, 0.5f);
        mc_limiter_run(&limiter, pcm, FRAME);
        CHECK(limiter.gain > last && limiter.gain - last < 0.11f);
        last = limiter.gain;
    }
    fill(pcm, 0.5f);
    memcpy(before, pcm, sizeof pcm);
    mc_limiter_run(&limiter, pcm, FRAME);
    CHECK(memcmp(pcm, before, sizeof pcm) == 0);
}

int main(void) {
    test_sum_less_one_is_the_sum_of_the_others();
    test_ramp_is_a_straight_line_and_goes_on();
    test_crossfade_goes_from_one_to_the_other();
    test_crossfade_of_the_same_changes_nothing();
    test_peak();
    test_quiet_input_passes_bit_by_bit();
    test_nothing_above_the_ceiling_comes_out();
    test_what_is_not_finite_becomes_silence();
    test_gain_has_no_jumps();
    test_peak_inside_a_frame_keeps_its_shape();
    test_steady_loudness_is_not_distorted();
    test_gain_is_back_within_200_ms();
    return check_report();
}

#include <math.h>
#include <string.h>

#include "check.h"
#include "level.h"

enum { FRAME = 960 };
static const float TURN = 6.283185307f;

static float amplitude(float dbov_of_rms) {
    return powf(10, dbov_of_rms / 20);
}

/* One frame of a sine whose RMS is at this level. */
static uint8_t hear_sine(mc_level *level, float hz, float dbov) {
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++)
        pcm[i] = sqrtf(2) * amplitude(dbov) * sinf(TURN * hz * (float)i / 48000);
    return mc_level_update(level, pcm, FRAME);
}

static uint8_t hear_noise(mc_level *level, float dbov) {
    static uint32_t random = 1;
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++) {
        random = random * 1664525u + 1013904223u;
        pcm[i] = sqrtf(3) * amplitude(dbov) * ((float)(random >> 8) / (1 << 23) - 1);
    }
    return mc_level_update(level, pcm, FRAME);
}

static int is_voice(uint8_t byte) {
    return (byte & MC_LEVEL_VOICE) != 0;
}

static int minus_dbov(uint8_t byte) {
    return byte & ~MC_LEVEL_VOICE;
}

static void test_level_of_a_sine_is_its_rms(void) {
    const float frequencies[] = {50, 100, 400, 1000, 3400, 12000};
    for (size_t f = 0; f < sizeof frequencies / sizeof *frequencies; f++)
        for (int expected = 4; expected < 120; expected++) {
            mc_level level;
            mc_level_init(&level);
            CHECK_EQ_INT(minus_dbov(hear_sine(&level, frequencies[f], -(float)expected)), expected);
        }
}

static void test_ends_of_the_scale(void) {
    mc_level level;
    mc_level_init(&level);
    float pcm[FRAME];
    for (int i = 0; i < FRAME; i++)
        pcm[i] = i / 24 % 2 ? -1 : 1;
    CHECK_EQ_INT(mc_level_update(&level, pcm, FRAME), MC_LEVEL_VOICE | 0);
    for (int i = 0; i < FRAME; i++)
        pcm[i] *= 1000;
    CHECK_EQ_INT(mc_level_update(&level, pcm, FRAME), MC_LEVEL_VOICE | 0);
    mc_level_init(&level);
    memset(pcm, 0, sizeof pcm);
    CHECK_EQ_INT(mc_level_update(&level, pcm, FRAME), MC_LEVEL_SILENCE);
}

static void test_a_frame_that_is_not_finite_is_silence(void) {
    const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        mc_level level;
        mc_level_init(&level);
        float pcm[FRAME] = {0};
        pcm[500] = odd[i];
        CHECK_EQ_INT(mc_level_update(&level, pcm, FRAME), MC_LEVEL_SILENCE);
        CHECK(is_voice(hear_sine(&level, 400, -20)));
    }
}

static void test_voice_begins_in_its_first_frame(void) {
    mc_level level;
    mc_level_init(&level);
    for (int i = 0; i < 100; i++)
        CHECK(!is_voice(hear_noise(&level, -65)));
    CHECK(is_voice(hear_sine(&level, 200, -25)));
}

static void test_hangover_lasts_400_ms(void) {
    mc_level level;
    mc_level_init(&level);
    hear_sine(&level, 200, -25);
    for (int i = 0; i < 20; i++)
        CHECK(is_voice(i % 2 ? mc_level_silent(&level) : hear_noise(&level, -80)));
    CHECK_EQ_INT(mc_level_silent(&level), MC_LEVEL_SILENCE);
    CHECK(!is_voice(hear_noise(&level, -80)));
}

static void test_nothing_below_60_dbov_is_a_voice(void) {
    mc_level level;
    mc_level_init(&level);
    CHECK(!is_voice(hear_sine(&level, 200, -61)));
    CHECK(is_voice(hear_sine(&level, 200, -59)));
}

/* A fan that is switched on is taken for a voice until the floor has risen to it; speech still stands out. */
static void test_steady_noise_is_learnt(void) {
    mc_level level;
    mc_level_init(&level);
    CHECK(is_voice(hear_noise(&level, -48)));
    for (int i = 0; i < 15 * 50; i++)
        hear_noise(&level, -48);
    CHECK(!is_voice(hear_noise(&level, -48)));
    CHECK(is_voice(hear_sine(&level, 200, -30)));
    for (int i = 0; i < 25; i++) /* switched off: half a second later a quiet voice counts again */
        hear_noise(&level, -75);
    CHECK(!is_voice(hear_noise(&level, -75)));
    CHECK(is_voice(hear_sine(&level, 200, -50)));
}

static void test_noise_is_not_forgotten_while_nothing_is_received(void) {
    mc_level level;
    mc_level_init(&level);
    for (int i = 0; i < 15 * 50; i++)
        hear_noise(&level, -48);
    for (int i = 0; i < 500; i++)
        mc_level_silent(&level);
    CHECK(!is_voice(hear_noise(&level, -48)));
}

/* Words of 300 ms, 100 ms apart, for five minutes in a quiet room: one long turn. */
static void test_long_speech_stays_a_voice(void) {
    mc_level level;
    mc_level_init(&level);
    int missed = 0;
    for (int i = 0; i < 5 * 60 * 50; i++)
        missed += !is_voice(i % 20 < 15 ? hear_sine(&level, 180, -32) : hear_noise(&level, -62));
    CHECK_EQ_INT(missed, 0);
}

/* A singer holds a note, and must not begin to hear themself. */
static void test_loud_held_tone_stays_a_voice(void) {
    mc_level level;
    mc_level_init(&level);
    int missed = 0;
    for (int i = 0; i < 60 * 50; i++)
        missed += !is_voice(hear_sine(&level, 440, -26));
    CHECK_EQ_INT(missed, 0);
}

/* Frames on end at one level; whether the last was voice. */
static int hear_for(mc_level *level, int n_frames, float dbov) {
    uint8_t byte = 0;
    for (int i = 0; i < n_frames; i++)
        byte = hear_sine(level, 400, dbov);
    return is_voice(byte);
}

static void test_a_breath_begins_nothing_and_a_soft_consonant_does(void) {
    mc_level level;
    mc_level_init(&level);
    CHECK(hear_for(&level, 1, -57)); /* who has not spoken yet may begin as softly */
    hear_for(&level, 100, -15);
    CHECK(!hear_for(&level, 100, -75));
    CHECK(!hear_for(&level, 15, -56)); /* a breath of 300 ms */
    CHECK(hear_for(&level, 1, -47));   /* an F, 32 dB below */
    CHECK(hear_for(&level, 15, -56));  /* what goes on may be softer than what begins */
}

static void test_words_are_forgotten_so_that_a_whisper_is_heard(void) {
    mc_level level;
    mc_level_init(&level);
    hear_for(&level, 100, -15);
    hear_for(&level, 100, -75);
    CHECK(!hear_for(&level, 1, -56));
    for (int i = 0; i < 15 * 50; i++)
        mc_level_silent(&level);
    CHECK(hear_for(&level, 1, -56));
}

int main(void) {
    test_a_breath_begins_nothing_and_a_soft_consonant_does();
    test_words_are_forgotten_so_that_a_whisper_is_heard();
    test_level_of_a_sine_is_its_rms();
    test_ends_of_the_scale();
    test_a_frame_that_is_not_finite_is_silence();
    test_voice_begins_in_its_first_frame();
    test_hangover_lasts_400_ms();
    test_nothing_below_60_dbov_is_a_voice();
    test_steady_noise_is_learnt();
    test_noise_is_not_forgotten_while_nothing_is_received();
    test_long_speech_stays_a_voice();
    test_loud_held_tone_stays_a_voice();
    return check_report();
}

#include "level.h"

#include <math.h>
#include <stdbool.h>

/* Speech stands this far above the noise it is heard in. */
static const float MARGIN_DB = 10.0f;

/* With the margin: nothing below -60 dBov is a voice, everything above -30 is. */
static const float NOISE_MIN_DBOV = -70.0f, NOISE_MAX_DBOV = -40.0f;

/* Each frame. A pause between words shows the noise; a steady sound takes many seconds to become it. */
static const float NOISE_FALL = 0.1f, NOISE_RISE_DB = 0.04f;

/* A breath, a key: far below the same voice's words, and quiet in any case. Not further, for the F of "front" is 32 dB
 * below its vowel (measured on recorded words). Who whispers is heard once the words are forgotten: 1 dB a second. */
static const float BREATH_BELOW_DB = 38.0f, BREATH_MAX_DBOV = -53.0f;
static const float VOICE_RISE = 0.1f, VOICE_FALL_DB = 0.02f;

enum { HANGOVER_FRAMES = 20 };

void mc_level_init(mc_level *level) {
    *level = (mc_level){.noise_dbov = NOISE_MIN_DBOV, .voice_dbov = NOISE_MIN_DBOV};
}

static float dbov(const float *pcm, size_t n_samples) {
    float energy = 0;
    for (size_t i = 0; i < n_samples; i++)
        energy += pcm[i] * pcm[i];
    const float mean = energy / (float)n_samples;
    return mean > 1e-13f && isfinite(mean) ? 10.0f * log10f(mean) : -MC_LEVEL_SILENCE;
}

static void follow_noise(mc_level *level, float frame_dbov) {
    const float above = frame_dbov - level->noise_dbov;
    level->noise_dbov += above < 0 ? NOISE_FALL * above : fminf(above, NOISE_RISE_DB);
    level->noise_dbov = fminf(fmaxf(level->noise_dbov, NOISE_MIN_DBOV), NOISE_MAX_DBOV);
}

static void follow_voice(mc_level *level, float frame_dbov) {
    level->voice_dbov = fmaxf(level->voice_dbov - VOICE_FALL_DB, NOISE_MIN_DBOV);
    level->voice_dbov += VOICE_RISE * fmaxf(frame_dbov - level->voice_dbov, 0);
}

/* It takes more to begin than to go on. */
static float threshold(const mc_level *level) {
    const float audible_dbov = level->noise_dbov + MARGIN_DB;
    if (level->hangover_frames > 0)
        return audible_dbov;
    return fmaxf(audible_dbov, fminf(level->voice_dbov - BREATH_BELOW_DB, BREATH_MAX_DBOV));
}

/* Bit 7, with its hangover. */
static uint8_t voice(mc_level *level, bool is_active) {
    if (is_active)
        level->hangover_frames = HANGOVER_FRAMES;
    else if (level->hangover_frames > 0)
        level->hangover_frames--;
    else
        return 0;
    return MC_LEVEL_VOICE;
}

uint8_t mc_level_update(mc_level *level, const float *pcm, size_t n_samples) {
    const float frame_dbov = dbov(pcm, n_samples);
    const bool is_active = frame_dbov > threshold(level);
    follow_noise(level, frame_dbov);
    follow_voice(level, is_active ? frame_dbov : NOISE_MIN_DBOV);
    return voice(level, is_active) | (uint8_t)lrintf(-fminf(fmaxf(frame_dbov, -MC_LEVEL_SILENCE), 0));
}

uint8_t mc_level_silent(mc_level *level) {
    follow_voice(level, NOISE_MIN_DBOV);
    return voice(level, false) | MC_LEVEL_SILENCE;
}

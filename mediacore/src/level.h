/*
 * How loud a voice is, and whether it is one: the audio level of RFC 6464 for each 20 ms frame. One thread at
 * a time.
 */
#ifndef MC_LEVEL_H
#define MC_LEVEL_H

#include <stddef.h>
#include <stdint.h>

enum { MC_LEVEL_VOICE = 0x80, MC_LEVEL_SILENCE = 127 };

/* Fields are private. */
typedef struct mc_level {
    float noise_dbov;
    float voice_dbov; /* of the words so far; forgotten by and by */
    uint32_t hangover_frames;
} mc_level;

void mc_level_init(mc_level *level);

/*
 * Takes one frame of 20 ms, [-1, 1] nominal; returns the byte of RFC 6464 section 3: bit 7 voice activity,
 * bits 0-6 the RMS in -dBov (0: a full-scale square wave, 3: a full-scale sine, 127: silence). Activity
 * begins in the frame that rises 10 dB above the noise, and above -60 dBov in any case; but no breath begins it: what
 * is 38 dB below the voice's own words, and below -53 dBov. It lasts 400 ms more.
 * A frame that is not finite counts as silence.
 */
uint8_t mc_level_update(mc_level *level, const float *pcm, size_t n_samples);

/* A frame in which nothing was received: silence, which says nothing about the noise. */
uint8_t mc_level_silent(mc_level *level);

#endif

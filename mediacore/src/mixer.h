/*
 * Sums, fades and limits mono float frames, [-1, 1] nominal. Any thread; a limiter belongs to one stream.
 */
#ifndef MC_MIXER_H
#define MC_MIXER_H

#include <stddef.h>
#include <stdint.h>

/* mix += in */
void mc_mix_add(float *restrict mix, const float *restrict in, size_t n_samples);

/* out = mix - in: what someone hears who is in the mix. */
void mc_mix_minus(float *restrict out, const float *restrict mix, const float *restrict in, size_t n_samples);

/* Multiplies by a gain that moves in a straight line; a ramp that begins at `to` continues it. */
void mc_mix_ramp(float *pcm, float from, float to, size_t n_samples);

/* Fades over from `from` to `into`, in `into`: its first sample becomes that of `from`. */
void mc_mix_crossfade(float *restrict into, const float *restrict from, size_t n_samples);

/* Fields are private. */
typedef struct mc_limiter {
    float gain; /* where the last frame left it */
} mc_limiter;

void mc_limiter_init(mc_limiter *limiter);

/*
 * Holds a frame to +-0.89 (-1 dBFS), whatever comes; NaN and infinities become 0. The gain falls within 2.5
 * ms before a peak that the frame shows, rises over 200 ms, and goes on in the next frame from where it was.
 * A frame that never needed it, with the gain at rest, comes out bit by bit as it went in. No delay.
 */
void mc_limiter_run(mc_limiter *limiter, float *pcm, size_t n_samples);

/* The highest sample, either sign, in 255ths of full scale; 255 for all above. */
uint8_t mc_mix_peak(const float *pcm, size_t n_samples);

#endif

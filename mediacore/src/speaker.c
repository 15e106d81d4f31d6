#include "speaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mixer.h"

enum {
    TICK_US = MC_TICK_MS * 1000,
    INBOUND_BYTES = 1 << 14, /* a second of 128 kbit/s: more than the jitter buffer would keep */
    SPLICE_SAMPLES = 240,    /* 5 ms: joins what a shed frame leaves on both sides */
    EDGE_SAMPLES = 120,      /* 2.5 ms: a voice enters and leaves the mix without a click */
    FIRST_AIM_TICKS = 75,    /* of a stream: then its jitter is known */
    AIM_TICKS = 250,
    WORTH_AN_AIM = 96, /* samples, 2 ms */
};

int mc_speaker_new(const mc_core_config *config, const mc_member *member, mc_speaker **out) {
    int status = MC_E_MEMORY;
    mc_speaker *speaker = calloc(1, sizeof *speaker);
    if (!speaker)
        return MC_E_MEMORY;
    speaker->retired.kind = MC_RETIRED_SPEAKER;
    atomic_init(&speaker->references, 2);
    speaker->person = member->person;
    speaker->seat = (uint8_t)member->seat;
    speaker->muted = member->muted;
    snprintf(speaker->track, sizeof speaker->track, "%s", member->track);
    speaker->level_byte = MC_LEVEL_SILENCE;
    mc_level_init(&speaker->level);
    if ((status = mc_ring_init(&speaker->inbound, INBOUND_BYTES)) < 0)
        goto fail;
    if ((status = mc_jitter_init(&speaker->jitter)) < 0)
        goto fail_jitter;
    status = MC_E_MEMORY;
    speaker->passed_over = calloc(MC_PASSED_OVER, sizeof(mc_packet));
    if (!speaker->passed_over)
        goto fail_jitter;
    if ((status = mc_encoder_init(&speaker->own, config)) < 0)
        goto fail_encoder;
    int error;
    speaker->opus = opus_decoder_create(48000, 1, &error);
    if (!speaker->opus) {
        status = error == OPUS_ALLOC_FAIL ? MC_E_MEMORY : MC_E_CODEC;
        goto fail_decoder;
    }
    *out = speaker;
    return 0;

fail_decoder:
    mc_encoder_deinit(&speaker->own);
fail_encoder:
    free(speaker->passed_over);
    mc_jitter_deinit(&speaker->jitter);
fail_jitter:
    mc_ring_deinit(&speaker->inbound);
fail:
    free(speaker);
    return status;
}

void mc_speaker_free(mc_speaker *speaker) {
    opus_decoder_destroy(speaker->opus);
    mc_encoder_deinit(&speaker->own);
    free(speaker->passed_over);
    mc_jitter_deinit(&speaker->jitter);
    mc_ring_deinit(&speaker->inbound);
    free(speaker);
}

bool mc_speaker_release(mc_speaker *speaker) {
    return atomic_fetch_sub_explicit(&speaker->references, 1, memory_order_acq_rel) == 1;
}

void mc_speaker_begin(mc_speaker *speaker) {
    speaker->begins = true;
}

int mc_speaker_offer(mc_speaker *speaker, const mc_talk_frame *frame, uint64_t arrived_us) {
    if (frame->len_bytes < 1 || frame->len_bytes > MC_PACKET_BYTES ||
        opus_packet_get_nb_samples(frame->payload, frame->len_bytes, 48000) != MC_TICK_SAMPLES)
        return MC_E_PACKET;
    size_t header_bytes = offsetof(mc_packet, payload);
    mc_packet *packet = mc_ring_reserve(&speaker->inbound, (uint32_t)(header_bytes + frame->len_bytes));
    if (!packet)
        return MC_E_FULL;
    packet->sequence = frame->sequence;
    packet->timestamp = frame->timestamp;
    packet->len_bytes = frame->len_bytes;
    packet->arrived_us = (uint32_t)arrived_us;
    packet->begins = speaker->begins;
    memcpy(packet->payload, frame->payload, frame->len_bytes);
    mc_ring_commit(&speaker->inbound);
    speaker->begins = false;
    return 0;
}

int16_t mc_speaker_take_aim(mc_speaker *speaker) {
    return atomic_exchange_explicit(&speaker->aim, 0, memory_order_relaxed);
}

/* Neither the places in the old stream nor the decoder's past mean anything in the new one. */
static void begin_stream(mc_speaker *speaker) {
    mc_jitter_reset(&speaker->jitter);
    opus_decoder_ctl(speaker->opus, OPUS_RESET_STATE);
    speaker->n_passed_over = 0;
}

static void put(mc_speaker *speaker, uint32_t tick, const mc_packet *packet, mc_counters *counters) {
    uint32_t n_wild = speaker->jitter.n_wild;
    counters->packets_late += (uint64_t)mc_jitter_put(&speaker->jitter, tick, packet);
    counters->packets_wild += speaker->jitter.n_wild - n_wild;
}

static uint16_t early(const mc_packet *packet, uint64_t now_us) {
    int32_t waited_us = (int32_t)((uint32_t)now_us - packet->arrived_us);
    if (waited_us < 0)
        return 0;
    return waited_us < TICK_US ? (uint16_t)(waited_us * MC_TICK_SAMPLES / TICK_US) : MC_TICK_SAMPLES;
}

static void take_inbound(mc_speaker *speaker, uint32_t tick, uint64_t now_us, mc_counters *counters) {
    uint32_t len_bytes;
    mc_packet *packet;
    while ((packet = mc_ring_peek(&speaker->inbound, &len_bytes))) {
        packet->early = early(packet, now_us);
        if (packet->begins)
            begin_stream(speaker);
        if (!speaker->muted)
            put(speaker, tick, packet, counters);
        mc_ring_consume(&speaker->inbound);
    }
}

static bool decode(mc_speaker *speaker, const mc_packet *packet, int fec, float *pcm) {
    const uint8_t *bytes = packet ? packet->payload : NULL;
    int n =
        opus_decode_float(speaker->opus, bytes, packet ? packet->len_bytes : 0, pcm, MC_TICK_SAMPLES, fec);
    return n == MC_TICK_SAMPLES;
}

/* Opus predicts from its past: a decoder without the last moments would begin a word wrongly. */
static void catch_up(mc_speaker *speaker, mc_counters *counters) {
    uint32_t n = speaker->n_passed_over;
    float unheard[MC_TICK_SAMPLES];
    for (uint32_t i = n > MC_PASSED_OVER ? n - MC_PASSED_OVER : 0; i < n; i++)
        counters->decodes += decode(speaker, &speaker->passed_over[i % MC_PASSED_OVER], 0, unheard);
    speaker->n_passed_over = 0;
}

static bool decode_packet(mc_speaker *speaker, const mc_packet *packet, float *pcm, mc_counters *counters) {
    catch_up(speaker, counters);
    if (decode(speaker, packet, 0, pcm)) {
        counters->decodes++;
        return true;
    }
    counters->packets_refused++;
    return false;
}

/* A frame of no length is DTX's; a SILK frame begins with its encoder's own judgement (RFC 6716 section 4.2.3). */
static bool frame_is_silent(uint8_t toc, const uint8_t *frame, opus_int16 len_bytes) {
    enum { STEREO = 1 << 2, CELT_ONLY = 1 << 7, VOICE_ACTIVITY = 1 << 7 };
    return len_bytes <= 1 || (!(toc & (CELT_ONLY | STEREO)) && !(frame[0] & VOICE_ACTIVITY));
}

static bool is_silent(const mc_packet *packet) {
    uint8_t toc;
    const uint8_t *frames[48];
    opus_int16 len_bytes[48];
    int n = opus_packet_parse(packet->payload, packet->len_bytes, &toc, frames, len_bytes, NULL);
    for (int i = 0; i < n; i++)
        if (!frame_is_silent(toc, frames[i], len_bytes[i]))
            return false;
    return n > 0;
}

/* Nobody would hear it. It is on record all the same. */
static bool pass_over(mc_speaker *speaker, const mc_packet *packet) {
    if (speaker->talking || !is_silent(packet))
        return false;
    mc_packet *kept = &speaker->passed_over[speaker->n_passed_over++ % MC_PASSED_OVER];
    memcpy(kept, packet, offsetof(mc_packet, payload) + packet->len_bytes);
    memset(speaker->pcm, 0, sizeof speaker->pcm);
    speaker->packet = packet;
    speaker->sounding = false;
    return true;
}

/* The frame before a shed one runs into the frame after it. */
static mc_jitter_result shed(mc_speaker *speaker, uint32_t tick, const mc_packet **packet,
                             const mc_packet **next, mc_counters *counters) {
    float before[MC_TICK_SAMPLES];
    bool sound = decode_packet(speaker, *packet, before, counters);
    mc_jitter_result result = mc_jitter_get(&speaker->jitter, tick, packet, next);
    if (result == MC_JITTER_PACKET && decode_packet(speaker, *packet, speaker->pcm, counters)) {
        if (sound)
            mc_mix_crossfade(speaker->pcm, before, SPLICE_SAMPLES);
        speaker->packet = *packet;
    } else if (sound) {
        memcpy(speaker->pcm, before, sizeof before);
    }
    return result;
}

static void conceal(mc_speaker *speaker, const mc_packet *next, mc_counters *counters) {
    counters->conceals++;
    if (!(next && decode(speaker, next, 1, speaker->pcm)) && !decode(speaker, NULL, 0, speaker->pcm))
        memset(speaker->pcm, 0, sizeof speaker->pcm);
}

/* The talk stopped arriving: let the decoder run out over one frame, then be silent. */
static void fall_silent(mc_speaker *speaker) {
    if (speaker->sounding && decode(speaker, NULL, 0, speaker->pcm))
        mc_mix_ramp(speaker->pcm, 1.0F, 0.0F, MC_TICK_SAMPLES);
    else
        memset(speaker->pcm, 0, sizeof speaker->pcm);
    speaker->sounding = false;
}

static void play(mc_speaker *speaker, const mc_packet *packet, mc_counters *counters) {
    if (pass_over(speaker, packet))
        return;
    if (decode_packet(speaker, packet, speaker->pcm, counters))
        speaker->packet = packet;
    else
        conceal(speaker, NULL, counters);
    speaker->sounding = true;
}

/* Between packets that are passed over, nothing is missed. */
static void miss(mc_speaker *speaker, const mc_packet *next, mc_counters *counters) {
    if (speaker->n_passed_over > 0)
        memset(speaker->pcm, 0, sizeof speaker->pcm);
    else
        conceal(speaker, next, counters);
}

static void sound(mc_speaker *speaker, uint32_t tick, mc_counters *counters) {
    const mc_packet *packet = NULL;
    const mc_packet *next = NULL;
    speaker->packet = NULL;
    switch (mc_jitter_get(&speaker->jitter, tick, &packet, &next)) {
    case MC_JITTER_PACKET:
        play(speaker, packet, counters);
        break;
    case MC_JITTER_SHED:
        if (!pass_over(speaker, packet)) {
            shed(speaker, tick, &packet, &next, counters);
            speaker->sounding = true;
        } else if (mc_jitter_get(&speaker->jitter, tick, &packet, &next) == MC_JITTER_PACKET) {
            play(speaker, packet, counters);
        }
        break;
    case MC_JITTER_LOST:
        miss(speaker, next, counters);
        break;
    case MC_JITTER_EMPTY:
        fall_silent(speaker);
        break;
    }
}

/* Voices enter the mix with their first frame of activity and leave it with their last, over a short ramp. */
static void gate(mc_speaker *speaker, bool heard) {
    speaker->level_byte = heard ? mc_level_update(&speaker->level, speaker->pcm, MC_TICK_SAMPLES)
                                : mc_level_silent(&speaker->level);
    bool was_talking = speaker->talking;
    speaker->talking = speaker->level_byte & MC_LEVEL_VOICE;
    speaker->audible = speaker->talking || was_talking;
    if (speaker->talking && !was_talking)
        mc_mix_ramp(speaker->pcm, 0.0F, 1.0F, EDGE_SAMPLES);
    if (!speaker->talking && was_talking)
        mc_mix_ramp(speaker->pcm, 1.0F, 0.0F, MC_TICK_SAMPLES);
}

/* Soon after a stream has begun, then now and again: two clocks are never quite the same. */
static void aim(mc_speaker *speaker, uint32_t tick) {
    if (tick - speaker->aim_tick < AIM_TICKS)
        return;
    speaker->aim_tick = tick;
    int32_t samples = mc_jitter_take_aim(&speaker->jitter);
    if (abs(samples) >= WORTH_AN_AIM)
        atomic_store_explicit(&speaker->aim, (int16_t)samples, memory_order_relaxed);
}

void mc_speaker_tick(mc_speaker *speaker, uint32_t tick, uint64_t now_us, mc_counters *counters) {
    if (!speaker->jitter.running)
        speaker->aim_tick = tick + FIRST_AIM_TICKS - AIM_TICKS;
    take_inbound(speaker, tick, now_us, counters);
    if (speaker->muted)
        mc_jitter_reset(&speaker->jitter);
    aim(speaker, tick);
    bool was_sounding = speaker->sounding;
    sound(speaker, tick, counters);
    gate(speaker, (speaker->sounding || was_sounding) && !speaker->n_passed_over);
}

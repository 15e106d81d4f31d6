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

/* Neither the places in the old stream nor the decoder's past mean anything in the new one. */
static void begin_stream(mc_speaker *speaker) {
    mc_jitter_reset(&speaker->jitter);
    opus_decoder_ctl(speaker->opus, OPUS_RESET_STATE);
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
            counters->packets_late += (uint64_t)mc_jitter_put(&speaker->jitter, tick, packet);
        mc_ring_consume(&speaker->inbound);
    }
}

static bool decode(mc_speaker *speaker, const mc_packet *packet, int fec, float *pcm) {
    const uint8_t *bytes = packet ? packet->payload : NULL;
    int n =
        opus_decode_float(speaker->opus, bytes, packet ? packet->len_bytes : 0, pcm, MC_TICK_SAMPLES, fec);
    return n == MC_TICK_SAMPLES;
}

static bool decode_packet(mc_speaker *speaker, const mc_packet *packet, float *pcm, mc_counters *counters) {
    if (decode(speaker, packet, 0, pcm)) {
        counters->decodes++;
        return true;
    }
    counters->packets_refused++;
    return false;
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

static void sound(mc_speaker *speaker, uint32_t tick, mc_counters *counters) {
    const mc_packet *packet = NULL;
    const mc_packet *next = NULL;
    speaker->packet = NULL;
    switch (mc_jitter_get(&speaker->jitter, tick, &packet, &next)) {
    case MC_JITTER_PACKET:
        if (decode_packet(speaker, packet, speaker->pcm, counters))
            speaker->packet = packet;
        else
            conceal(speaker, NULL, counters);
        speaker->sounding = true;
        break;
    case MC_JITTER_SHED:
        shed(speaker, tick, &packet, &next, counters);
        speaker->sounding = true;
        break;
    case MC_JITTER_LOST:
        conceal(speaker, next, counters);
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

void mc_speaker_tick(mc_speaker *speaker, uint32_t tick, uint64_t now_us, mc_counters *counters) {
    take_inbound(speaker, tick, now_us, counters);
    if (speaker->muted)
        mc_jitter_reset(&speaker->jitter);
    bool was_sounding = speaker->sounding;
    sound(speaker, tick, counters);
    gate(speaker, speaker->sounding || was_sounding);
}

#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVEL_TICKS = 5,       /* ten messages a second */
    PEAK_TICKS = 5,        /* peaks.u8 has a byte each 100 ms */
    TURN_PART_TICKS = 500, /* a long turn is written in parts, so that a crash costs little of it */
};

int mc_room_new(const mc_core_config *config, uint64_t id, uint32_t first_tick, mc_room **out) {
    mc_room *room = calloc(1, sizeof *room);
    if (!room)
        return MC_E_MEMORY;
    room->id = id;
    room->first_tick = room->tick = first_tick;
    room->retired.kind = MC_RETIRED_ROOM;
    mc_limiter_init(&room->shared_limiter);
    mc_limiter_init(&room->recorded_limiter);
    int status = mc_encoder_init(&room->shared, config);
    if (status == 0)
        status = mc_encoder_init(&room->recorded, config);
    if (status < 0) {
        mc_room_free(room);
        return status;
    }
    room->preskip = mc_encoder_lookahead(&room->shared);
    *out = room;
    return 0;
}

void mc_room_free(mc_room *room) {
    if (!room)
        return;
    mc_encoder_deinit(&room->shared);
    mc_encoder_deinit(&room->recorded);
    free(room);
}

/* ---- recording ---- */

static int record(mc_room *room, const mc_rec_item *item) {
    mc_rec_item to = *item;
    to.recording = room->recording;
    return room->sink.record(room->sink.ctx, room, &to);
}

static bool on_record(const mc_room *room) {
    return room->recording && !room->recording_ending;
}

static bool has_track(const mc_speaker *speaker) {
    return speaker->track[0] != '\0';
}

static void record_packet(mc_room *room, mc_rec_kind kind, const char *track, const uint8_t *payload,
                          uint32_t len_bytes) {
    record(room,
           &(mc_rec_item){
               .kind = kind, .tick = room->tick, .track = track, .payload = payload, .len_bytes = len_bytes});
}

static void record_turn(mc_room *room, mc_speaker *speaker) {
    if (on_record(room) && has_track(speaker) && room->tick != speaker->turn_start)
        record(room, &(mc_rec_item){.kind = MC_REC_TURN,
                                    .tick = speaker->turn_start,
                                    .end_tick = room->tick,
                                    .person = speaker->person});
    speaker->turn_start = room->tick;
}

static void record_voice(mc_room *room, mc_speaker *speaker) {
    if (has_track(speaker) && speaker->packet)
        record_packet(room, MC_REC_TRACK, speaker->track, speaker->packet->payload,
                      speaker->packet->len_bytes);
    if (speaker->talking && room->tick - speaker->turn_start >= TURN_PART_TICKS)
        record_turn(room, speaker);
}

static void record_peak(mc_room *room, const float *mix) {
    uint8_t peak = mc_mix_peak(mix, MC_TICK_SAMPLES);
    if (peak > room->peak)
        room->peak = peak;
    if (room->tick % PEAK_TICKS != PEAK_TICKS - 1)
        return;
    record_packet(room, MC_REC_PEAK, NULL, &room->peak, 1);
    room->peak = 0;
}

static void record_end(mc_room *room) {
    if (record(room, &(mc_rec_item){.kind = MC_REC_END, .tick = room->tick}) < 0)
        return;
    room->recording = NULL;
    room->recording_ending = false;
}

void mc_room_record_start(mc_room *room, mc_recording *recording) {
    room->recording = recording;
    room->peak = 0;
    for (uint32_t i = 0; i < room->n_speakers; i++)
        room->speakers[i]->turn_start = room->tick;
}

void mc_room_record_end(mc_room *room) {
    if (!on_record(room))
        return;
    for (uint32_t i = 0; i < room->n_speakers; i++)
        if (room->speakers[i]->talking)
            record_turn(room, room->speakers[i]);
    room->recording_ending = true;
    record_end(room);
}

/* ---- the stage ---- */

void mc_room_seat(mc_room *room, mc_speaker *speaker) {
    speaker->turn_start = room->tick;
    mc_limiter_init(&room->own_limiter[speaker->seat]);
    room->speakers[room->n_speakers++] = speaker;
}

static void note_talking(mc_room *room, mc_speaker *speaker, bool talks) {
    if (!talks)
        record_turn(room, speaker);
    speaker->turn_start = room->tick;
    room->sink.talking(room->sink.ctx, room, speaker->person, talks);
}

void mc_room_unseat(mc_room *room, mc_speaker *speaker) {
    for (uint32_t i = 0; i < room->n_speakers; i++) {
        if (room->speakers[i] != speaker)
            continue;
        if (speaker->talking)
            note_talking(room, speaker, false);
        room->speakers[i] = room->speakers[--room->n_speakers];
        return;
    }
}

void mc_room_set_track(mc_room *room, mc_speaker *speaker, const char *track) {
    if (strcmp(speaker->track, track) == 0)
        return;
    if (speaker->talking)
        record_turn(room, speaker);
    speaker->turn_start = room->tick;
    snprintf(speaker->track, sizeof speaker->track, "%s", track);
}

/* ---- the tick ---- */

static bool someone_withholds(const mc_room *room) {
    for (uint32_t i = 0; i < room->n_speakers; i++)
        if (!has_track(room->speakers[i]))
            return true;
    return false;
}

/* Whether a voice belongs into the mix that is written. */
static bool is_written(const mc_speaker *speaker) {
    return speaker->audible && has_track(speaker);
}

/* Decodes every voice and sums those that are heard. Returns how many are. */
static uint32_t listen(mc_room *room, float *mix, mc_counters *counters) {
    uint32_t n_audible = 0;
    memset(mix, 0, MC_TICK_SAMPLES * sizeof *mix);
    for (uint32_t i = 0; i < room->n_speakers; i++) {
        mc_speaker *speaker = room->speakers[i];
        bool talked = speaker->talking;
        mc_speaker_tick(speaker, room->tick, room->now_us, counters);
        if (speaker->talking != talked)
            note_talking(room, speaker, speaker->talking);
        if (on_record(room))
            record_voice(room, speaker);
        if (!speaker->audible)
            continue;
        mc_mix_add(mix, speaker->pcm, MC_TICK_SAMPLES);
        n_audible++;
    }
    return n_audible;
}

/* Limits and encodes a mix of n voices; pcm NULL: of none. Returns the packet's length, at least 1. */
static uint16_t encode(mc_encoder *encoder, mc_limiter *limiter, float *pcm, uint8_t *out,
                       mc_counters *counters) {
    bool encoded = true;
    int len;
    if (pcm) {
        mc_limiter_run(limiter, pcm, MC_TICK_SAMPLES);
        len = mc_encoder_encode(encoder, pcm, out);
    } else {
        len = mc_encoder_silence(encoder, out, &encoded);
    }
    counters->encodes += encoded;
    if (len > 0)
        return (uint16_t)len;
    out[0] = encoder->toc;
    return 1;
}

static void hear(mc_room *room, uint64_t person, mc_stream stream, mc_encoder *encoder, const uint8_t *packet,
                 uint16_t len_bytes) {
    mc_heard heard = {.person = person,
                      .tick = room->tick,
                      .stream = (uint8_t)stream,
                      .flags = encoder->fresh ? MC_HEAR_FRESH : 0,
                      .len_bytes = len_bytes,
                      .payload = packet};
    encoder->fresh = false;
    room->sink.hear(room->sink.ctx, room, &heard);
}

/* Who talks hears everyone but themself; who is alone hears silence, which costs no encode. */
static void hear_own(mc_room *room, mc_speaker *speaker, const float *mix, uint32_t n_audible,
                     mc_counters *counters) {
    if (!speaker->audible) {
        speaker->on_own = false;
        return;
    }
    if (!speaker->on_own)
        mc_encoder_restart(&speaker->own);
    speaker->on_own = true;
    float minus[MC_TICK_SAMPLES];
    mc_mix_minus(minus, mix, speaker->pcm, MC_TICK_SAMPLES);
    uint8_t packet[MC_ENCODED_MAX_BYTES];
    uint16_t len = encode(&speaker->own, &room->own_limiter[speaker->seat], n_audible > 1 ? minus : NULL,
                          packet, counters);
    hear(room, speaker->person, MC_STREAM_OWN, &speaker->own, packet, len);
}

/* The mix of those who agreed, when it is not simply what everyone hears. */
static void record_consenting(mc_room *room, mc_counters *counters) {
    float mix[MC_TICK_SAMPLES] = {0};
    uint32_t n_written = 0;
    for (uint32_t i = 0; i < room->n_speakers; i++) {
        if (!is_written(room->speakers[i]))
            continue;
        mc_mix_add(mix, room->speakers[i]->pcm, MC_TICK_SAMPLES);
        n_written++;
    }
    uint8_t packet[MC_ENCODED_MAX_BYTES];
    uint16_t len = encode(&room->recorded, &room->recorded_limiter, n_written ? mix : NULL, packet, counters);
    record_packet(room, MC_REC_MIX, NULL, packet, len);
    record_peak(room, mix);
}

/* At once when someone withholds their voice; back only in a silence, for Opus predicts from its past: in
 * mid-word the voices would come out up to 3 dB too loud for a third of a second. */
static void choose_mix(mc_room *room) {
    bool apart = someone_withholds(room) || (room->recorded_apart && !mc_encoder_rests(&room->shared));
    if (apart && !room->recorded_apart) {
        mc_encoder_restart(&room->recorded);
        mc_encoder_settle(&room->recorded);
    }
    room->recorded_apart = apart;
}

/* What everyone hears, as they hear it, unless someone withholds their voice or did a moment ago. */
static void record_mix(mc_room *room, const float *mix, const uint8_t *packet, uint16_t len_bytes,
                       mc_counters *counters) {
    choose_mix(room);
    if (room->recorded_apart) {
        record_consenting(room, counters);
        return;
    }
    record_packet(room, MC_REC_MIX, NULL, packet, len_bytes);
    record_peak(room, mix);
}

static void show_levels(mc_room *room) {
    if (room->tick % LEVEL_TICKS)
        return;
    uint8_t message[MC_LEVELS_MAX_BYTES] = {MC_WIRE_LEVELS, 0};
    for (uint32_t i = 0; i < room->n_speakers; i++) {
        const mc_speaker *speaker = room->speakers[i];
        if (!(speaker->level_byte & MC_LEVEL_VOICE))
            continue;
        uint8_t *entry = message + 2 + 2 * message[1]++;
        entry[0] = speaker->seat;
        entry[1] = speaker->level_byte;
    }
    if (message[1] || room->levels_shown)
        room->sink.levels(room->sink.ctx, room, message, (uint16_t)(2 + 2 * message[1]));
    room->levels_shown = message[1];
}

void mc_room_tick(mc_room *room, mc_counters *counters) {
    float mix[MC_TICK_SAMPLES];
    uint8_t packet[MC_ENCODED_MAX_BYTES];
    uint32_t n_audible = listen(room, mix, counters);
    show_levels(room);
    for (uint32_t i = 0; i < room->n_speakers; i++)
        hear_own(room, room->speakers[i], mix, n_audible, counters);
    uint16_t len = encode(&room->shared, &room->shared_limiter, n_audible ? mix : NULL, packet, counters);
    if (on_record(room))
        record_mix(room, mix, packet, len, counters);
    hear(room, 0, MC_STREAM_SHARED, &room->shared, packet, len);
    if (room->recording_ending)
        record_end(room);
    room->tick++;
}

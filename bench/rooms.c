/*
 * What a room's tick costs beside the libopus calls it cannot do without.
 *
 *     rooms APPLICATION BITRATE COMPLEXITY TALKERS ROUNDS < three voices, each an unsigned 16-bit count of packets and
 *     these, behind 16-bit lengths
 *
 * A conductor's share of rooms, with two people on each stage, is ticked by hand: no socket, no thread, nobody to send to.
 * So many of them talk, with the first two voices; the others' microphones are on as well, and say what the third does.
 * Beside each tick the same packets are decoded and the same mixes encoded by libopus alone, on states of its own with the
 * same settings: for two talkers two decodes and three encodes, for one one of each, for none none. Prints a line of JSON a
 * round: CPU time a tick of both, in microseconds.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clocks.h"
#include "room.h"

enum {
    SEATS = 2,
    MIXES = 1 + SEATS,
    HUSH = SEATS, /* the voice of who says nothing */
    VOICES,
    ROOMS = 16,
    TICKS = 100,    /* a round */
    PACKETS = 1000,
};

typedef struct {
    uint16_t n_packets;
    struct {
        uint16_t len_bytes;
        uint8_t bytes[MC_PACKET_BYTES];
    } packets[PACKETS];
} voice;

typedef struct {
    mc_room *room;
    mc_counters counters;
    mc_speaker *speakers[SEATS];
    OpusDecoder *decoders[SEATS];
    mc_encoder encoders[MIXES];
    mc_limiter limiters[MIXES];
    uint32_t tick;
} stage;

typedef struct {
    double room_us, codec_us;
} round_cost;

static voice voices[VOICES];
static int n_talkers, n_mixes;
static stage stages[ROOMS];

static void expect(bool truth, const char *what) {
    if (!truth)
        errx(EXIT_FAILURE, "%s", what);
}

/* ---- the same voices for both ---- */

static uint16_t read_u16(void) {
    uint8_t bytes[2];
    expect(fread(bytes, 1, 2, stdin) == 2, "voices that end too early");
    return mc_get_u16(bytes);
}

static void read_voice(voice *v) {
    v->n_packets = read_u16();
    expect(v->n_packets > 0 && v->n_packets <= PACKETS, "too many packets");
    for (uint16_t i = 0; i < v->n_packets; i++) {
        uint16_t len = v->packets[i].len_bytes = read_u16();
        expect(len <= MC_PACKET_BYTES && fread(v->packets[i].bytes, 1, len, stdin) == len,
               "a packet cut short");
    }
}

/* Rooms are in different places of the same talk. */
static mc_talk_frame spoken(const stage *s, int who) {
    who = who < n_talkers ? who : HUSH;
    uint32_t at = (s->tick + (uint32_t)(s - stages) * 37) % voices[who].n_packets;
    return (mc_talk_frame){.sequence = (uint16_t)s->tick,
                           .timestamp = s->tick * MC_TICK_SAMPLES,
                           .len_bytes = voices[who].packets[at].len_bytes,
                           .payload = voices[who].packets[at].bytes};
}

/* ---- the room ---- */

static void hear(void *ctx, mc_room *room, const mc_heard *heard) {
    (void)ctx, (void)room, (void)heard;
}

static void levels(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes) {
    (void)ctx, (void)room, (void)message, (void)len_bytes;
}

static void talking(void *ctx, mc_room *room, uint64_t person, bool talks) {
    (void)ctx, (void)room, (void)person, (void)talks;
}

static double tick_room(stage *s) {
    for (int i = 0; i < SEATS; i++) {
        mc_talk_frame frame = spoken(s, i);
        expect(mc_speaker_offer(s->speakers[i], &frame, 0) == 0, "a packet refused");
    }
    double begun_us = cpu_us();
    mc_room_tick(s->room, &s->counters);
    return cpu_us() - begun_us;
}

/* ---- libopus ---- */

static double decode_talkers(stage *s, float pcm[SEATS][MC_TICK_SAMPLES]) {
    double begun_us = cpu_us();
    for (int i = 0; i < n_talkers; i++) {
        mc_talk_frame frame = spoken(s, i);
        int n = opus_decode_float(s->decoders[i], frame.payload, frame.len_bytes, pcm[i], MC_TICK_SAMPLES, 0);
        expect(n == MC_TICK_SAMPLES, "libopus cannot decode");
    }
    return cpu_us() - begun_us;
}

static double encode_all(stage *s, float mixes[MIXES][MC_TICK_SAMPLES]) {
    uint8_t packet[MC_ENCODED_MAX_BYTES];
    double begun_us = cpu_us();
    for (int i = 0; i < n_mixes; i++)
        expect(opus_encode_float(s->encoders[i].opus, mixes[i], MC_TICK_SAMPLES, packet, sizeof packet) > 0,
               "libopus cannot encode");
    return cpu_us() - begun_us;
}

/* With all voices, and without each of two in turn; limited, that the encoders meet what the room's meet. */
static void mix(stage *s, float pcm[SEATS][MC_TICK_SAMPLES], float mixes[MIXES][MC_TICK_SAMPLES]) {
    memcpy(mixes[0], pcm[0], sizeof pcm[0]);
    if (n_talkers == SEATS) {
        memcpy(mixes[1], pcm[1], sizeof pcm[1]);
        memcpy(mixes[2], pcm[0], sizeof pcm[0]);
        mc_mix_add(mixes[0], pcm[1], MC_TICK_SAMPLES);
    }
    for (int i = 0; i < n_mixes; i++)
        mc_limiter_run(&s->limiters[i], mixes[i], MC_TICK_SAMPLES);
}

static double run_codec(stage *s) {
    float pcm[SEATS][MC_TICK_SAMPLES] = {{0}}, mixes[MIXES][MC_TICK_SAMPLES];
    double decoding_us = decode_talkers(s, pcm);
    mix(s, pcm, mixes);
    return decoding_us + encode_all(s, mixes);
}

/* ---- in turns ---- */

/* A voice that pauses needs fewer calls, and one that is not silent more: then this compares nothing. */
static void expect_all_calls(const mc_counters *before, const mc_counters *after) {
    expect(after->decodes - before->decodes == (uint64_t)n_talkers &&
               after->encodes - before->encodes == (uint64_t)n_mixes,
           "the voices pause, or the silence speaks");
}

static void run_tick(stage *s, round_cost *cost) {
    mc_counters before = s->counters;
    bool room_first = s->tick & 1;
    cost->room_us += room_first ? tick_room(s) : 0;
    cost->codec_us += run_codec(s);
    cost->room_us += room_first ? 0 : tick_room(s);
    if (s->tick++ >= TICKS)
        expect_all_calls(&before, &s->counters);
}

static round_cost run_ticks(uint32_t n_ticks) {
    round_cost cost = {0};
    for (uint32_t tick = 0; tick < n_ticks; tick++)
        for (int i = 0; i < ROOMS; i++)
            run_tick(&stages[i], &cost);
    return cost;
}

static void open_stage(stage *s, const mc_core_config *config) {
    expect(mc_room_new(config, 1, 0, &s->room) == 0, "no room");
    s->room->sink = (mc_room_sink){.hear = hear, .levels = levels, .talking = talking};
    for (uint32_t i = 0; i < SEATS; i++) {
        mc_member member = {.person = i + 1, .role = MC_SPEAKER, .seat = i};
        expect(mc_speaker_new(config, &member, &s->speakers[i]) == 0, "no speaker");
        mc_room_seat(s->room, s->speakers[i]);
        s->decoders[i] = opus_decoder_create(48000, 1, NULL);
    }
    for (int i = 0; i < MIXES; i++) {
        expect(mc_encoder_init(&s->encoders[i], config) == 0, "no encoder");
        mc_limiter_init(&s->limiters[i]);
    }
}

int main(int argc, char **argv) {
    expect(argc == 6, "rooms APPLICATION BITRATE COMPLEXITY TALKERS ROUNDS");
    mc_core_config config;
    mc_core_config_default(&config);
    config.application = (uint32_t)atoi(argv[1]);
    config.bitrate = (uint32_t)atoi(argv[2]);
    config.complexity = (uint32_t)atoi(argv[3]);
    n_talkers = atoi(argv[4]);
    n_mixes = n_talkers > 1 ? MIXES : n_talkers;
    expect(n_talkers >= 0 && n_talkers <= SEATS, "two at most");
    for (int i = 0; i < VOICES; i++)
        read_voice(&voices[i]);
    for (int i = 0; i < ROOMS; i++)
        open_stage(&stages[i], &config);
    run_ticks(TICKS);
    for (int left = atoi(argv[5]); left > 0; left--) {
        round_cost cost = run_ticks(TICKS);
        printf("{\"room_us\": %.1f, \"codec_us\": %.1f}\n", cost.room_us / ROOMS / TICKS,
               cost.codec_us / ROOMS / TICKS);
    }
}

/* A room without sockets or threads: who hears what, what is written, and what it costs. */
#include <string.h>

#include "check.h"
#include "room.h"
#include "voice.h"

enum { SECOND = 50, MINUTE = 60 * SECOND };

/* What came out of the last tick, and in all. */
typedef struct {
    uint32_t n_shared, n_own, n_encoded_frames;
    uint64_t own_of;
    uint16_t shared_len, own_len[MC_STAGE_SEATS + 1];
    uint8_t shared[MC_ENCODED_MAX_BYTES], own[MC_STAGE_SEATS + 1][MC_ENCODED_MAX_BYTES];
    uint8_t levels[MC_LEVELS_MAX_BYTES];
    uint32_t n_mix, n_track, n_turns, n_ends, n_peaks;
    uint16_t mix_len;
    uint8_t mix[MC_ENCODED_MAX_BYTES];
    uint64_t track_of, turn_of;
    bool full;
} outcome;

static void on_hear(void *ctx, mc_room *room, const mc_heard *heard) {
    (void)room;
    outcome *out = ctx;
    out->n_encoded_frames += heard->len_bytes > 1;
    uint8_t *to = heard->person ? out->own[heard->person] : out->shared;
    memcpy(to, heard->payload, heard->len_bytes);
    if (heard->person)
        out->own_len[heard->person] = heard->len_bytes, out->n_own++;
    else
        out->shared_len = heard->len_bytes, out->n_shared++;
}

static void on_levels(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes) {
    (void)room;
    memcpy(((outcome *)ctx)->levels, message, len_bytes);
}

static int on_record(void *ctx, mc_room *room, const mc_rec_item *item) {
    (void)room;
    outcome *out = ctx;
    if (out->full)
        return MC_E_FULL;
    out->n_mix += item->kind == MC_REC_MIX;
    out->n_track += item->kind == MC_REC_TRACK;
    out->n_peaks += item->kind == MC_REC_PEAK;
    out->n_turns += item->kind == MC_REC_TURN;
    out->n_ends += item->kind == MC_REC_END;
    if (item->kind == MC_REC_TURN)
        out->turn_of = item->person;
    if (item->kind == MC_REC_MIX)
        memcpy(out->mix, item->payload, out->mix_len = (uint16_t)item->len_bytes);
    return 0;
}

static void on_talking(void *ctx, mc_room *room, uint64_t person, bool talks) {
    (void)ctx, (void)room, (void)person, (void)talks;
}

typedef struct {
    mc_core_config config;
    mc_room *room;
    outcome out;
    mc_counters counters;
    uint32_t n;
    mc_speaker *speakers[MC_STAGE_SEATS];
    voice voices[MC_STAGE_SEATS];
} stage;

/* Persons are numbered from 1, their voices are tones 100 Hz apart. */
static void add_speaker(stage *s, const char *track) {
    mc_member member = {.person = s->n + 1, .role = MC_SPEAKER, .seat = s->n};
    snprintf(member.track, sizeof member.track, "%s", track);
    CHECK_EQ_INT(mc_speaker_new(&s->config, &member, &s->speakers[s->n]), 0);
    voice_init(&s->voices[s->n], 300 + 100 * s->n);
    mc_room_seat(s->room, s->speakers[s->n++]);
}

static stage *stage_new(uint32_t n, const char *track) {
    stage *s = calloc(1, sizeof *s);
    mc_core_config_default(&s->config);
    s->config.application = MC_LOW_DELAY;
    s->config.complexity = 0;
    CHECK_EQ_INT(mc_room_new(&s->config, 1, 0, &s->room), 0);
    s->room->sink = (mc_room_sink){&s->out, on_hear, on_levels, on_record, on_talking};
    while (s->n < n)
        add_speaker(s, track);
    return s;
}

static void stage_free(stage *s) {
    for (uint32_t i = 0; i < s->n; i++)
        mc_speaker_free(s->speakers[i]);
    mc_room_free(s->room);
    free(s);
}

/* One tick in which those in the set talk. */
static void tick(stage *s, uint32_t talkers) {
    for (uint32_t i = 0; i < s->n; i++) {
        if (talkers & 1U << i) {
            mc_talk_frame frame = voice_next(&s->voices[i]);
            CHECK_EQ_INT(mc_speaker_offer(s->speakers[i], &frame, 0), 0);
        } else {
            voice_pause(&s->voices[i]);
        }
    }
    mc_room_tick(s->room, &s->counters);
}

static void run(stage *s, uint32_t n_ticks, uint32_t talkers) {
    for (uint32_t i = 0; i < n_ticks; i++)
        tick(s, talkers);
}

/* ---- what a packet sounds like ---- */

typedef struct {
    OpusDecoder *opus;
    float pcm[MC_TICK_SAMPLES];
} ear;

static ear ear_open(void) {
    int error;
    return (ear){.opus = opus_decoder_create(48000, 1, &error)};
}

/* The power of one tone in the frame just heard, of 1 for full scale (Goertzel). */
static double heard_at(const ear *e, double frequency_hz) {
    double w = 2 * M_PI * frequency_hz / 48000, c = 2 * cos(w), s1 = 0, s2 = 0;
    for (int n = 0; n < MC_TICK_SAMPLES; n++) {
        double s0 = e->pcm[n] + c * s1 - s2;
        s2 = s1, s1 = s0;
    }
    return sqrt(s1 * s1 + s2 * s2 - c * s1 * s2) * 2 / MC_TICK_SAMPLES;
}

static void listen(ear *e, const uint8_t *packet, uint16_t len_bytes) {
    CHECK_EQ_INT(opus_decode_float(e->opus, packet, len_bytes, e->pcm, MC_TICK_SAMPLES, 0), MC_TICK_SAMPLES);
}

/* ---- tests ---- */

static void test_talkers_hear_each_other_and_not_themselves(void) {
    stage *s = stage_new(3, "");
    ear shared = ear_open(), first = ear_open(), second = ear_open();
    for (int i = 0; i < SECOND; i++) {
        tick(s, 3);
        listen(&shared, s->out.shared, s->out.shared_len);
        if (s->out.own_len[1])
            listen(&first, s->out.own[1], s->out.own_len[1]);
        if (s->out.own_len[2])
            listen(&second, s->out.own[2], s->out.own_len[2]);
    }
    CHECK(heard_at(&shared, 300) > 0.1 && heard_at(&shared, 400) > 0.1);
    CHECK(heard_at(&first, 300) < 0.01 && heard_at(&first, 400) > 0.1);
    CHECK(heard_at(&second, 300) > 0.1 && heard_at(&second, 400) < 0.01);
    CHECK_EQ_INT(s->out.own_len[3], 0);
    opus_decoder_destroy(shared.opus), opus_decoder_destroy(first.opus), opus_decoder_destroy(second.opus);
    stage_free(s);
}

static void test_each_distinct_mix_is_encoded_once(void) {
    const struct {
        uint32_t talkers;
        uint32_t encodes;
    } cases[] = {{0, 0}, {1, 1}, {3, 3}, {7, 4}, {0x1fff, 14}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage *s = stage_new(13, "");
        run(s, SECOND, cases[i].talkers);
        uint64_t before = s->counters.encodes;
        run(s, SECOND, cases[i].talkers);
        CHECK_EQ_INT(s->counters.encodes - before, SECOND * cases[i].encodes);
        stage_free(s);
    }
}

static void test_silence_is_a_byte_a_tick(void) {
    stage *s = stage_new(2, "");
    run(s, SECOND, 1);
    run(s, SECOND, 0);
    uint64_t encodes = s->counters.encodes, decodes = s->counters.decodes;
    run(s, SECOND, 0);
    CHECK_EQ_INT(s->counters.encodes, encodes);
    CHECK_EQ_INT(s->counters.decodes, decodes);
    CHECK_EQ_INT(s->out.shared_len, 1);
    CHECK_EQ_INT(opus_packet_get_nb_samples(s->out.shared, 1, 48000), MC_TICK_SAMPLES);
    stage_free(s);
}

static void test_levels_name_the_seats_that_talk(void) {
    stage *s = stage_new(3, "");
    run(s, SECOND, 4);
    CHECK_EQ_INT(s->out.levels[1], 1);
    CHECK_EQ_INT(s->out.levels[2], 2);
    CHECK(s->out.levels[3] & MC_LEVEL_VOICE);
    run(s, SECOND, 0);
    CHECK_EQ_INT(s->out.levels[1], 0);
    stage_free(s);
}

static void test_muted_voice_is_not_heard(void) {
    stage *s = stage_new(1, "");
    s->speakers[0]->muted = true;
    run(s, SECOND, 1);
    CHECK_EQ_INT(s->counters.decodes, 0);
    CHECK_EQ_INT(s->out.shared_len, 1);
    stage_free(s);
}

static void test_unseated_voice_ends_at_once(void) {
    stage *s = stage_new(2, "");
    run(s, SECOND, 3);
    mc_room_unseat(s->room, s->speakers[1]);
    uint64_t decodes = s->counters.decodes;
    run(s, SECOND, 3);
    CHECK_EQ_INT(s->counters.decodes - decodes, SECOND);
    stage_free(s);
}

static void record_start(stage *s) {
    mc_room_record_start(s->room, (mc_recording *)s);
}

static void test_record_has_a_packet_a_tick_and_the_voices_that_agreed(void) {
    stage *s = stage_new(2, "track.opus");
    record_start(s);
    run(s, SECOND, 1);
    run(s, SECOND, 0);
    CHECK_EQ_INT(s->out.n_mix, 2 * SECOND);
    CHECK_EQ_INT(s->out.n_peaks, 2 * SECOND / 5);
    CHECK(s->out.n_track > SECOND - 10 && s->out.n_track <= SECOND);
    CHECK_EQ_INT(s->out.n_turns, 1);
    CHECK_EQ_INT(s->out.turn_of, 1);
    stage_free(s);
}

static void test_withheld_voice_is_heard_and_never_written(void) {
    stage *s = stage_new(1, "track.opus");
    add_speaker(s, "");
    record_start(s);
    ear live = ear_open(), written = ear_open();
    for (int i = 0; i < SECOND; i++) {
        tick(s, 3);
        listen(&live, s->out.shared, s->out.shared_len);
        listen(&written, s->out.mix, s->out.mix_len);
    }
    CHECK(heard_at(&live, 300) > 0.1 && heard_at(&live, 400) > 0.1);
    CHECK(heard_at(&written, 300) > 0.1 && heard_at(&written, 400) < 0.01);
    run(s, SECOND, 0);
    run(s, SECOND, 2);
    uint32_t n_track = s->out.n_track, n_turns = s->out.n_turns;
    listen(&written, s->out.mix, s->out.mix_len);
    CHECK(heard_at(&written, 400) < 0.001);
    run(s, SECOND, 0);
    CHECK_EQ_INT(s->out.n_track, n_track);
    CHECK_EQ_INT(s->out.n_turns, n_turns);
    opus_decoder_destroy(live.opus), opus_decoder_destroy(written.opus);
    stage_free(s);
}

static void test_agreeing_later_writes_from_then_on(void) {
    stage *s = stage_new(1, "");
    record_start(s);
    run(s, SECOND, 1);
    CHECK_EQ_INT(s->out.n_track, 0);
    mc_room_set_track(s->room, s->speakers[0], "track.opus");
    run(s, SECOND, 1);
    CHECK_EQ_INT(s->out.n_track, SECOND);
    mc_room_set_track(s->room, s->speakers[0], "");
    run(s, SECOND, 1);
    CHECK_EQ_INT(s->out.n_track, SECOND);
    CHECK_EQ_INT(s->out.n_turns, 1);
    stage_free(s);
}

static bool mix_is_shared(const stage *s) {
    return s->out.mix_len == s->out.shared_len && !memcmp(s->out.mix, s->out.shared, s->out.mix_len);
}

static void test_withheld_voice_comes_back_without_a_jump_and_the_shared_mix_in_a_silence(void) {
    stage *s = stage_new(2, "track.opus");
    record_start(s);
    ear written = ear_open();
    for (int i = 0; i < 4 * SECOND; i++) {
        if (i == SECOND || i == 2 * SECOND)
            mc_room_set_track(s->room, s->speakers[1], i == SECOND ? "" : "track.opus");
        tick(s, 3);
        listen(&written, s->out.mix, s->out.mix_len);
        CHECK(s->room->recorded_apart == (i >= SECOND));
        if (i > 10)
            CHECK(heard_at(&written, 300) > 0.05);
        if (i > SECOND + 3 && i < 2 * SECOND)
            CHECK(heard_at(&written, 400) < 0.01);
        if (i > 2 * SECOND)
            CHECK(heard_at(&written, 400) > 0.05);
    }
    run(s, SECOND, 0);
    CHECK(mix_is_shared(s));
    run(s, SECOND, 3);
    CHECK(mix_is_shared(s));
    opus_decoder_destroy(written.opus);
    stage_free(s);
}

static void test_end_is_said_again_until_it_is_taken(void) {
    stage *s = stage_new(1, "track.opus");
    record_start(s);
    run(s, SECOND, 1);
    s->out.full = true;
    mc_room_record_end(s->room);
    run(s, 5, 1);
    CHECK_EQ_INT(s->out.n_ends, 0);
    CHECK(s->room->recording != NULL);
    s->out.full = false;
    uint32_t n_mix = s->out.n_mix;
    run(s, 5, 1);
    CHECK_EQ_INT(s->out.n_ends, 1);
    CHECK_EQ_INT(s->out.n_mix, n_mix);
    CHECK(s->room->recording == NULL);
    stage_free(s);
}

/* ---- who is silent ---- */

enum { BUFFERED_TICKS = 2 }; /* what the jitter buffer holds here, at most */

/* A microphone that is on all the time, as browsers have it: quiet noise in full packets, or words now and then. */
typedef struct {
    OpusEncoder *opus;
    uint8_t packet[400];
    uint16_t sequence;
    uint32_t n_samples;
} microphone;

static microphone microphone_open(void) {
    int error;
    microphone m = {.opus = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error)};
    opus_encoder_ctl(m.opus, OPUS_SET_BITRATE(32000));
    return m;
}

/* A buzz with the harmonics of a voice, over the microphone's own noise. Returns the packet's length. */
static uint16_t offer(microphone *m, mc_speaker *speaker, bool speaks) {
    static uint32_t random = 1;
    float pcm[MC_TICK_SAMPLES];
    for (int i = 0; i < MC_TICK_SAMPLES; i++, m->n_samples++) {
        random = random * 1664525U + 1013904223U;
        pcm[i] = 0.0005F * ((float)(random >> 8) / (1 << 23) - 1);
        for (int harmonic = 1; speaks && harmonic <= 10; harmonic++)
            pcm[i] += 0.2F / (float)harmonic *
                      sinf(6.2831853F * 150 * (float)(harmonic * m->n_samples % 48000) / 48000);
    }
    int len = opus_encode_float(m->opus, pcm, MC_TICK_SAMPLES, m->packet, sizeof m->packet);
    CHECK(len > 2);
    mc_talk_frame frame = {m->sequence, m->sequence * (uint32_t)MC_TICK_SAMPLES, (uint16_t)len, m->packet};
    CHECK_EQ_INT(mc_speaker_offer(speaker, &frame, 0), 0);
    m->sequence++;
    return (uint16_t)len;
}

/* An encoder might take it for noise: a tone that has gone on for a while. */
static uint16_t hum(microphone *m, mc_speaker *speaker) {
    float pcm[MC_TICK_SAMPLES];
    for (int i = 0; i < MC_TICK_SAMPLES; i++, m->n_samples++)
        pcm[i] = 0.25F * sinf(6.2831853F * (float)(440 * m->n_samples % 48000) / 48000);
    int len = opus_encode_float(m->opus, pcm, MC_TICK_SAMPLES, m->packet, sizeof m->packet);
    mc_talk_frame frame = {m->sequence, m->sequence * (uint32_t)MC_TICK_SAMPLES, (uint16_t)len, m->packet};
    m->sequence++;
    return speaker ? (uint16_t)mc_speaker_offer(speaker, &frame, 0) : 0;
}

static void test_a_steady_tone_is_heard_within_half_a_second(void) {
    stage *s = stage_new(1, "track.opus");
    microphone m = microphone_open();
    for (int i = 0; i < 20 * SECOND; i++)
        hum(&m, NULL);
    for (int i = 0; i < 3 * SECOND; i++) {
        CHECK_EQ_INT(hum(&m, s->speakers[0]), 0);
        mc_room_tick(s->room, &s->counters);
        CHECK(i <= SECOND / 2 + BUFFERED_TICKS || s->speakers[0]->talking);
    }
    opus_encoder_destroy(m.opus);
    stage_free(s);
}

static void test_who_is_silent_is_not_decoded_though_they_send(void) {
    stage *s = stage_new(1, "track.opus");
    record_start(s);
    microphone m = microphone_open();
    for (int i = 0; i < 4 * SECOND; i++) {
        offer(&m, s->speakers[0], false);
        mc_room_tick(s->room, &s->counters);
    }
    uint64_t decodes = s->counters.decodes;
    CHECK(decodes < SECOND); /* until the encoder knows its noise */
    CHECK(s->out.n_track > 4 * SECOND - 3);
    for (int i = 0; i < SECOND; i++) {
        offer(&m, s->speakers[0], true);
        mc_room_tick(s->room, &s->counters);
        CHECK(i <= BUFFERED_TICKS || s->speakers[0]->talking); /* the first word is not lost */
    }
    CHECK_EQ_INT(s->counters.conceals, 0);
    CHECK(s->counters.decodes - decodes <= SECOND + MC_PASSED_OVER);
    opus_encoder_destroy(m.opus);
    stage_free(s);
}

/* The first word after a silence is what it would be had everything been decoded, as much later as packets wait. */
static void test_a_word_after_silence_is_whole(void) {
    enum { TICKS = 3 * SECOND, WORD = 2 * SECOND };
    static float all[TICKS][MC_TICK_SAMPLES], heard[TICKS][MC_TICK_SAMPLES];
    stage *s = stage_new(1, "");
    microphone m = microphone_open();
    ear e = ear_open();
    for (int i = 0; i < TICKS; i++) {
        listen(&e, m.packet, offer(&m, s->speakers[0], i >= WORD));
        mc_room_tick(s->room, &s->counters);
        memcpy(all[i], e.pcm, sizeof e.pcm);
        memcpy(heard[i], s->speakers[0]->pcm, sizeof heard[i]);
    }
    double least = INFINITY;
    for (int later = 0; later <= BUFFERED_TICKS; later++) {
        double error = 0, power = 0;
        for (int i = WORD + BUFFERED_TICKS; i < TICKS; i++)
            for (int n = 0; n < MC_TICK_SAMPLES; n++) {
                double d = heard[i][n] - all[i - later][n];
                error += d * d, power += all[i - later][n] * all[i - later][n];
            }
        CHECK(power > 100);
        least = fmin(least, error / power);
    }
    CHECK(s->counters.decodes < WORD);
    CHECK(least < 1e-4);
    opus_decoder_destroy(e.opus);
    opus_encoder_destroy(m.opus);
    stage_free(s);
}

static void test_a_pause_ends_what_a_room_costs(void) {
    stage *s = stage_new(3, "");
    microphone m[3] = {microphone_open(), microphone_open(), microphone_open()};
    for (int i = 0; i < 6 * SECOND; i++) {
        mc_counters before = s->counters;
        for (int who = 0; who < 3; who++)
            offer(&m[who], s->speakers[who], who == 0 && i < 2 * SECOND);
        mc_room_tick(s->room, &s->counters);
        if (i >= 4 * SECOND) {
            CHECK_EQ_INT(s->counters.encodes, before.encodes);
            CHECK_EQ_INT(s->counters.decodes, before.decodes);
        }
    }
    for (int who = 0; who < 3; who++)
        opus_encoder_destroy(m[who].opus);
    stage_free(s);
}

/* ---- the beginning of a turn ---- */

/* Two who talk; from `turn` on the first has a mix of their own. Its error, beside what an encoder makes of that mix that
 * never began anew and a decoder that always listened: in dB of the mix, in the turn's first frame and in the next nine. */
typedef struct {
    double first_db, then_db, click;
} beginning;

static double db(double error, double power) {
    return 10 * log10((error + 1e-12) / power);
}

static beginning begin_a_turn(uint32_t application, uint32_t bitrate, bool cold) {
    enum { TURN = 2 * SECOND, FADE = 240 /* listeners' own, where streams change */ };
    stage *s = stage_new(0, "");
    mc_room_free(s->room);
    s->config.application = application, s->config.bitrate = bitrate;
    CHECK_EQ_INT(mc_room_new(&s->config, 1, 0, &s->room), 0);
    s->room->sink = (mc_room_sink){&s->out, on_hear, on_levels, on_record, on_talking};
    add_speaker(s, ""), add_speaker(s, "");
    microphone m[2] = {microphone_open(), microphone_open()};
    mc_encoder always, anew;
    CHECK_EQ_INT(mc_encoder_init(&always, &s->config), 0);
    CHECK_EQ_INT(mc_encoder_init(&anew, &s->config), 0);
    ear right = ear_open(), own = ear_open();
    double error[2] = {0}, power[2] = {0}, click = 0;
    for (int i = 0; i < TURN + 12; i++) {
        offer(&m[1], s->speakers[1], true);
        offer(&m[0], s->speakers[0], i >= TURN);
        mc_room_tick(s->room, &s->counters);
        uint8_t packet[MC_ENCODED_MAX_BYTES];
        int len = mc_encoder_encode(&always, s->speakers[1]->pcm, packet);
        listen(&right, packet, (uint16_t)len);
        if (!s->speakers[0]->audible)
            continue;
        if (cold) {
            len = mc_encoder_encode(&anew, s->speakers[1]->pcm, packet);
            listen(&own, packet, (uint16_t)len);
        } else {
            listen(&own, s->out.own[1], s->out.own_len[1]);
        }
        bool first = power[0] == 0;
        for (int n = first ? FADE : 0; n < MC_TICK_SAMPLES; n++) {
            double d = own.pcm[n] - right.pcm[n];
            error[!first] += d * d, power[!first] += right.pcm[n] * right.pcm[n];
            click = fmax(click, fabs(d));
        }
    }
    mc_encoder_deinit(&always), mc_encoder_deinit(&anew);
    opus_decoder_destroy(right.opus), opus_decoder_destroy(own.opus);
    opus_encoder_destroy(m[0].opus), opus_encoder_destroy(m[1].opus);
    stage_free(s);
    return (beginning){db(error[0], power[0]), db(error[1], power[1]), click};
}

static void test_a_turn_begins_as_if_its_mix_had_always_been_encoded(void) {
    const struct {
        uint32_t application, bitrate;
    } modes[] = {{MC_VOIP, 32000}, {MC_AUDIO, 48000}, {MC_LOW_DELAY, 48000}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        beginning cold = begin_a_turn(modes[i].application, modes[i].bitrate, true);
        beginning primed = begin_a_turn(modes[i].application, modes[i].bitrate, false);
        printf("a turn begins %.0f, then %.0f dB off, %.2f at most (cold: %.0f, %.0f, %.2f), ",
               primed.first_db, primed.then_db, primed.click, cold.first_db, cold.then_db, cold.click);
        CHECK(primed.click < 0.6 * cold.click);
        if (modes[i].application == MC_LOW_DELAY) /* SILK is not after the waveform: there dB say little */
            CHECK(primed.first_db < -25 && primed.then_db < -35 && cold.then_db > -25);
    }
}

static void test_a_frugal_room_is_encoded_cheaply_and_goes_back(void) {
    enum { CELT_ONLY = 0x80 };
    stage *s = stage_new(0, "");
    mc_room_free(s->room);
    s->config.application = MC_VOIP, s->config.complexity = 5;
    CHECK_EQ_INT(mc_room_new(&s->config, 1, 0, &s->room), 0);
    s->room->sink = (mc_room_sink){&s->out, on_hear, on_levels, on_record, on_talking};
    add_speaker(s, ""), add_speaker(s, "");
    for (int frugal = 0; frugal < 3; frugal++) {
        mc_room_set_frugal(s->room, frugal == 1);
        run(s, SECOND, 3);
        opus_int32 complexity[2];
        opus_encoder_ctl(s->room->shared.opus, OPUS_GET_COMPLEXITY(&complexity[0]));
        opus_encoder_ctl(s->speakers[0]->own.opus, OPUS_GET_COMPLEXITY(&complexity[1]));
        CHECK_EQ_INT(complexity[0], frugal == 1 ? 0 : 5);
        CHECK_EQ_INT(complexity[1], complexity[0]);
        CHECK_EQ_INT(s->out.shared[0] & CELT_ONLY, frugal == 1 ? CELT_ONLY : 0);
        CHECK_EQ_INT(s->out.own[1][0] & CELT_ONLY, s->out.shared[0] & CELT_ONLY);
    }
    mc_room_set_frugal(s->room, true);
    add_speaker(s, "");
    opus_int32 complexity;
    opus_encoder_ctl(s->speakers[2]->own.opus, OPUS_GET_COMPLEXITY(&complexity));
    CHECK_EQ_INT(complexity, 0);
    stage_free(s);
}

/* Each minute another of thirteen speaks for 50 s, the next joins in for the last 10 of these, and 10 are
 * silent. */
static uint32_t talkers_at(uint32_t at) {
    uint32_t who = at / MINUTE % 13, second = at % MINUTE / SECOND;
    uint32_t first = second < 50 ? 1U << who : 0;
    uint32_t next = second >= 40 && second < 50 ? 1U << (who + 1) % 13 : 0;
    return first | next;
}

static uint32_t distinct_mixes(const stage *s) {
    uint32_t n_audible = 0;
    for (uint32_t i = 0; i < s->n; i++)
        n_audible += s->speakers[i]->audible;
    return n_audible > 1 ? n_audible + 1 : n_audible;
}

static void test_an_hour_of_thirteen_people(void) {
    enum { HOUR = 60 * MINUTE, TAILS_A_MINUTE = 3 * 10 };
    stage *s = stage_new(13, "track.opus");
    record_start(s);
    uint64_t distinct = 0;
    for (uint32_t at = 0; at < HOUR; at++) {
        tick(s, talkers_at(at));
        distinct += distinct_mixes(s);
    }
    CHECK_EQ_INT(s->out.n_shared, HOUR);
    CHECK_EQ_INT(s->out.n_mix, HOUR);
    CHECK_EQ_INT(s->counters.encodes, s->out.n_encoded_frames);
    CHECK(s->counters.encodes >= distinct);
    CHECK(s->counters.encodes <= distinct + 60 * TAILS_A_MINUTE);
    CHECK_EQ_INT(s->counters.packets_refused, 0);
    CHECK_EQ_INT(s->counters.packets_late, 0);
    printf("an hour: %" PRIu64 " encodes for %" PRIu64 " distinct mixes, ", s->counters.encodes, distinct);
    stage_free(s);
}

int main(void) {
    test_talkers_hear_each_other_and_not_themselves();
    test_each_distinct_mix_is_encoded_once();
    test_silence_is_a_byte_a_tick();
    test_levels_name_the_seats_that_talk();
    test_muted_voice_is_not_heard();
    test_unseated_voice_ends_at_once();
    test_record_has_a_packet_a_tick_and_the_voices_that_agreed();
    test_withheld_voice_is_heard_and_never_written();
    test_agreeing_later_writes_from_then_on();
    test_withheld_voice_comes_back_without_a_jump_and_the_shared_mix_in_a_silence();
    test_end_is_said_again_until_it_is_taken();
    test_who_is_silent_is_not_decoded_though_they_send();
    test_a_steady_tone_is_heard_within_half_a_second();
    test_a_word_after_silence_is_whole();
    test_a_pause_ends_what_a_room_costs();
    test_a_turn_begins_as_if_its_mix_had_always_been_encoded();
    test_a_frugal_room_is_encoded_cheaply_and_goes_back();
    test_an_hour_of_thirteen_people();
    return check_report();
}

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "guard.h"
#include "jitter.h"
#include "mediacore.h"

enum { FRAME = MC_TICK_SAMPLES, TICK = MC_TICK_MS, SECOND = 1000 / TICK, MINUTE = 60 * SECOND };

static uint32_t next_random(uint32_t *state) {
    return (*state = *state * 1664525u + 1013904223u) >> 8;
}

static mc_jitter new_jitter(void) {
    mc_jitter jitter;
    if (mc_jitter_init(&jitter))
        abort();
    return jitter;
}

static int put_early(mc_jitter *jitter, uint32_t tick, uint32_t early_samples, uint16_t sequence,
                     uint32_t timestamp) {
    mc_packet packet = {.sequence = sequence,
                        .timestamp = timestamp,
                        .len_bytes = sizeof sequence,
                        .early = (uint16_t)early_samples};
    memcpy(packet.payload, &sequence, sizeof sequence);
    return mc_jitter_put(jitter, tick, &packet);
}

/* Half a tick before it. */
static int put(mc_jitter *jitter, uint32_t tick, uint16_t sequence, uint32_t timestamp) {
    return put_early(jitter, tick, FRAME / 2, sequence, timestamp);
}

static mc_jitter_result get(mc_jitter *jitter, uint32_t tick) {
    const mc_packet *out, *next;
    return mc_jitter_get(jitter, tick, &out, &next);
}

/* This very packet comes out. */
static int plays(mc_jitter *jitter, uint32_t tick, uint16_t sequence) {
    const mc_packet *out, *next;
    return mc_jitter_get(jitter, tick, &out, &next) == MC_JITTER_PACKET && out->sequence == sequence &&
           out->len_bytes == sizeof sequence && memcmp(out->payload, &sequence, sizeof sequence) == 0;
}

/* A frame is concealed, with this packet's FEC at hand; -1: with none. */
static int conceals(mc_jitter *jitter, uint32_t tick, int fec_sequence) {
    const mc_packet *out, *next;
    return mc_jitter_get(jitter, tick, &out, &next) == MC_JITTER_LOST && !out &&
           (next ? next->sequence : -1) == fec_sequence;
}

static void test_first_packet_waits_one_frame(void) {
    mc_jitter jitter = new_jitter();
    CHECK_EQ_INT(get(&jitter, 6), MC_JITTER_EMPTY);
    CHECK_EQ_INT(put(&jitter, 7, 500, 123456), 0);
    CHECK_EQ_INT(get(&jitter, 7), MC_JITTER_EMPTY);
    CHECK(plays(&jitter, 8, 500));
    CHECK_EQ_INT(mc_jitter_delay_ms(&jitter), 20);
    CHECK_EQ_INT(mc_jitter_target_ms(&jitter), 0);
    mc_jitter_deinit(&jitter);
}

/* The frame in hand is margin enough. */
static void test_first_packet_just_before_a_tick_waits_no_longer(void) {
    mc_jitter jitter = new_jitter();
    for (uint32_t tick = 0; tick < MINUTE; tick++) {
        put_early(&jitter, tick, 0, (uint16_t)tick, tick * FRAME);
        if (tick == 0)
            CHECK_EQ_INT(get(&jitter, tick), MC_JITTER_EMPTY);
        else
            CHECK(plays(&jitter, tick, (uint16_t)(tick - 1)));
    }
    mc_jitter_deinit(&jitter);
}

static void test_underrun_is_concealed_three_times(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 0));
    for (uint32_t tick = 2; tick < 5; tick++)
        CHECK(conceals(&jitter, tick, -1));
    for (uint32_t tick = 5; tick < 100; tick++)
        CHECK_EQ_INT(get(&jitter, tick), MC_JITTER_EMPTY);
    mc_jitter_deinit(&jitter);
}

/* What was expected comes late: it is played, and from then on everything waits that much longer. */
static void test_late_packet_deepens_the_buffer(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 0));
    CHECK(conceals(&jitter, 2, -1) && conceals(&jitter, 3, -1));
    put(&jitter, 4, 1, FRAME);
    CHECK(plays(&jitter, 4, 1));
    CHECK_EQ_INT(mc_jitter_delay_ms(&jitter), 60);
    CHECK_EQ_INT(mc_jitter_target_ms(&jitter), 60);
    mc_jitter_deinit(&jitter);
}

/* Half a frame and more counts as one. */
static void test_target_is_in_whole_frames(void) {
    const struct {
        uint32_t late_samples, target_ms;
    } cases[] = {{0, 0},     {479, 0},   {480, 20},  {FRAME, 20}, {1439, 20},
                 {1440, 40}, {2399, 40}, {2400, 60}, {9120, 200}, {100000, 200}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_jitter jitter = new_jitter();
        put(&jitter, 200, 0, 0);
        put(&jitter, 200, 1, 0u - cases[i].late_samples);
        CHECK_EQ_INT(mc_jitter_target_ms(&jitter), cases[i].target_ms);
        mc_jitter_deinit(&jitter);
    }
}

static void test_jitter_is_remembered_for_60_to_80_packets(void) {
    for (uint16_t first_late = 1; first_late < 50; first_late++) {
        mc_jitter jitter = new_jitter();
        for (uint16_t i = 0; i <= first_late + 80; i++) {
            put(&jitter, i == first_late ? i + 4 : i, i, i * FRAME);
            if (i >= first_late && i < first_late + 60)
                CHECK_EQ_INT(mc_jitter_target_ms(&jitter), 80);
        }
        CHECK_EQ_INT(mc_jitter_target_ms(&jitter), 0);
        mc_jitter_deinit(&jitter);
    }
}

/* All that is known comes later than what is due: the wait is nothing, not less. */
static void test_delay_is_never_below_zero(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    for (uint16_t i = 1; i < 100; i++)
        put(&jitter, 40, i, i * 10u);
    CHECK_EQ_INT(mc_jitter_delay_ms(&jitter), 0);
    mc_jitter_deinit(&jitter);
}

static void test_gap_in_sequence_is_concealed(void) {
    for (uint16_t n_missing = 1; n_missing <= 6; n_missing++) {
        mc_jitter jitter = new_jitter();
        const uint16_t after = 1 + n_missing;
        put(&jitter, 0, 0, 0);
        put(&jitter, 0, after, (uint32_t)after * FRAME);
        get(&jitter, 0);
        CHECK(plays(&jitter, 1, 0));
        for (uint16_t i = 1; i <= n_missing; i++) {
            if (i <= 3)
                CHECK(conceals(&jitter, 1 + i, i == n_missing ? after : -1));
            else
                CHECK_EQ_INT(get(&jitter, 1 + i), MC_JITTER_EMPTY);
        }
        CHECK(plays(&jitter, 1 + after, after));
        mc_jitter_deinit(&jitter);
    }
}

/* A packet was lost and the buffer ran empty as well: one frame was missing, one is concealed. */
static void test_loss_with_nothing_waiting_is_concealed_once(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 0));
    CHECK(conceals(&jitter, 2, -1));
    put(&jitter, 3, 2, 2 * FRAME);
    CHECK(plays(&jitter, 3, 2));
    mc_jitter_deinit(&jitter);
}

/* Consecutive in sequence, apart in time (RFC 3550 section 5.1): nothing was sent in between. */
static void test_jump_in_time_is_silence(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 65535, 0);
    put(&jitter, 0, 0, 5 * FRAME);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 65535));
    for (uint32_t tick = 2; tick < 6; tick++)
        CHECK_EQ_INT(get(&jitter, tick), MC_JITTER_EMPTY);
    CHECK(plays(&jitter, 6, 0));
    mc_jitter_deinit(&jitter);
}

static void test_fec_is_not_taken_from_behind_a_silence(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    put(&jitter, 0, 2, 4 * FRAME);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 0));
    CHECK(conceals(&jitter, 2, -1));
    CHECK_EQ_INT(get(&jitter, 3), MC_JITTER_EMPTY);
    CHECK_EQ_INT(get(&jitter, 4), MC_JITTER_EMPTY);
    CHECK(plays(&jitter, 5, 2));
    mc_jitter_deinit(&jitter);
}

static void test_duplicates_and_what_is_over_are_refused(void) {
    mc_jitter jitter = new_jitter();
    CHECK_EQ_INT(put(&jitter, 0, 10, 0), 0);
    CHECK_EQ_INT(put(&jitter, 0, 10, 0), 1);
    CHECK_EQ_INT(put(&jitter, 0, 9, 0u - FRAME), 1);
    get(&jitter, 0);
    CHECK(plays(&jitter, 1, 10));
    CHECK_EQ_INT(put(&jitter, 1, 10, 0), 1);
    CHECK(conceals(&jitter, 2, -1));
    mc_jitter_deinit(&jitter);
}

static void test_order_is_restored(void) {
    mc_jitter jitter = new_jitter();
    const uint16_t order[] = {0, 2, 1, 5, 4, 3};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        CHECK_EQ_INT(put(&jitter, 0, order[i], order[i] * FRAME), 0);
    get(&jitter, 0);
    for (uint16_t i = 0; i < 6; i++)
        CHECK(plays(&jitter, 1 + i, i));
    mc_jitter_deinit(&jitter);
}

static void test_burst_is_cut_to_200_ms(void) {
    mc_jitter jitter = new_jitter();
    for (uint16_t i = 0; i < 100; i++)
        CHECK_EQ_INT(put(&jitter, 0, i, i * FRAME), 0);
    CHECK(plays(&jitter, 0, 89));
    CHECK_EQ_INT(mc_jitter_delay_ms(&jitter), 200);
    mc_jitter_deinit(&jitter);
}

static void test_wild_jumps_begin_anew(void) {
    enum { FIVE_SECONDS = 250 };
    const struct {
        int packets, frames, is_wild;
    } jumps[] = {
        {FIVE_SECONDS + 10, 0, 1},  {-FIVE_SECONDS - 10, 0, 1}, {30000, 0, 1},
        {0, FIVE_SECONDS + 10, 1},  {0, -FIVE_SECONDS - 10, 1}, {0, 1 << 20, 1},
        {FIVE_SECONDS - 10, 0, 0},  {0, FIVE_SECONDS - 10, 0},  {-FIVE_SECONDS + 10, 0, -1},
        {0, -FIVE_SECONDS + 10, 0},
    };
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        mc_jitter jitter = new_jitter();
        for (uint32_t tick = 0; tick < 50; tick++) {
            CHECK_EQ_INT(put(&jitter, tick, (uint16_t)tick, tick * FRAME), 0);
            get(&jitter, tick);
        }
        const uint16_t sequence = (uint16_t)(50 + jumps[i].packets);
        const int refused = put(&jitter, 50, sequence, (uint32_t)(50 + jumps[i].frames) * FRAME);
        CHECK_EQ_INT(refused, jumps[i].is_wild < 0);
        if (jumps[i].is_wild > 0) {
            CHECK_EQ_INT(get(&jitter, 50), MC_JITTER_EMPTY);
            CHECK(plays(&jitter, 51, sequence));
        } else if (!refused) { /* the packet that still waited goes first, or is given up for this one */
            int n_ticks = 0;
            while (n_ticks < 11 && !plays(&jitter, 50 + (uint32_t)n_ticks, sequence))
                n_ticks++;
            CHECK(n_ticks < 11);
        }
        mc_jitter_deinit(&jitter);
    }
}

static void test_reset_forgets(void) {
    mc_jitter jitter = new_jitter();
    put(&jitter, 0, 0, 0);
    put(&jitter, 4, 1, FRAME);
    CHECK(mc_jitter_target_ms(&jitter) > 20);
    mc_jitter_reset(&jitter);
    CHECK_EQ_INT(get(&jitter, 5), MC_JITTER_EMPTY);
    CHECK_EQ_INT(mc_jitter_target_ms(&jitter), 20);
    CHECK_EQ_INT(put(&jitter, 6, 1, FRAME), 0);
    mc_jitter_deinit(&jitter);
}

static void test_only_what_a_packet_holds_is_read(void) {
    mc_jitter jitter = new_jitter();
    const mc_packet packet = {.len_bytes = 2};
    const size_t len_bytes =
        offsetof(mc_packet, payload) + packet.len_bytes; /* a multiple of 2: aligned below */
    mc_packet *cut = guard_copy(&packet, (len_bytes + 3) & ~(size_t)3);
    CHECK_EQ_INT(mc_jitter_put(&jitter, 0, cut), 0);
    guard_free(cut, (len_bytes + 3) & ~(size_t)3);
    mc_jitter_deinit(&jitter);
}

/*
 * A talker, a network and a listener. Frame k is spoken at k times 20 ms of the talker's clock and arrives
 * delay_ms later, though never before the one ahead of it: TCP keeps the order.
 */
typedef enum { SENT, NOT_SENT, LOST_UNDERWAY } fate;

typedef struct simulation {
    double (*delay_ms)(struct simulation *);
    fate (*fate_of)(struct simulation *);
    double talker_ppm;
    uint32_t random;
    uint16_t first_sequence;
    uint32_t first_timestamp, first_tick;

    mc_jitter jitter;
    uint32_t tick, frame, n_sequences;
    double arrival_ms;
    int64_t last_played;
    uint32_t n_played, n_lost, n_shed, n_empty, n_put, n_refused;
} simulation;

static double at_once(simulation *s) {
    (void)s;
    return 5;
}

static double spread_60_ms(simulation *s) {
    return 10 + next_random(&s->random) % 6001 / 100.0;
}

static double batches_of_6(simulation *s) {
    return 5 + (5 - s->frame % 6) * TICK;
}

static double stall_of_350_ms(simulation *s) {
    const double spoken_ms = s->frame * TICK;
    return 5 + (spoken_ms >= 10000 && spoken_ms < 10350 ? 10350 - spoken_ms : 0);
}

static double spike_of_60_ms_each_3_s(simulation *s) {
    return s->frame % (3 * SECOND) == 100 ? 65 : 5;
}

static fate always(simulation *s) {
    (void)s;
    return SENT;
}

static fate in_halves_of_a_second(simulation *s) {
    return s->frame / (SECOND / 2) % 2 ? NOT_SENT : SENT;
}

static fate one_in_twenty_lost(simulation *s) {
    return s->frame % 20 == 19 ? LOST_UNDERWAY : SENT;
}

static void await_next(simulation *s) {
    const double alone_ms = s->frame * TICK * (1 - s->talker_ppm * 1e-6) + s->delay_ms(s);
    if (alone_ms > s->arrival_ms)
        s->arrival_ms = alone_ms;
}

static simulation begin(double (*delay_ms)(simulation *), fate (*fate_of)(simulation *)) {
    simulation s = {.delay_ms = delay_ms, .fate_of = fate_of, .random = 1, .last_played = -1};
    s.jitter = new_jitter();
    await_next(&s);
    return s;
}

static void deliver(simulation *s) {
    for (; s->arrival_ms <= s->tick * (double)TICK; s->frame++, await_next(s)) {
        const fate fate = s->fate_of(s);
        if (fate == SENT) {
            const double early_ms = s->tick * (double)TICK - s->arrival_ms;
            s->n_refused += (uint32_t)put_early(&s->jitter, s->first_tick + s->tick,
                                                (uint32_t)(early_ms < TICK ? early_ms * FRAME / TICK : FRAME),
                                                (uint16_t)(s->first_sequence + s->n_sequences),
                                                s->first_timestamp + s->frame * FRAME);
            s->n_put++;
        }
        s->n_sequences += fate != NOT_SENT;
    }
}

/* Whatever comes: packets in order, none twice, at most three concealed in a row, never more than 200 ms. */
static mc_jitter_result listen(simulation *s) {
    const mc_packet *out, *next;
    const mc_jitter_result result = mc_jitter_get(&s->jitter, s->first_tick + s->tick, &out, &next);
    CHECK((out != NULL) == (result == MC_JITTER_PACKET || result == MC_JITTER_SHED));
    CHECK(mc_jitter_delay_ms(&s->jitter) <= 200);
    CHECK(mc_jitter_target_ms(&s->jitter) <= 200);
    if (out) {
        const int64_t frame = (out->timestamp - s->first_timestamp) / FRAME;
        CHECK(frame > s->last_played);
        s->last_played = frame;
    }
    s->n_played += out != NULL;
    s->n_shed += result == MC_JITTER_SHED;
    s->n_lost += result == MC_JITTER_LOST;
    s->n_empty += result == MC_JITTER_EMPTY;
    return result;
}

static void run(simulation *s, uint32_t n_ticks) {
    for (const uint32_t end = s->tick + n_ticks; s->tick != end; s->tick++) {
        deliver(s);
        if (listen(s) == MC_JITTER_SHED)
            CHECK_EQ_INT(listen(s), MC_JITTER_PACKET);
    }
}

static void forget_counts(simulation *s) {
    s->n_played = s->n_lost = s->n_shed = s->n_empty = s->n_put = 0;
}

static void end(simulation *s) {
    CHECK_EQ_INT(s->n_refused, 0);
    mc_jitter_deinit(&s->jitter);
}

static void test_steady_stream_waits_for_the_next_tick_alone(void) {
    simulation s = begin(at_once, always);
    run(&s, MINUTE);
    CHECK_EQ_INT(s.n_lost, 0);
    CHECK_EQ_INT(s.n_shed, 1);
    CHECK_EQ_INT(s.n_empty, 2);
    CHECK_EQ_INT(s.n_played, MINUTE - 1);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
    end(&s);
}

static double around_the_tick(simulation *s) {
    return 16 + next_random(&s->random) % 800 / 100.0;
}

static double barely_before_the_tick(simulation *s) {
    return 16 + next_random(&s->random) % 390 / 100.0;
}

/* Wherever a microphone's ticks lie between the room's, a few ms of jitter are never heard. */
static void test_who_comes_close_to_a_tick_waits_for_the_next(void) {
    double (*const networks[])(simulation *) = {around_the_tick, barely_before_the_tick};
    for (size_t i = 0; i < 2; i++) {
        simulation s = begin(networks[i], always);
        run(&s, MINUTE);
        CHECK_EQ_INT(s.n_lost, 0);
        CHECK(s.n_shed <= 1);
        CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
        s.delay_ms = around_the_tick;
        run(&s, MINUTE);
        CHECK_EQ_INT(s.n_lost, 0);
        end(&s);
    }
}

static double phase_ms, jitter_ms;

static double as_aimed(simulation *s) {
    return 30 + phase_ms + next_random(&s->random) % 1000 * jitter_ms / 1000;
}

/* Whenever a microphone's frames begin: told twice at most, the last of them comes about 9 ms before its tick. */
static void test_frames_that_begin_as_aimed_wait_least(void) {
    for (jitter_ms = 0; jitter_ms <= 12; jitter_ms += 6)
        for (int begin_ms = 0; begin_ms < TICK; begin_ms++) {
            phase_ms = begin_ms;
            simulation s = begin(as_aimed, always);
            for (int told = 0; told < 3; told++) {
                run(&s, 5 * SECOND);
                const int32_t samples = mc_jitter_take_aim(&s.jitter);
                CHECK(samples >= -FRAME / 4 && samples < FRAME * 3 / 4);
                CHECK(told < 2 || abs(samples) < FRAME / 10);
                phase_ms += samples / 48.0;
            }
            const double last_ms = TICK - fmod(30 + phase_ms + jitter_ms, TICK);
            CHECK(fabs(last_ms - 9) < 2);
            forget_counts(&s);
            run(&s, MINUTE);
            CHECK_EQ_INT(s.n_lost, 0);
            CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
            end(&s);
        }
}

/* Little is known of a few packets, and nothing can be aimed at in a storm. */
static void test_nothing_is_said_of_few_packets_or_a_storm(void) {
    simulation s = begin(at_once, always);
    run(&s, 50);
    CHECK_EQ_INT(mc_jitter_take_aim(&s.jitter), 0);
    run(&s, 120 + 59);
    CHECK_EQ_INT(mc_jitter_take_aim(&s.jitter), 0);
    run(&s, 120 + 60);
    CHECK(mc_jitter_take_aim(&s.jitter) != 0);
    s.delay_ms = spike_of_60_ms_each_3_s;
    run(&s, 6 * SECOND);
    while (s.frame % (3 * SECOND) != 60) /* the last is over */
        run(&s, 1);
    CHECK_EQ_INT(mc_jitter_take_aim(&s.jitter), 0);
    end(&s);
}

/* It costs what it must while it lasts, and is given back when it is over. */
static void test_jitter_that_ends_is_given_back(void) {
    simulation s = begin(spread_60_ms, always);
    run(&s, 20 * SECOND);
    CHECK(mc_jitter_delay_ms(&s.jitter) >= 40);
    forget_counts(&s);
    s.delay_ms = at_once;
    run(&s, 25 * SECOND);
    CHECK_EQ_INT(s.n_lost, 0);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
    CHECK(s.n_shed <= 5);
    end(&s);
}

static void test_six_frames_a_message_wait_for_the_sixth(void) {
    simulation s = begin(batches_of_6, always);
    run(&s, MINUTE);
    CHECK_EQ_INT(s.n_lost, 0);
    CHECK_EQ_INT(mc_jitter_target_ms(&s.jitter), 100);
    CHECK(mc_jitter_delay_ms(&s.jitter) == 100);
    end(&s);
}

/* The first seconds teach the depth; then nothing is concealed, and no wait is longer than the spread. */
static void test_jitter_of_30_ms_either_way(void) {
    for (uint32_t seed = 1; seed <= 20; seed++) {
        simulation s = begin(spread_60_ms, always);
        s.random = seed * 7919;
        run(&s, 2 * SECOND);
        CHECK(s.n_lost <= 3);
        forget_counts(&s);
        run(&s, MINUTE);
        CHECK_EQ_INT(s.n_lost, 0);
        CHECK(s.n_shed <= 1);
        CHECK(mc_jitter_delay_ms(&s.jitter) >= 40 && mc_jitter_delay_ms(&s.jitter) <= 80);
        end(&s);
    }
}

static void test_stall_and_burst_are_worked_off(void) {
    simulation s = begin(stall_of_350_ms, always);
    run(&s, 10 * SECOND);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
    forget_counts(&s);
    run(&s, 18);
    CHECK_EQ_INT(s.n_lost, 3);
    CHECK_EQ_INT(s.n_empty, 14);
    run(&s, 2); /* the burst: what is over 200 ms late is given up, the rest is played */
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 200);
    CHECK_EQ_INT(mc_jitter_target_ms(&s.jitter), 200);
    forget_counts(&s);
    run(&s, 3 * SECOND);
    CHECK(mc_jitter_delay_ms(&s.jitter) <= 20 + 40);
    CHECK_EQ_INT(s.n_lost, 0);
    CHECK_EQ_INT(s.n_shed, 7);
    CHECK_EQ_INT(s.n_played, 3 * SECOND + 7);
    run(&s, 12 * SECOND);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 20);
    CHECK_EQ_INT(s.n_lost, 0);
    end(&s);
}

static fate until_12_2_s(simulation *s) {
    return s->frame < 61 * SECOND / 5 ? SENT : NOT_SENT;
}

static void test_silence_works_off_what_is_left(void) {
    simulation s = begin(stall_of_350_ms, until_12_2_s);
    run(&s, 61 * SECOND / 5);
    CHECK(mc_jitter_delay_ms(&s.jitter) >= 100);
    run(&s, 3 * SECOND / 20); /* what was still waiting */
    forget_counts(&s);
    run(&s, SECOND);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 60);
    CHECK_EQ_INT(s.n_shed, 0);
    end(&s);
}

/* The way has become longer, until only 2 ms are left before the tick: more is taken when nobody hears it. */
static void test_silence_gives_back_what_is_missing(void) {
    enum { STEADY = 8 * SECOND, CLOSE = 4 * SECOND, SILENCE = SECOND };
    mc_jitter jitter = new_jitter();
    uint32_t tick = 0;
    for (; tick < STEADY + CLOSE; tick++) {
        put_early(&jitter, tick, tick < STEADY ? FRAME / 2 : FRAME / 10, (uint16_t)tick, tick * FRAME);
        if (tick < STEADY && get(&jitter, tick) == MC_JITTER_SHED)
            get(&jitter, tick);
        else if (tick >= STEADY)
            CHECK(plays(&jitter, tick, (uint16_t)tick));
    }
    const uint16_t sequence = (uint16_t)tick;
    for (; tick < STEADY + CLOSE + SILENCE; tick++)
        get(&jitter, tick);
    put_early(&jitter, tick, FRAME / 10, sequence, tick * FRAME);
    CHECK_EQ_INT(get(&jitter, tick), MC_JITTER_EMPTY);
    CHECK(plays(&jitter, tick + 1, sequence));
    mc_jitter_deinit(&jitter);
}

static void test_shedding_keeps_its_distance(void) {
    simulation s = begin(stall_of_350_ms, always);
    run(&s, 11 * SECOND);
    uint32_t last = 0, closest = MINUTE;
    for (uint32_t n_shed = s.n_shed; s.tick < 20 * SECOND; n_shed = s.n_shed) {
        run(&s, 1);
        if (s.n_shed == n_shed)
            continue;
        closest = last && s.tick - last < closest ? s.tick - last : closest;
        last = s.tick;
    }
    CHECK_EQ_INT(closest, 5);
    end(&s);
}

/* What is needed now and then is kept: only the first spike is heard. */
static void test_spikes_that_return_are_remembered(void) {
    simulation s = begin(spike_of_60_ms_each_3_s, always);
    run(&s, MINUTE);
    CHECK(s.n_lost <= 3);
    CHECK(mc_jitter_delay_ms(&s.jitter) <= 80);
    end(&s);
}

/* 200 ppm over 10 minutes are 120 ms, six frames. */
static void test_drift_is_absorbed(void) {
    simulation fast = begin(at_once, always);
    fast.talker_ppm = 200;
    run(&fast, 10 * MINUTE);
    CHECK_EQ_INT(fast.n_shed, 7);
    CHECK_EQ_INT(fast.n_lost, 0);
    CHECK(mc_jitter_delay_ms(&fast.jitter) <= 40);
    end(&fast);

    simulation slow = begin(at_once, always);
    slow.talker_ppm = -200;
    run(&slow, 10 * MINUTE);
    CHECK_EQ_INT(slow.n_shed, 1);
    CHECK(slow.n_lost <= 6);
    CHECK(mc_jitter_delay_ms(&slow.jitter) <= 40);
    end(&slow);
}

static void test_drift_with_jitter_is_absorbed(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        simulation s = begin(spread_60_ms, always);
        s.talker_ppm = 200 * sign;
        run(&s, 10 * MINUTE);
        CHECK(s.n_lost <= 10);
        CHECK(s.n_shed <= 8);
        CHECK(mc_jitter_delay_ms(&s.jitter) <= 80);
        end(&s);
    }
}

/* That a silence begins is not known at first: three frames are concealed. Nothing sent is lost. */
static void test_silence_that_is_not_sent(void) {
    double (*const networks[])(simulation *) = {at_once, spread_60_ms};
    for (size_t i = 0; i < 2; i++) {
        simulation s = begin(networks[i], in_halves_of_a_second);
        run(&s, MINUTE);
        CHECK(s.n_lost >= 60 * 3 && s.n_lost <= 60 * 3 + 3);
        CHECK(s.n_shed <= 1);
        CHECK_EQ_INT(s.n_played, s.n_put);
        CHECK(mc_jitter_delay_ms(&s.jitter) <= (i ? 80 : 20));
        end(&s);
    }
}

static void test_each_loss_is_concealed_once(void) {
    double (*const networks[])(simulation *) = {at_once, spread_60_ms};
    for (size_t i = 0; i < 2; i++) {
        simulation s = begin(networks[i], one_in_twenty_lost);
        run(&s, MINUTE);
        CHECK(s.n_lost >= MINUTE / 20 - 2 && s.n_lost <= MINUTE / 20 + 3);
        CHECK(s.n_shed <= 1);
        CHECK(s.n_put - s.n_played <= 5);
        end(&s);
    }
}

/* Sequence, timestamp and tick all pass their ends on the way, and nobody can tell. */
static void test_counters_wrap(void) {
    double (*const networks[])(simulation *) = {at_once, spread_60_ms, stall_of_350_ms};
    for (size_t i = 0; i < 3; i++) {
        simulation zero = begin(networks[i], one_in_twenty_lost),
                   wrapping = begin(networks[i], one_in_twenty_lost);
        wrapping.first_sequence = 65536 - 300;
        wrapping.first_timestamp = 0u - 200 * FRAME;
        wrapping.first_tick = 0u - 100;
        run(&zero, MINUTE);
        run(&wrapping, MINUTE);
        CHECK_EQ_INT(wrapping.n_played, zero.n_played);
        CHECK_EQ_INT(wrapping.n_lost, zero.n_lost);
        CHECK_EQ_INT(wrapping.n_shed, zero.n_shed);
        CHECK_EQ_INT(wrapping.n_empty, zero.n_empty);
        CHECK_EQ_INT(mc_jitter_delay_ms(&wrapping.jitter), mc_jitter_delay_ms(&zero.jitter));
        end(&zero);
        end(&wrapping);
    }
}

/* The machine slept for two seconds: the room goes on later, with all that came meanwhile at once. */
static void test_room_that_skips_ticks_catches_up(void) {
    simulation s = begin(at_once, always);
    run(&s, 10 * SECOND);
    s.tick += 2 * SECOND;
    run(&s, 3 * SECOND);
    CHECK(mc_jitter_delay_ms(&s.jitter) <= 60);
    forget_counts(&s);
    run(&s, 20 * SECOND);
    CHECK_EQ_INT(s.n_lost, 0);
    CHECK_EQ_INT(mc_jitter_delay_ms(&s.jitter), 0);
    end(&s);
}

/* One who means harm: any sequence, any time, near and far. The buffer keeps its promises. */
static void test_hostile_packets(void) {
    mc_jitter jitter = new_jitter();
    uint32_t random = 3, n_lost = 0, n_played = 0, n_shed = 0, timestamp = 0;
    uint16_t sequence = 0;
    for (uint32_t tick = 0; tick < 200000; tick++) {
        for (uint32_t n = next_random(&random) % 4; n > 0; n--) {
            const uint32_t dice = next_random(&random) % 64;
            sequence += dice < 48 ? 1 : (uint16_t)(next_random(&random) % (dice < 60 ? 80 : 65536)) - 20;
            timestamp += dice < 40 ? FRAME : next_random(&random) % (dice < 62 ? 20000 : UINT32_MAX) - 4000;
            put(&jitter, tick, sequence, timestamp - (dice == 7 ? 8000 : 0));
        }
        const mc_packet *out, *next;
        mc_jitter_result result = mc_jitter_get(&jitter, tick, &out, &next);
        if (result == MC_JITTER_SHED) {
            n_shed++;
            result = mc_jitter_get(&jitter, tick, &out, &next);
            CHECK_EQ_INT(result, MC_JITTER_PACKET);
        }
        n_lost = result == MC_JITTER_LOST ? n_lost + 1 : 0;
        n_played += result == MC_JITTER_PACKET;
        CHECK(n_lost <= 3);
        CHECK((out != NULL) == (result == MC_JITTER_PACKET));
        CHECK(!next || result == MC_JITTER_LOST);
        CHECK(mc_jitter_delay_ms(&jitter) <= 200 && mc_jitter_target_ms(&jitter) <= 200);
    }
    CHECK(n_played > 10000 && n_shed > 20);
    mc_jitter_deinit(&jitter);
}

int main(void) {
    test_first_packet_waits_one_frame();
    test_first_packet_just_before_a_tick_waits_no_longer();
    test_underrun_is_concealed_three_times();
    test_late_packet_deepens_the_buffer();
    test_target_is_in_whole_frames();
    test_jitter_is_remembered_for_60_to_80_packets();
    test_delay_is_never_below_zero();
    test_gap_in_sequence_is_concealed();
    test_loss_with_nothing_waiting_is_concealed_once();
    test_jump_in_time_is_silence();
    test_fec_is_not_taken_from_behind_a_silence();
    test_duplicates_and_what_is_over_are_refused();
    test_order_is_restored();
    test_burst_is_cut_to_200_ms();
    test_wild_jumps_begin_anew();
    test_reset_forgets();
    test_only_what_a_packet_holds_is_read();
    test_steady_stream_waits_for_the_next_tick_alone();
    test_who_comes_close_to_a_tick_waits_for_the_next();
    test_frames_that_begin_as_aimed_wait_least();
    test_nothing_is_said_of_few_packets_or_a_storm();
    test_jitter_that_ends_is_given_back();
    test_six_frames_a_message_wait_for_the_sixth();
    test_jitter_of_30_ms_either_way();
    test_stall_and_burst_are_worked_off();
    test_silence_works_off_what_is_left();
    test_silence_gives_back_what_is_missing();
    test_shedding_keeps_its_distance();
    test_spikes_that_return_are_remembered();
    test_drift_is_absorbed();
    test_drift_with_jitter_is_absorbed();
    test_silence_that_is_not_sent();
    test_each_loss_is_concealed_once();
    test_counters_wrap();
    test_room_that_skips_ticks_catches_up();
    test_hostile_packets();
    return check_report();
}

/*
 * Somebody on the stage does what no microphone does: floods, replays, jumps, sends garbage. What is heard of the others is
 * bit by bit what it would be without them, and each offence is counted for what it is.
 */
#include <sched.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "room.h"
#include "voice.h"

enum { SECOND = 50, TICKS = 10 * SECOND, ANNA = 0, HOSTILE = 1 };

/* What a room sent and wrote in one tick. */
typedef struct {
    uint16_t shared_len, track_len;
    uint8_t shared[MC_ENCODED_MAX_BYTES], track[MC_PACKET_BYTES];
} outcome;

static void on_hear(void *ctx, mc_room *room, const mc_heard *heard) {
    (void)room;
    outcome *out = ctx;
    if (!heard->person)
        memcpy(out->shared, heard->payload, out->shared_len = heard->len_bytes);
}

static void on_levels(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes) {
    (void)ctx, (void)room, (void)message, (void)len_bytes;
}

static int on_record(void *ctx, mc_room *room, const mc_rec_item *item) {
    (void)room;
    outcome *out = ctx;
    if (item->kind == MC_REC_TRACK && !strcmp(item->track, "0.opus"))
        memcpy(out->track, item->payload, out->track_len = (uint16_t)item->len_bytes);
    return 0;
}

static void on_talking(void *ctx, mc_room *room, uint64_t person, bool talks) {
    (void)ctx, (void)room, (void)person, (void)talks;
}

typedef struct {
    mc_room *room;
    mc_speaker *speakers[2];
    voice anna;
    outcome out;
    mc_counters counters;
    uint64_t n_overrun, n_refused; /* as the loop counts them */
} stage;

static stage *stage_new(uint32_t n_speakers) {
    stage *s = calloc(1, sizeof *s);
    mc_core_config config;
    mc_core_config_default(&config);
    CHECK_EQ_INT(mc_room_new(&config, 1, 0, &s->room), 0);
    s->room->sink = (mc_room_sink){&s->out, on_hear, on_levels, on_record, on_talking};
    for (uint32_t i = 0; i < n_speakers; i++) {
        mc_member member = {.person = i + 1, .role = MC_SPEAKER, .seat = i};
        snprintf(member.track, sizeof member.track, "%u.opus", i);
        CHECK_EQ_INT(mc_speaker_new(&config, &member, &s->speakers[i]), 0);
        mc_room_seat(s->room, s->speakers[i]);
    }
    mc_room_record_start(s->room, (mc_recording *)s);
    voice_init(&s->anna, 300);
    return s;
}

static void stage_free(stage *s) {
    for (int i = 0; i < 2; i++)
        if (s->speakers[i])
            mc_speaker_free(s->speakers[i]);
    mc_room_free(s->room);
    free(s);
}

static void offer(stage *s, const mc_talk_frame *frame) {
    int status = mc_speaker_offer(s->speakers[HOSTILE], frame, 0);
    s->n_overrun += status == MC_E_FULL;
    s->n_refused += status == MC_E_PACKET;
}

/* ---- what they do ---- */

static uint32_t next_random(void) {
    static uint32_t random = 1;
    return random = random * 1664525U + 1013904223U;
}

/* 20 ms of digital silence, which is what most of them say: all that is heard in these rooms is Anna. */
static const uint8_t hush[] = {0xf8, 0xff, 0xfe};

static mc_talk_frame hushed(uint32_t sequence, uint32_t timestamp) {
    return (mc_talk_frame){(uint16_t)sequence, timestamp, sizeof hush, hush};
}

static void flood(stage *s, uint32_t tick) {
    for (uint32_t i = 0; i < 1000; i++) {
        mc_talk_frame frame = hushed(tick * 1000 + i, (tick * 1000 + i) * MC_TICK_SAMPLES);
        offer(s, &frame);
    }
}

static void flood_with_long_ones(stage *s, uint32_t tick) {
    static uint8_t packet[MC_PACKET_BYTES] = {0xfb, 1}; /* code 3, one frame, of nearly the whole length */
    for (uint32_t i = 0; i < 40; i++)
        offer(s, &(mc_talk_frame){(uint16_t)(tick * 40 + i), tick * MC_TICK_SAMPLES, sizeof packet, packet});
}

static void replay(stage *s, uint32_t tick) {
    uint32_t first = tick > 20 ? tick - 20 : 0;
    for (uint32_t at = first; at <= tick; at++) {
        mc_talk_frame frame = hushed(at, at * MC_TICK_SAMPLES);
        offer(s, &frame);
    }
}

static void jump_in_sequence(stage *s, uint32_t tick) {
    mc_talk_frame frame = hushed(next_random() >> 16, tick * MC_TICK_SAMPLES);
    offer(s, &frame);
}

static void jump_in_time(stage *s, uint32_t tick) {
    mc_talk_frame frame = hushed(tick, next_random());
    offer(s, &frame);
}

static void run_backwards(stage *s, uint32_t tick) {
    mc_talk_frame frame = hushed(60000 - tick, (uint32_t) - (int32_t)tick * MC_TICK_SAMPLES);
    offer(s, &frame);
}

static void send_what_is_no_packet(stage *s, uint32_t tick) {
    static const uint8_t none[][4] = {
        {0xf3, 6, 0, 0}, {0xf0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}, {0x1b, 0x3f, 0, 1}};
    for (uint32_t i = 0; i < 4; i++)
        offer(s, &(mc_talk_frame){(uint16_t)tick, tick * MC_TICK_SAMPLES, 4, none[i]});
    offer(s, &(mc_talk_frame){(uint16_t)tick, tick * MC_TICK_SAMPLES, 0, none[0]});
    offer(s, &(mc_talk_frame){(uint16_t)tick, tick * MC_TICK_SAMPLES, MC_PACKET_BYTES + 1, none[0]});
}

/* Well-formed heads with noise behind them: whatever it sounds like is what this person says. */
static void send_noise(stage *s, uint32_t tick) {
    static uint8_t packet[100];
    for (size_t i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(next_random() >> 24);
    packet[0] =
        (uint8_t[]){0xf8, 0x78, 0x48, 0x08}[tick % 4]; /* CELT, hybrid, SILK wide and narrow, of 20 ms */
    offer(s, &(mc_talk_frame){(uint16_t)tick, tick * MC_TICK_SAMPLES, sizeof packet, packet});
}

typedef struct {
    const char *name;
    void (*act)(stage *s, uint32_t tick);
    bool is_heard; /* what they send is sound */
} offence;

/* Anna's sound and record in a room with them, and in one without. */
static stage *commit(const offence *offence) {
    stage *with = stage_new(2), *without = stage_new(1);
    bool same_voice = true, same_mix = true, same_track = true;
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        mc_talk_frame frame = voice_next(&with->anna), again = voice_next(&without->anna);
        bool speaks = tick / SECOND % 3 != 2;
        if (speaks) {
            CHECK_EQ_INT(mc_speaker_offer(with->speakers[ANNA], &frame, 0), 0);
            CHECK_EQ_INT(mc_speaker_offer(without->speakers[ANNA], &again, 0), 0);
        } else {
            with->anna.sequence--, without->anna.sequence--;
        }
        offence->act(with, tick);
        mc_room_tick(with->room, &with->counters);
        mc_room_tick(without->room, &without->counters);
        same_voice &= !memcmp(with->speakers[ANNA]->pcm, without->speakers[ANNA]->pcm,
                              sizeof with->speakers[ANNA]->pcm);
        same_mix &= with->out.shared_len == without->out.shared_len &&
                    !memcmp(with->out.shared, without->out.shared, with->out.shared_len);
        same_track &= with->out.track_len == without->out.track_len &&
                      !memcmp(with->out.track, without->out.track, with->out.track_len);
    }
    printf("%s: %" PRIu64 " late, %" PRIu64 " wild, %" PRIu64 " refused, %" PRIu64 " overrun; ",
           offence->name, with->counters.packets_late, with->counters.packets_wild,
           with->counters.packets_refused + with->n_refused, with->n_overrun);
    CHECK(same_voice && same_track);
    CHECK(same_mix || offence->is_heard);
    CHECK_EQ_INT(without->counters.packets_late + without->counters.packets_refused, 0);
    stage_free(without);
    return with;
}

static void test_what_a_hostile_speaker_does_is_theirs_alone(void) {
    const offence offences[] = {
        {"flood", flood, false},
        {"long flood", flood_with_long_ones, true},
        {"replay", replay, false},
        {"jumps in sequence", jump_in_sequence, false},
        {"jumps in time", jump_in_time, false},
        {"backwards", run_backwards, false},
        {"no packets", send_what_is_no_packet, false},
        {"noise", send_noise, true},
    };
    enum { FLOOD, LONG_FLOOD, REPLAY, SEQUENCE, TIME, BACKWARDS, NO_PACKETS, NOISE, OFFENCES };
    stage *done[OFFENCES];
    for (int i = 0; i < OFFENCES; i++)
        done[i] = commit(&offences[i]);
    CHECK(done[FLOOD]->n_overrun > 0);
    CHECK(done[LONG_FLOOD]->n_overrun > TICKS * 20);
    CHECK(done[REPLAY]->counters.packets_late > TICKS * 15);
    CHECK(done[SEQUENCE]->counters.packets_wild > TICKS / 2);
    CHECK(done[TIME]->counters.packets_wild > TICKS / 2);
    CHECK(done[BACKWARDS]->counters.packets_late > TICKS / 2);
    CHECK_EQ_INT(done[NO_PACKETS]->n_refused, TICKS * 6);
    for (int i = 0; i < OFFENCES; i++)
        stage_free(done[i]);
}

/* ---- through the whole core ---- */

enum { ROOM = 7, LISTENER = 13 };

static mc_core *core_new(void) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = MC_CLOCK_STEPPED;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    CHECK_EQ_INT(mc_room_open(core, ROOM, 0), 0);
    return core;
}

static int join(mc_core *core, uint64_t person) {
    int ours;
    uint64_t conn;
    CHECK_EQ_INT(mc_room_adopt(core, ROOM, person, client_pair(&ours), &conn), 0);
    return ours;
}

static void settle(int fd) {
    for (int i = 0; i < 2; i++) {
        client_send(fd, 9, "settled", 7);
        CHECK_EQ_INT(client_await(fd, 10, 0)->opcode, 10);
    }
}

static uint64_t packets_in(mc_core *core) {
    mc_counters counters;
    mc_core_counters(core, &counters);
    return counters.packets_in;
}

/* All that a listener is sent while Anna talks: a digest of each packet. */
static uint64_t hear(mc_core *core, bool with_hostile) {
    for (uint32_t i = 0; i < 2; i++)
        CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = i + 1, .role = MC_SPEAKER, .seat = i}),
                     0);
    int anna = join(core, 1), hostile = join(core, 2), ear = join(core, LISTENER);
    client_listen(ear);
    settle(ear), settle(hostile), settle(anna);
    static voice v;
    voice_init(&v, 300);
    uint64_t digest = 0xcbf29ce484222325ULL;
    for (uint32_t tick = 0; tick < SECOND; tick++) {
        if (with_hostile && tick == SECOND / 2) {
            for (uint32_t i = 0; i < 500; i++) {
                mc_talk_frame frame = hushed(i, i * MC_TICK_SAMPLES);
                client_talk(hostile, &frame);
            }
            CHECK_EQ_INT(client_close_code(hostile), 1008);
            settle(anna); /* the round in which they were cut off is counted */
        }
        uint64_t seen = packets_in(core);
        mc_talk_frame frame = voice_next(&v);
        client_talk(anna, &frame);
        while (packets_in(core) == seen)
            sched_yield();
        CHECK_EQ_INT(mc_core_step(core, 1), 0);
        const client_message *message = client_await(ear, 2, MC_WIRE_HEAR);
        for (uint64_t i = 0; i < message->len_bytes; i++)
            digest = (digest ^ message->payload[i]) * 0x100000001b3ULL;
    }
    close(anna), close(hostile), close(ear);
    return digest;
}

static void test_a_flood_is_cut_off_and_listeners_hear_the_same(void) {
    mc_core *quiet = core_new(), *flooded = core_new();
    CHECK(hear(quiet, false) == hear(flooded, true));
    mc_counters counters;
    mc_core_counters(flooded, &counters);
    CHECK(counters.packets_over_rate >= 249);
    CHECK_EQ_INT(counters.closed_policy, 1);
    mc_core_free(quiet), mc_core_free(flooded);
}

int main(void) {
    test_what_a_hostile_speaker_does_is_theirs_alone();
    test_a_flood_is_cut_off_and_listeners_hear_the_same();
    return check_report();
}

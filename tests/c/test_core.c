/* The whole core behind its public header: real sockets and threads, a clock that is stepped. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "client.h"
#include "conductor.h"
#include "mediacore.h"
#include "voice.h"

enum { ROOM = 7, ANNA = 11, BERT = 12, CARA = 13, SECOND = 50 };

static mc_core_config stepped_config(void) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = MC_CLOCK_STEPPED;
    config.application = MC_LOW_DELAY;
    config.complexity = 0;
    return config;
}

static mc_core *core_new(uint32_t n_loops) {
    mc_core_config config = stepped_config();
    config.n_loops = config.n_mixers = n_loops;
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

static void put_on_stage(mc_core *core, uint64_t person, uint32_t seat, bool muted) {
    mc_member member = {.person = person, .role = MC_SPEAKER, .seat = seat, .muted = muted};
    CHECK_EQ_INT(mc_room_member(core, ROOM, &member), 0);
}

static void take_off_stage(mc_core *core, uint64_t person) {
    CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = person, .role = MC_LISTENER}), 0);
}

/* Waits for an event of a kind; the others are passed over. */
static mc_event await_event(mc_core *core, mc_event_kind kind) {
    mc_event event = {0};
    while (mc_core_poll_event(core, &event, CLIENT_PATIENCE_MS))
        if (event.kind == kind)
            return event;
    CHECK(!"an event came");
    return (mc_event){0};
}

/*
 * What was sent has been read, answered and counted: counters are published when a round is over, so a second
 * answer proves that the first one's round is.
 */
static void settle(int fd) {
    for (int i = 0; i < 2; i++) {
        client_send(fd, 9, "settled", 7);
        CHECK_EQ_INT(client_await(fd, 10, 0)->opcode, 10);
    }
}

static mc_counters totals(mc_core *core) {
    mc_counters counters;
    mc_core_counters(core, &counters);
    return counters;
}

static void test_a_socket_is_greeted_with_its_state(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 3, true);
    int anna = join(core, ANNA), cara = join(core, CARA);
    const uint8_t *state = client_read(anna)->payload;
    CHECK_EQ_INT(memcmp(state, (uint8_t[]){MC_WIRE_STATE, MC_SPEAKER, MC_STATE_MUTED, 3}, 4), 0);
    state = client_read(cara)->payload;
    CHECK_EQ_INT(memcmp(state, (uint8_t[]){MC_WIRE_STATE, MC_LISTENER, 0, MC_NO_SEAT}, 4), 0);
    mc_event opened = await_event(core, MC_EV_OPENED);
    CHECK_EQ_INT(opened.room, ROOM);
    CHECK_EQ_INT(opened.person, ANNA);
    close(cara);
    mc_event closed = await_event(core, MC_EV_CLOSED);
    CHECK_EQ_INT(closed.person, CARA);
    CHECK_EQ_INT(closed.code, 1006);
    close(anna);
    mc_core_free(core);
}

static uint64_t talk_seen(mc_core *core) {
    mc_counters counters;
    mc_core_counters(core, &counters);
    return counters.packets_in + counters.talk_muted;
}

/* Says n frames, each in a tick of its own: what was sent is there before the clock is stepped. */
static void talk_and_step(mc_core *core, int fd, voice *v, int n) {
    for (int i = 0; i < n; i++) {
        uint64_t seen = talk_seen(core);
        mc_talk_frame frame = voice_next(v);
        client_talk(fd, &frame);
        while (talk_seen(core) == seen)
            sched_yield();
        CHECK_EQ_INT(mc_core_step(core, 1), 0);
    }
}

static void test_a_listener_hears_a_speaker(void) {
    mc_core *core = core_new(2);
    put_on_stage(core, ANNA, 0, false);
    int anna = join(core, ANNA), cara = join(core, CARA);
    client_listen(cara);
    settle(cara);
    static voice v;
    voice_init(&v, 300);
    talk_and_step(core, anna, &v, SECOND);
    uint32_t next_tick = 0;
    int n_sound = 0;
    while (next_tick < SECOND) {
        const client_message *message = client_await(cara, 2, MC_WIRE_HEAR);
        if (!CHECK_EQ_INT(message->opcode, 2))
            break;
        CHECK_EQ_INT(message->payload[2], MC_STREAM_SHARED);
        CHECK_EQ_INT(mc_get_u32(message->payload + 4), next_tick);
        next_tick += message->payload[1];
        n_sound += mc_get_u16(message->payload + 8) > 1;
    }
    CHECK(n_sound > SECOND / 2);
    settle(cara);
    mc_counters counters = totals(core);
    CHECK_EQ_INT(counters.packets_in, SECOND);
    CHECK_EQ_INT(counters.listeners, 1);
    CHECK_EQ_INT(counters.conns, 2);
    CHECK_EQ_INT(counters.frames_dropped, 0);
    close(anna), close(cara);
    mc_core_free(core);
}

/* What a socket may send once, and the code it is closed with. */
static void check_offence(const void *bytes, size_t n, bool raw, int opcode, int code) {
    mc_core *core = core_new(1);
    int cara = join(core, CARA);
    if (raw)
        client_send_raw(cara, bytes, n);
    else
        client_send(cara, opcode, bytes, n);
    CHECK_EQ_INT(client_close_code(cara), code);
    CHECK_EQ_INT(client_read(cara)->opcode, -1);
    close(cara);
    CHECK_EQ_INT(await_event(core, MC_EV_CLOSED).code, code);
    mc_core_free(core);
}

static void test_offences_are_closed_with_their_codes(void) {
    static const uint8_t big[9000] = {MC_WIRE_TALK};
    static const uint8_t talk[] = {MC_WIRE_TALK, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xf8};
    check_offence(talk, sizeof talk, false, 2, 1008);          /* a listener's audio */
    check_offence(talk, sizeof talk - 1, false, 2, 1008);      /* lengths that do not add up */
    check_offence("\x82\x01x", 3, true, 0, 1002);              /* unmasked */
    check_offence(big, sizeof big, false, 2, 1009);            /* too long */
    check_offence(big, 1025, false, 1, 1009);                  /* text: too long */
    check_offence("\xff", 1, false, 1, 1007);                  /* not UTF-8 */
    check_offence((uint8_t[]){5, 1, 9, 0}, 4, false, 2, 1008); /* a pace there is not */
}

static void test_what_may_be_skipped_is_skipped(void) {
    mc_core *core = core_new(1);
    int cara = join(core, CARA);
    client_send(cara, 1, "hello", 5);
    client_send(cara, 2, "\x7f unknown", 9);
    client_send(cara, 2, "", 0);
    settle(cara);
    mc_counters counters;
    mc_core_counters(core, &counters);
    CHECK_EQ_INT(counters.texts_in, 1);
    CHECK_EQ_INT(counters.unknown_in, 2);
    close(cara);
    mc_core_free(core);
}

static void test_packets_that_are_no_20_ms_of_opus_are_refused(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    int anna = join(core, ANNA);
    static const uint8_t bad[][3] = {{0xfb, 6, 0} /* 120 ms */, {0xf0, 0, 0} /* 10 ms */, {0xff, 0xff, 0xff}};
    for (uint16_t i = 0; i < 3; i++)
        client_talk(anna, &(mc_talk_frame){i, i * 960U, 3, bad[i]});
    client_talk(anna, &(mc_talk_frame){4, 4 * 960, 0, bad[0]});
    settle(anna);
    mc_core_step(core, 1);
    mc_counters counters;
    mc_core_counters(core, &counters);
    CHECK_EQ_INT(counters.packets_refused, 4);
    CHECK_EQ_INT(counters.decodes, 0);
    close(anna);
    mc_core_free(core);
}

static void test_a_flood_is_closed(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    int anna = join(core, ANNA);
    static voice v;
    voice_init(&v, 300);
    for (int i = 0; i < 500; i++) {
        mc_talk_frame frame = voice_next(&v);
        client_talk(anna, &frame);
    }
    CHECK_EQ_INT(client_close_code(anna), 1008);
    int cara = join(core, CARA);
    settle(cara);
    mc_counters counters;
    mc_core_counters(core, &counters);
    CHECK(counters.packets_over_rate >= 249);
    CHECK(counters.packets_in <= 53);
    close(anna), close(cara);
    mc_core_free(core);
}

static void test_text_reaches_its_audience(void) {
    mc_core *core = core_new(2);
    put_on_stage(core, ANNA, 0, true);
    int anna = join(core, ANNA), cara = join(core, CARA);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_SPEAKERS, 0, "for the stage", 13), 0);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, CARA, "for Cara", 8), 0);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, 0, "for all", 7), 0);
    CHECK_EQ_INT(memcmp(client_await(anna, 1, 0)->payload, "for the stage", 13), 0);
    CHECK_EQ_INT(memcmp(client_await(anna, 1, 0)->payload, "for all", 7), 0);
    CHECK_EQ_INT(memcmp(client_await(cara, 1, 0)->payload, "for Cara", 8), 0);
    CHECK_EQ_INT(memcmp(client_await(cara, 1, 0)->payload, "for all", 7), 0);
    close(anna), close(cara);
    mc_core_free(core);
}

static void test_who_is_kicked_stays_out(void) {
    mc_core *core = core_new(2);
    put_on_stage(core, ANNA, 0, true);
    int tab = join(core, ANNA), phone = join(core, ANNA), cara = join(core, CARA);
    CHECK_EQ_INT(mc_room_kick(core, ROOM, ANNA, 4001), 0);
    CHECK_EQ_INT(client_close_code(tab), 4001);
    CHECK_EQ_INT(client_close_code(phone), 4001);
    int again = join(core, ANNA);
    CHECK_EQ_INT(client_close_code(again), 4001);
    settle(cara);
    close(tab), close(phone), close(again), close(cara);
    mc_core_free(core);
}

static void test_the_newest_socket_is_the_microphone(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    int tab = join(core, ANNA);
    CHECK_EQ_INT(client_await(tab, 2, MC_WIRE_STATE)->payload[2], 0);
    int phone = join(core, ANNA);
    CHECK_EQ_INT(client_await(phone, 2, MC_WIRE_STATE)->payload[2], 0);
    CHECK_EQ_INT(client_await(tab, 2, MC_WIRE_STATE)->payload[2], MC_STATE_ELSEWHERE);
    static voice v;
    voice_init(&v, 300);
    talk_and_step(core, tab, &v, 5);
    mc_counters counters;
    mc_core_counters(core, &counters);
    CHECK_EQ_INT(counters.packets_in, 0);
    close(phone);
    CHECK_EQ_INT(client_await(tab, 2, MC_WIRE_STATE)->payload[2], 0);
    close(tab);
    mc_core_free(core);
}

/* A page that was loaded again counts from 0: its first word is heard, whatever its last page had said. */
static void test_a_new_socket_begins_a_stream(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    static voice v;
    voice_init(&v, 300);
    mc_counters before, after;
    for (int pages = 0; pages < 3; pages++) {
        int page = join(core, ANNA);
        settle(page);
        v.sequence = 0, v.timestamp = 0;
        mc_core_counters(core, &before);
        talk_and_step(core, page, &v, SECOND);
        settle(page);
        mc_core_counters(core, &after);
        CHECK_EQ_INT(after.packets_late, 0);
        CHECK(after.decodes - before.decodes >= SECOND - 3);
        close(page);
        await_event(core, MC_EV_CLOSED);
    }
    mc_core_free(core);
}

/* Each packet comes right after a tick, 20 ms before the next; 9 would do. The rest is told to who talks, once. */
static void test_a_microphone_is_told_when_its_frames_should_begin(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    put_on_stage(core, BERT, 1, false);
    int anna = join(core, ANNA), bert = join(core, BERT);
    static voice v;
    voice_init(&v, 300);
    talk_and_step(core, anna, &v, 2 * SECOND);
    const client_message *aim = client_await(anna, 2, MC_WIRE_AIM);
    CHECK_EQ_INT(aim->len_bytes, MC_AIM_BYTES);
    CHECK_EQ_INT(mc_get_u16(aim->payload + 2), MC_TICK_SAMPLES * 11 / 20);
    for (int fd = anna; fd; fd = fd == anna ? bert : 0) {
        client_send(fd, 9, "and then", 8);
        client_message *message;
        while ((message = client_read(fd))->opcode == 2)
            CHECK(message->payload[0] != MC_WIRE_AIM);
        CHECK_EQ_INT(message->opcode, 10);
    }
    close(anna), close(bert);
    mc_core_free(core);
}

static void test_demotion_forgives_what_was_under_way(void) {
    mc_core *core = core_new(1);
    put_on_stage(core, ANNA, 0, false);
    int anna = join(core, ANNA);
    client_await(anna, 2, MC_WIRE_STATE);
    take_off_stage(core, ANNA);
    CHECK_EQ_INT(client_await(anna, 2, MC_WIRE_STATE)->payload[1], MC_LISTENER);
    static voice v;
    voice_init(&v, 300);
    talk_and_step(core, anna, &v, 10);
    mc_core_step(core, 2 * SECOND);
    settle(anna);
    mc_talk_frame frame = voice_next(&v);
    client_talk(anna, &frame);
    CHECK_EQ_INT(client_close_code(anna), 1008);
    close(anna);
    mc_core_free(core);
}

static void test_a_silent_socket_is_pinged_then_cut(void) {
    mc_core *core = core_new(1);
    int cara = join(core, CARA);
    settle(cara);
    mc_core_step(core, 10 * SECOND);
    CHECK_EQ_INT(client_await(cara, 9, 0)->opcode, 9);
    mc_core_step(core, 16 * SECOND);
    CHECK_EQ_INT(client_await(cara, 8, 0)->opcode, -1);
    mc_event closed = await_event(core, MC_EV_CLOSED);
    CHECK_EQ_INT(closed.code, 1006);
    CHECK_EQ_INT(strcmp(closed.reason, "nothing heard"), 0);
    close(cara);
    mc_core_free(core);
}

static void test_who_takes_no_text_is_cut_and_nobody_else(void) {
    mc_core *core = core_new(1);
    int bert = join(core, BERT), cara = join(core, CARA);
    static char text[1 << 19];
    memset(text, 'x', sizeof text);
    settle(cara);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, BERT, text, sizeof text), 0);
    settle(cara);
    mc_core_step(core, 4 * SECOND);
    settle(cara);
    uint64_t waiting_bytes = totals(core).outbox_bytes;
    CHECK(waiting_bytes > 0 && waiting_bytes < sizeof text);
    mc_core_step(core, 2 * SECOND);
    mc_event closed = await_event(core, MC_EV_CLOSED);
    CHECK_EQ_INT(closed.person, BERT);
    CHECK_EQ_INT(strcmp(closed.reason, "took no text"), 0);
    mc_core_step(core, SECOND);
    settle(cara);
    CHECK_EQ_INT(totals(core).outbox_bytes, 0);
    close(bert), close(cara);
    mc_core_free(core);
}

static void test_a_slow_listener_gets_the_newest_whole(void) {
    mc_core_config config = stepped_config();
    config.ping_ms = config.idle_ms = 1000000; /* or it would be cut for not answering */
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    CHECK_EQ_INT(mc_room_open(core, ROOM, 0), 0);
    int cara = join(core, CARA), probe = join(core, BERT);
    client_listen(cara);
    settle(cara);
    enum { TICKS = 200 * SECOND };
    for (int i = 0; i < TICKS; i += SECOND) {
        mc_core_step(core, SECOND);
        settle(probe);
    }
    uint32_t next_tick = 0, n_gaps = 0;
    while (next_tick < TICKS) {
        const client_message *message = client_await(cara, 2, MC_WIRE_HEAR);
        if (!CHECK_EQ_INT(message->opcode, 2))
            break;
        uint32_t tick = mc_get_u32(message->payload + 4);
        CHECK(tick >= next_tick);
        n_gaps += tick != next_tick;
        next_tick = tick + message->payload[1];
    }
    CHECK(n_gaps >= 1);
    settle(probe);
    mc_counters counters; /* what a listener missed is counted once they take something again */
    mc_core_counters(core, &counters);
    CHECK(counters.frames_dropped > 0);
    close(cara), close(probe);
    mc_core_free(core);
}

static void test_a_closing_room_says_its_last_word(void) {
    mc_core *core = core_new(2);
    int cara = join(core, CARA);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, 0, "it is over", 10), 0);
    CHECK_EQ_INT(mc_room_close(core, ROOM, 1000), 0);
    CHECK_EQ_INT(memcmp(client_await(cara, 1, 0)->payload, "it is over", 10), 0);
    CHECK_EQ_INT(client_close_code(cara), 1000);
    close(cara);
    uint64_t conn;
    int late;
    CHECK_EQ_INT(mc_room_adopt(core, ROOM, CARA, client_pair(&late), &conn), MC_E_NO_ROOM);
    CHECK_EQ_INT(client_close_code(late), 1000);
    close(late);
    mc_core_step(core, 1);
    CHECK_EQ_INT(await_event(core, MC_EV_ROOM_CLOSED).room, ROOM);
    CHECK_EQ_INT(mc_room_open(core, ROOM, 0), 0);
    CHECK_EQ_INT(mc_room_open(core, ROOM, 0), MC_E_EXISTS);
    mc_core_free(core);
}

static void test_a_recording_is_written_and_closed(void) {
    char directory[] = "/tmp/test_core.XXXXXX", path[64],
         names[][16] = {"mix.opus", "anna.opus", "peaks.u8", "turns.ndjson"};
    if (!CHECK(mkdtemp(directory) != NULL))
        return;
    mc_core *core = core_new(1);
    mc_member member = {.person = ANNA, .role = MC_HOST, .track = "anna.opus"};
    CHECK_EQ_INT(mc_room_member(core, ROOM, &member), 0);
    CHECK_EQ_INT(mc_room_record(core, ROOM, directory), 0);
    CHECK_EQ_INT(mc_room_record(core, ROOM, directory), MC_E_STATE);
    int anna = join(core, ANNA);
    CHECK_EQ_INT(client_await(anna, 2, MC_WIRE_STATE)->payload[2], MC_STATE_RECORDED);
    static voice v;
    voice_init(&v, 300);
    talk_and_step(core, anna, &v, 2 * SECOND);
    CHECK_EQ_INT(mc_room_close(core, ROOM, 1000), 0);
    mc_core_step(core, 2);
    mc_event closed = await_event(core, MC_EV_RECORD_CLOSED);
    CHECK_EQ_INT(closed.room, ROOM);
    CHECK_EQ_INT(closed.value, 2000);
    close(anna);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat file;
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        CHECK(stat(path, &file) == 0 && file.st_size > 0);
        unlink(path);
    }
    rmdir(directory);
    mc_core_free(core);
}

static void test_arguments_outside_the_contract_are_refused(void) {
    mc_core *core = core_new(1);
    uint64_t conn;
    CHECK_EQ_INT(mc_room_open(core, 0, 0), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_adopt(core, ROOM, 0, -1, &conn), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = 1, .role = 3}), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = 1, .role = 1, .seat = 13}), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = 1, .role = 1, .track = "../x"}),
                 MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, 0, "", 0), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_room_text(core, 99, MC_TO_ALL, 0, "x", 1), MC_E_NO_ROOM);
    put_on_stage(core, ANNA, 0, false);
    CHECK_EQ_INT(mc_room_member(core, ROOM, &(mc_member){.person = BERT, .role = 1, .seat = 0}), MC_E_FULL);
    mc_core_config config;
    mc_core_config_default(&config);
    config.n_loops = 0;
    mc_core *none = NULL;
    CHECK_EQ_INT(mc_core_new(&config, &none), MC_E_ARGUMENT);
    mc_core_free(core);
}

/* ---- paces ---- */

/* A listener, and what they have heard: every tick once, in order. */
typedef struct {
    int fd;
    bool heard;
    uint32_t next_tick;
} hearer;

static hearer hearer_new(mc_core *core, uint64_t person, uint8_t pace_frames) {
    hearer h = {.fd = join(core, person)};
    client_send(h.fd, 2, (uint8_t[]){MC_WIRE_LISTEN, 1, pace_frames, 0}, 4);
    settle(h.fd);
    return h;
}

/* Reads on until a tick has been heard. Returns the most frames that a message held, not counting what came first. */
static int hear_until(hearer *h, uint32_t tick) {
    int longest = 0;
    while (!h->heard || (int32_t)(h->next_tick - tick) < 0) {
        const client_message *message = client_await(h->fd, 2, MC_WIRE_HEAR);
        if (!CHECK_EQ_INT(message->opcode, 2))
            break;
        uint32_t first = mc_get_u32(message->payload + 4);
        if (h->heard) {
            CHECK_EQ_INT(first, h->next_tick);
            longest = message->payload[1] > longest ? message->payload[1] : longest;
        }
        h->heard = true;
        h->next_tick = first + message->payload[1];
    }
    return longest;
}

/* A core on two loops, and on each of them somebody on the stage who listens: they hear of each tick at once. */
typedef struct {
    mc_core *core;
    hearer stage[2];
    uint32_t end_tick;
} paced;

static paced paced_new(uint32_t large_room) {
    mc_core_config config = stepped_config();
    config.n_loops = 2;
    config.large_room = large_room;
    config.ping_ms = config.idle_ms = 1000000;
    paced p = {0};
    CHECK_EQ_INT(mc_core_new(&config, &p.core), 0);
    CHECK_EQ_INT(mc_room_open(p.core, ROOM, 0), 0);
    for (uint32_t person = 1000, loop = 0; loop < 2; person++) {
        if (mc_loop_of(person, 2) != loop)
            continue;
        put_on_stage(p.core, person, loop, true);
        p.stage[loop++] = hearer_new(p.core, person, 3);
    }
    return p;
}

/* One tick after another: each loop is at it before the next comes. Whatever they ask for, nobody on the stage waits. */
static void paced_step(paced *p, uint32_t n_ticks) {
    for (uint32_t i = 0; i < n_ticks; i++) {
        CHECK_EQ_INT(mc_core_step(p->core, 1), 0);
        p->end_tick++;
        for (int loop = 0; loop < 2; loop++)
            CHECK(hear_until(&p->stage[loop], p->end_tick) <= 1);
    }
}

static void paced_free(paced *p) {
    close(p->stage[0].fd), close(p->stage[1].fd);
    mc_core_free(p->core);
}

static void test_a_room_that_grows_and_shrinks_is_paced_without_a_gap(void) {
    enum { MOST = 7 };
    static const struct {
        uint32_t n_listeners; /* but for the two on the stage */
        int longest;
    } stages[] = {{2, 1}, {4, 2}, {7, 3}, {6, 3} /* not at once back */, {4, 2}, {1, 1}, {3, 2}};
    paced p = paced_new(4);
    hearer listeners[MOST];
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        for (; n < stages[i].n_listeners; n++)
            listeners[n] = hearer_new(p.core, 20 + n, 1);
        for (; n > stages[i].n_listeners; n--)
            close(listeners[n - 1].fd);
        paced_step(&p, 6); /* in which it is noticed, and everybody finds their turn */
        for (uint32_t j = 0; j < n; j++)
            hear_until(&listeners[j], p.end_tick - 2);
        paced_step(&p, 12);
        for (uint32_t j = 0; j < n; j++)
            CHECK_EQ_INT(hear_until(&listeners[j], p.end_tick - 2), stages[i].longest);
    }
    while (n > 0)
        close(listeners[--n].fd);
    paced_free(&p);
}

/* Reads on until a word that is sent now; what is heard on the way is no matter. */
static void hear_until_told(mc_core *core, uint64_t person, hearer *h, int *longest) {
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, person, "now", 3), 0);
    const client_message *message;
    while ((message = client_read(h->fd))->opcode == 2)
        if (message->payload[0] == MC_WIRE_HEAR && message->payload[1] > *longest)
            *longest = message->payload[1];
    CHECK_EQ_INT(message->opcode, 1);
}

/* Ticks until messages hold so many frames at most, half a dozen ticks long. */
static bool settles_at(mc_core *core, hearer *cara, int frames) {
    for (int tries = 0; tries < 100; tries++) {
        int longest = 0;
        for (int i = 0; i < 6; i++) {
            CHECK_EQ_INT(mc_core_step(core, 1), 0);
            hear_until_told(core, CARA, cara, &longest);
            hear_until_told(core, CARA, cara, &longest);
        }
        if (longest == frames)
            return true;
    }
    return false;
}

/* Whoever was alone on a loop and has gone is not counted there for ever. */
static void test_a_loop_that_empties_counts_nobody(void) {
    mc_core_config config = stepped_config();
    config.n_loops = 2;
    config.large_room = 1;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    CHECK_EQ_INT(mc_room_open(core, ROOM, 0), 0);
    uint64_t elsewhere = CARA + 1;
    while (mc_loop_of(elsewhere, 2) == mc_loop_of(CARA, 2))
        elsewhere++;
    hearer cara = hearer_new(core, CARA, 1);
    int other = hearer_new(core, elsewhere, 1).fd;
    CHECK(settles_at(core, &cara, 2));
    close(other);
    await_event(core, MC_EV_CLOSED);
    CHECK(settles_at(core, &cara, 1));
    close(cara.fd);
    mc_core_free(core);
}

/* Somebody who changes their mind all the time, in a room that is now large and now small. */
static void test_any_change_of_pace_keeps_every_tick(void) {
    enum { ROUNDS = 500 };
    paced p = paced_new(3);
    hearer cara = hearer_new(p.core, CARA, 1);
    int other = -1;
    uint32_t seed = 1;
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1664525 + 1013904223;
        client_send(cara.fd, 2, (uint8_t[]){MC_WIRE_LISTEN, 1, (uint8_t)(1 + (seed >> 24) % 3), 0}, 4);
        if (seed >> 30 == 0 && other < 0)
            other = hearer_new(p.core, BERT, 1).fd;
        else if (seed >> 30 == 1 && other >= 0)
            close(other), other = -1;
        paced_step(&p, 1 + (seed >> 20) % 5);
        hear_until(&cara, p.end_tick - 2);
        CHECK(cara.next_tick <= p.end_tick);
    }
    close(cara.fd);
    if (other >= 0)
        close(other);
    paced_free(&p);
}

/* ---- everything at once, on a real clock ---- */

typedef struct {
    mc_core *core;
    uint64_t first_room;
} crowd;

enum { CROWD_ROOMS = 3, CROWD_ROUNDS = 30 };

/* Opens rooms, brings people on and off, talks, listens, vanishes, closes. */
static void *crowd_run(void *arg) {
    const crowd *c = arg;
    static const char text[] = "<p>hello</p>";
    for (uint64_t round = 0; round < CROWD_ROUNDS; round++) {
        uint64_t room = c->first_room + round % CROWD_ROOMS;
        mc_room_open(c->core, room, 0);
        int ends[6];
        for (uint64_t i = 0; i < 6; i++) {
            uint64_t conn;
            mc_member member = {.person = i + 1, .role = i % 3, .seat = (uint32_t)i};
            mc_room_member(c->core, room, &member);
            mc_room_adopt(c->core, room, i + 1, client_pair(&ends[i]), &conn);
            client_listen(ends[i]);
            client_talk(ends[i], &(mc_talk_frame){(uint16_t)i, 0, 1, (const uint8_t *)"\xf8"});
        }
        mc_room_text(c->core, room, MC_TO_ALL, 0, text, sizeof text - 1);
        client_read(ends[0]);
        mc_room_kick(c->core, room, 2, 4001);
        mc_room_member(c->core, room, &(mc_member){.person = 3, .role = MC_LISTENER});
        for (int i = 0; i < 6; i++)
            close(ends[i]);
        if (round % 2)
            mc_room_close(c->core, room, 1000);
    }
    return NULL;
}

static void test_many_threads_at_once(void) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.n_loops = config.n_mixers = 2;
    config.complexity = 0;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    crowd crowds[2] = {{core, 100}, {core, 200}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        CHECK_EQ_INT(pthread_create(&threads[i], NULL, crowd_run, &crowds[i]), 0);
    uint64_t n_closed = 0;
    mc_event event;
    while (n_closed < 20 && mc_core_poll_event(core, &event, CLIENT_PATIENCE_MS))
        n_closed += event.kind == MC_EV_CLOSED;
    CHECK_EQ_INT(n_closed, 20);
    CHECK_EQ_INT(mc_core_alive(core), 0);
    mc_counters counters;
    mc_core_counters(core, &counters);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    mc_core_free(core);
}

int main(void) {
    test_a_socket_is_greeted_with_its_state();
    test_a_listener_hears_a_speaker();
    test_offences_are_closed_with_their_codes();
    test_what_may_be_skipped_is_skipped();
    test_packets_that_are_no_20_ms_of_opus_are_refused();
    test_a_flood_is_closed();
    test_text_reaches_its_audience();
    test_who_is_kicked_stays_out();
    test_the_newest_socket_is_the_microphone();
    test_a_new_socket_begins_a_stream();
    test_a_microphone_is_told_when_its_frames_should_begin();
    test_demotion_forgives_what_was_under_way();
    test_a_silent_socket_is_pinged_then_cut();
    test_who_takes_no_text_is_cut_and_nobody_else();
    test_a_slow_listener_gets_the_newest_whole();
    test_a_closing_room_says_its_last_word();
    test_a_recording_is_written_and_closed();
    test_arguments_outside_the_contract_are_refused();
    test_a_room_that_grows_and_shrinks_is_paced_without_a_gap();
    test_a_loop_that_empties_counts_nobody();
    test_any_change_of_pace_keeps_every_tick();
    test_many_threads_at_once();
    return check_report();
}

/* Plain streams: what a player that knows only Ogg Opus is sent, read by libogg and libopus alone. */
#include <sched.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "mediacore.h"
#include "opus_oracle.h"
#include "plain.h"
#include "voice.h"

enum { ROOM = 7, ANNA = 11, CARA = 13, DORA = 14, SECOND = 50 };

/* ---- the pages ---- */

static void test_pages_are_a_stream_whatever_is_missing(void) {
    static mc_outbox outbox;
    static mc_ogg_page page;
    uint8_t bytes[4096], sound[3] = {0xF8, 1, 2};
    mc_plain plain;
    size_t at = mc_plain_begin(&plain, 9, 70, 0, bytes), len_bytes;
    for (uint32_t tick = 70; tick < 90; tick++)
        if (tick != 75)
            mc_outbox_put(&outbox, &(mc_heard){.tick = tick, .len_bytes = 3, .payload = sound});
    for (uint32_t tick = 70; tick < 90; tick += MC_PLAIN_TICKS) {
        const uint8_t *next =
            mc_plain_next(&plain, &page, &outbox, tick, MC_PLAIN_TICKS, tick == 80, &len_bytes);
        memcpy(bytes + at, next, len_bytes);
        at += len_bytes;
    }
    oracle_stream read = oracle_read_bytes(bytes, at);
    CHECK_EQ_INT(read.serial, 9);
    CHECK_EQ_INT(read.first_tick, 70);
    CHECK_EQ_INT(read.preskip, MC_PLAIN_PRESKIP);
    CHECK_EQ_INT(read.n_pages, 4);
    CHECK_EQ_INT(read.n_packets, 20);
    CHECK_EQ_INT(read.n_silent, 1);
    CHECK_EQ_INT(read.granule, 20 * MC_TICK_SAMPLES);
    CHECK(read.ends);
    oracle_free(&read);
}

static void test_filled_packets_sound_the_same(void) {
    static mc_outbox outbox;
    static mc_ogg_page page;
    static voice v;
    voice_init(&v, 300);
    for (uint32_t tick = 0; tick < 10; tick++) {
        mc_talk_frame frame = voice_next(&v);
        uint8_t silence = mc_ogg_silence(frame.payload[0]);
        mc_outbox_put(&outbox, &(mc_heard){.tick = tick,
                                           .len_bytes = tick == 9 ? 1 : frame.len_bytes,
                                           .payload = tick == 9 ? &silence : frame.payload});
    }
    oracle_stream read[2];
    for (int filled = 0; filled < 2; filled++) {
        uint8_t bytes[MC_OGG_HEADERS_BYTES + MC_OGG_PAGE_BYTES];
        mc_plain plain;
        size_t at = mc_plain_begin(&plain, 9, 0, filled ? 700 : 0, bytes), len_bytes;
        const uint8_t *next = mc_plain_next(&plain, &page, &outbox, 0, 10, 1, &len_bytes);
        memcpy(bytes + at, next, len_bytes);
        read[filled] = oracle_read_bytes(bytes, at + len_bytes);
        if (filled)
            CHECK(len_bytes > 7000 && len_bytes < 7100);
    }
    CHECK_EQ_INT(read[0].n_samples, read[1].n_samples);
    CHECK(memcmp(read[0].pcm, read[1].pcm, read[0].n_samples * sizeof(float)) == 0);
    oracle_free(&read[0]), oracle_free(&read[1]);
}

/* ---- the whole core ---- */

static mc_core *core_new(void) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = MC_CLOCK_STEPPED;
    config.application = MC_LOW_DELAY;
    config.complexity = 0;
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

static int join_plain(mc_core *core, uint64_t person) {
    int ours;
    uint64_t conn;
    CHECK_EQ_INT(mc_room_adopt_plain(core, ROOM, person, client_pair(&ours), 0, &conn), 0);
    return ours;
}

static void settle(int fd) {
    for (int i = 0; i < 2; i++) {
        client_send(fd, 9, "settled", 7);
        CHECK_EQ_INT(client_await(fd, 10, 0)->opcode, 10);
    }
}

/* A second of silence, slow enough for the loop to send all of it. */
static void let_a_second_pass(mc_core *core, int probe) {
    for (int i = 0; i < SECOND; i += MC_PLAIN_TICKS) {
        CHECK_EQ_INT(mc_core_step(core, MC_PLAIN_TICKS), 0);
        settle(probe);
    }
}

static uint64_t packets_in(mc_core *core) {
    mc_counters counters;
    mc_core_counters(core, &counters);
    return counters.packets_in;
}

static void talk(mc_core *core, int fd, voice *v, int n) {
    for (int i = 0; i < n; i++) {
        uint64_t seen = packets_in(core);
        mc_talk_frame frame = voice_next(v);
        client_talk(fd, &frame);
        while (packets_in(core) == seen)
            sched_yield();
        CHECK_EQ_INT(mc_core_step(core, 1), 0);
    }
}

/* All that comes until the stream ends. */
static oracle_stream read_to_end(int fd) {
    static uint8_t bytes[1 << 20];
    size_t at = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    for (;;) {
        if (!CHECK(poll(&ready, 1, CLIENT_PATIENCE_MS) > 0))
            break;
        ssize_t n = read(fd, bytes + at, sizeof bytes - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    close(fd);
    return oracle_read_bytes(bytes, at);
}

static int put_on_stage(mc_core *core, uint64_t person) {
    mc_member member = {.person = person, .role = MC_SPEAKER};
    CHECK_EQ_INT(mc_room_member(core, ROOM, &member), 0);
    return join(core, person);
}

static void test_who_joins_in_the_middle_hears_until_the_end(void) {
    mc_core *core = core_new();
    int anna = put_on_stage(core, ANNA);
    static voice v;
    voice_init(&v, 300);
    talk(core, anna, &v, SECOND);
    settle(anna); /* all of it has reached the loop before she comes */
    int cara = join_plain(core, CARA);
    settle(anna);
    CHECK_EQ_INT(mc_room_text(core, ROOM, MC_TO_ALL, 0, "no player reads this", 20), 0);
    talk(core, anna, &v, SECOND + 3);
    settle(anna);
    CHECK_EQ_INT(mc_room_close(core, ROOM, 1000), 0);
    oracle_stream read = read_to_end(cara);
    CHECK(read.ends);
    CHECK_EQ_INT(read.first_tick, SECOND - 25); /* half a second in hand */
    CHECK_EQ_INT(read.n_packets, SECOND + 3 + 25);
    CHECK_EQ_INT(read.granule, (SECOND + 3 + 25) * MC_TICK_SAMPLES);
    CHECK(oracle_energy(&read, 0, 4800) > 0.005); /* at once, and whole */
    CHECK(oracle_energy(&read, read.n_samples / 2, read.n_samples) > 0.02);
    oracle_free(&read);
    close(anna);
    mc_core_free(core);
}

static void test_who_is_removed_hears_no_more_and_does_not_return(void) {
    mc_core *core = core_new();
    int cara = join_plain(core, CARA), dora = join_plain(core, DORA), probe = join(core, ANNA);
    settle(probe);
    let_a_second_pass(core, probe);
    CHECK_EQ_INT(mc_room_kick(core, ROOM, CARA, 4001), 0);
    oracle_stream read = read_to_end(cara);
    CHECK(read.ends);
    CHECK_EQ_INT(read.n_packets, SECOND + 1); /* a last page is never empty */
    oracle_free(&read);
    int again = join_plain(core, CARA);
    uint8_t byte;
    CHECK(!client_read_exactly(again, &byte, 1));
    close(again);
    let_a_second_pass(core, probe);
    CHECK_EQ_INT(mc_room_close(core, ROOM, 1000), 0);
    read = read_to_end(dora);
    CHECK_EQ_INT(read.n_packets, 2 * SECOND + 1);
    oracle_free(&read);
    close(probe);
    mc_core_free(core);
}

static void test_a_plain_stream_is_no_microphone(void) {
    mc_core *core = core_new();
    int anna = put_on_stage(core, ANNA), plain = join_plain(core, ANNA);
    settle(anna);
    client_send_raw(plain, "GET / HTTP/1.1\r\n\r\n", 18);
    static voice v;
    voice_init(&v, 300);
    talk(core, anna, &v, 5); /* is heard: the newer connection has not become the source */
    settle(anna);
    CHECK_EQ_INT(packets_in(core), 5);
    close(plain), close(anna);
    mc_core_free(core);
}

static void test_a_player_that_takes_nothing_is_cut_and_nobody_waits_for_it(void) {
    mc_core *core = core_new();
    int stuck = join_plain(core, CARA), dora = join_plain(core, DORA), probe = join(core, ANNA);
    settle(probe);
    static uint8_t bytes[1 << 16];
    mc_event event = {0};
    uint32_t n_ticks = 0;
    /* Silence is small: it takes a while to fill what the kernel holds for a player that reads nothing. */
    while (event.kind != MC_EV_CLOSED && n_ticks < 2000 * SECOND) {
        mc_core_step(core, 5 * SECOND);
        n_ticks += 5 * SECOND;
        settle(probe);
        CHECK(recv(dora, bytes, sizeof bytes, MSG_DONTWAIT) > 0);
        while (mc_core_poll_event(core, &event, 0) && event.kind != MC_EV_CLOSED)
            ;
    }
    CHECK_EQ_INT(event.person, CARA);
    CHECK_EQ_INT(strcmp(event.reason, "nothing heard"), 0);
    close(stuck), close(dora), close(probe);
    mc_core_free(core);
}

int main(void) {
    test_pages_are_a_stream_whatever_is_missing();
    test_filled_packets_sound_the_same();
    test_who_joins_in_the_middle_hears_until_the_end();
    test_who_is_removed_hears_no_more_and_does_not_return();
    test_a_plain_stream_is_no_microphone();
    test_a_player_that_takes_nothing_is_cut_and_nobody_waits_for_it();
    return check_report();
}

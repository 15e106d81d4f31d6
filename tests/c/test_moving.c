/* Rooms that move from one mixer to another: on the stepped clock, and on the real one with all threads. */
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "check.h"
#include "client.h"
#include "mediacore.h"
#include "opus_oracle.h"
#include "voice.h"

enum { ANNA = 11, CARA = 13, SECOND = 50, LATE_US = 30000, ROOMS = 4 };

static mc_core *core_new(mc_clock_kind clock, uint32_t n_rooms) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = clock;
    config.n_loops = config.n_mixers = 2;
    config.application = MC_LOW_DELAY;
    config.complexity = 0;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    for (uint64_t room = 1; room <= n_rooms; room++)
        CHECK_EQ_INT(mc_room_open(core, room, 0), 0);
    return core;
}

static mc_counters counters_of(mc_core *core) {
    mc_counters counters;
    mc_core_counters(core, &counters);
    return counters;
}

static int join(mc_core *core, uint64_t room, uint64_t person) {
    int ours;
    uint64_t conn;
    CHECK_EQ_INT(mc_room_adopt(core, room, person, client_pair(&ours), &conn), 0);
    return ours;
}

/* Listens from the next tick on: when this returns, the loop knows. */
static int listener(mc_core *core, uint64_t room) {
    int fd = join(core, room, CARA);
    client_listen(fd);
    for (int i = 0; i < 2; i++) {
        client_send(fd, 9, "settled", 7);
        CHECK_EQ_INT(client_await(fd, 10, 0)->opcode, 10);
    }
    return fd;
}

static void put_on_stage(mc_core *core, uint64_t room) {
    mc_member member = {.person = ANNA, .role = MC_SPEAKER, .track = "anna.opus"};
    CHECK_EQ_INT(mc_room_member(core, room, &member), 0);
}

/* The ticks of the next message, which must go on where the last ended. */
static bool hear_on(int fd, uint32_t *next_tick) {
    const client_message *message = client_await(fd, 2, MC_WIRE_HEAR);
    if (!CHECK_EQ_INT(message->opcode, 2) || !CHECK_EQ_INT(mc_get_u32(message->payload + 4), *next_tick))
        return false;
    *next_tick += message->payload[1];
    return true;
}

/* Loops run on their own: what a room said is taken before its mixer's next beat, as in 20 real ms. */
static void step_and_hear(mc_core *core, int fd, uint32_t *next_tick, uint32_t mixer, uint32_t late_us) {
    CHECK_EQ_INT(mc_core_step_late(core, 1, mixer, late_us), 0);
    mc_event event;
    while (mc_core_poll_event(core, &event, 0))
        ;
    struct timespec a_moment = {.tv_nsec = 500000};
    nanosleep(&a_moment, NULL);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (poll(&ready, 1, 0) > 0 && hear_on(fd, next_tick))
        ;
}

static void hear_all(int fd, uint32_t *next_tick, uint32_t end_tick) {
    while (*next_tick < end_tick && hear_on(fd, next_tick))
        ;
    CHECK_EQ_INT(*next_tick, end_tick);
}

static void test_a_mixer_that_is_late_gives_rooms_away_until_one_is_left(void) {
    mc_core *core = core_new(MC_CLOCK_STEPPED, ROOMS); /* two rooms each */
    int fd = listener(core, 1);
    uint32_t next_tick = 0, ticks = 5 * SECOND;
    for (uint32_t i = 0; i < ticks; i++)
        step_and_hear(core, fd, &next_tick, 0, LATE_US);
    CHECK_EQ_INT(counters_of(core).rooms_moved, 1);
    CHECK_EQ_INT(counters_of(core).rooms, ROOMS);
    hear_all(fd, &next_tick, ticks);
    close(fd);
    mc_core_free(core);
}

static void test_nothing_moves_where_all_are_late_or_none_is(void) {
    mc_core *core = core_new(MC_CLOCK_STEPPED, ROOMS);
    CHECK_EQ_INT(mc_core_step(core, 3 * SECOND), 0);
    CHECK_EQ_INT(counters_of(core).rooms_moved, 0);
    mc_core_free(core);
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = MC_CLOCK_STEPPED;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    for (uint64_t room = 1; room <= ROOMS; room++)
        CHECK_EQ_INT(mc_room_open(core, room, 0), 0);
    CHECK_EQ_INT(mc_core_step_late(core, 3 * SECOND, 0, LATE_US), 0);
    CHECK_EQ_INT(counters_of(core).rooms_moved, 0);
    CHECK_EQ_INT(mc_core_step_late(core, 1, 1, LATE_US), MC_E_ARGUMENT);
    mc_core_free(core);
}

static void test_a_new_room_goes_to_who_has_time(void) {
    mc_core *core = core_new(MC_CLOCK_STEPPED, 0);
    CHECK_EQ_INT(mc_core_step_late(core, SECOND, 0, LATE_US), 0);
    for (uint64_t room = 1; room <= 2; room++)
        CHECK_EQ_INT(mc_room_open(core, room, 0), 0);
    CHECK_EQ_INT(mc_core_step_late(core, 3 * SECOND, 0, LATE_US), 0);
    CHECK_EQ_INT(counters_of(core).rooms_moved, 0); /* nothing had to be moved from the late one */
    mc_core_free(core);
}

static uint64_t talk_seen(mc_core *core) {
    return counters_of(core).packets_in;
}

static void say(mc_core *core, int fd, voice *v) {
    uint64_t seen = talk_seen(core);
    mc_talk_frame frame = voice_next(v);
    client_talk(fd, &frame);
    while (talk_seen(core) == seen)
        sched_yield();
}

static void remove_directory(const char *directory) {
    static const char *const names[] = {"mix.opus", "anna.opus", "peaks.u8", "turns.ndjson"};
    char path[96];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

/* What is recorded of it has each tick once, and none is silent: so says the file itself. */
static void check_mix(const char *directory, uint32_t n_ticks) {
    char path[96];
    snprintf(path, sizeof path, "%s/mix.opus", directory);
    oracle_stream mix = oracle_read(path);
    CHECK_EQ_INT(oracle_length(&mix), (int64_t)n_ticks * 960);
    CHECK(mix.n_silent <= 3); /* until the first packet has come through the jitter buffer */
    oracle_free(&mix);
}

static void test_talk_goes_on_across_moves_live_and_on_record(void) {
    enum { TICKS = 4 * SECOND };
    char directory[] = "/tmp/test_moving.XXXXXX";
    if (!CHECK(mkdtemp(directory) != NULL))
        return;
    mc_core *core = core_new(MC_CLOCK_STEPPED, 1);
    put_on_stage(core, 1);
    CHECK_EQ_INT(mc_room_record(core, 1, directory), 0);
    int anna = join(core, 1, ANNA), fd = listener(core, 1);
    static voice v;
    voice_init(&v, 300);
    uint32_t next_tick = 0;
    for (uint32_t i = 0; i < TICKS; i++) {
        if (i % 10 == 0)
            CHECK_EQ_INT(mc_room_move(core, 1, i / 10 % 2), 0);
        say(core, anna, &v);
        step_and_hear(core, fd, &next_tick, 0, 0);
    }
    CHECK_EQ_INT(mc_room_move(core, 1, 0), 0);
    CHECK_EQ_INT(mc_core_step(core, 2), 0);
    CHECK(counters_of(core).rooms_moved >= TICKS / 10 / 2);
    CHECK_EQ_INT(counters_of(core).packets_late, 0);
    CHECK_EQ_INT(mc_room_close(core, 1, 1000), 0);
    CHECK_EQ_INT(mc_core_step(core, 4), 0);
    mc_core_free(core);
    close(anna), close(fd);
    check_mix(directory, TICKS + 2);
    remove_directory(directory);
}

static void test_commands_find_a_room_wherever_it_is(void) {
    mc_core *core = core_new(MC_CLOCK_STEPPED, 1);
    CHECK_EQ_INT(mc_room_move(core, 1, 1), 0);
    put_on_stage(core, 1);
    CHECK_EQ_INT(mc_core_step(core, 2), 0);
    CHECK_EQ_INT(mc_room_move(core, 1, 0), 0);
    CHECK_EQ_INT(mc_room_member(core, 1, &(mc_member){.person = ANNA, .role = MC_LISTENER}), 0);
    CHECK_EQ_INT(mc_room_close(core, 1, 1000), 0);
    CHECK_EQ_INT(mc_core_step(core, 2), 0);
    mc_event event = {0};
    while (event.kind != MC_EV_ROOM_CLOSED && mc_core_poll_event(core, &event, CLIENT_PATIENCE_MS))
        ;
    CHECK_EQ_INT(event.kind, MC_EV_ROOM_CLOSED);
    CHECK_EQ_INT(mc_room_move(core, 1, 1), MC_E_NO_ROOM);
    CHECK_EQ_INT(mc_room_open(core, 1, 0), 0);
    CHECK_EQ_INT(mc_room_move(core, 1, 2), MC_E_ARGUMENT);
    mc_core_free(core);
}

/* Somebody talks, and a listener hears it. */
typedef struct {
    mc_core *core;
    int anna, fd;
    voice v;
    uint32_t n_said, n_heard;      /* ticks */
    uint32_t pace_frames, n_alike; /* of the last message, and ticks since it was another */
    uint8_t toc;                   /* the last packet's first byte */
} talk;

static uint32_t hear(talk *t) {
    const client_message *message = client_await(t->fd, 2, MC_WIRE_HEAR);
    if (!CHECK(message->opcode == 2 && mc_get_u16(message->payload + 8) > 1))
        return 0;
    t->toc = message->payload[10];
    t->n_heard += message->payload[1];
    return message->payload[1];
}

/* A second, in which every tick begins so late. From level 2 on the listener is sent two ticks at a time. */
static void talk_for_a_second(talk *t, uint32_t late_us) {
    for (int i = 0; i < SECOND; i++) {
        uint32_t pace_frames = mc_core_overload(t->core) >= 2 ? 2 : 1;
        t->n_alike = pace_frames == t->pace_frames ? t->n_alike + 1 : 0;
        t->pace_frames = pace_frames;
        say(t->core, t->anna, &t->v);
        CHECK_EQ_INT(mc_core_step_late(t->core, 1, 0, late_us), 0);
        t->n_said++;
        uint32_t n_frames = pace_frames;
        while (n_frames && t->n_said - t->n_heard >= pace_frames)
            n_frames = hear(t);
        if (t->n_alike > 2) /* before, they find their turn */
            CHECK_EQ_INT(n_frames, pace_frames);
    }
}

static void test_overload_costs_encoding_first_and_talkers_nothing(void) {
    enum { CELT_ONLY = 0x80 };
    mc_core_config config;
    mc_core_config_default(&config);
    config.clock = MC_CLOCK_STEPPED;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    CHECK_EQ_INT(mc_room_open(core, 1, 0), 0);
    put_on_stage(core, 1);
    static talk t;
    t = (talk){.core = core, .anna = join(core, 1, ANNA), .fd = listener(core, 1)};
    voice_init(&t.v, 300);
    for (int i = 0; i < 3; i++) { /* until the first packet has come through the jitter buffer */
        say(core, t.anna, &t.v);
        CHECK_EQ_INT(mc_core_step(core, 1), 0);
        client_await(t.fd, 2, MC_WIRE_HEAR);
    }
    talk_for_a_second(&t, 0);
    CHECK_EQ_INT(t.toc & CELT_ONLY, 0);
    for (uint32_t level = 1; level <= 3; level++) {
        talk_for_a_second(&t, LATE_US);
        CHECK_EQ_INT(mc_core_overload(core), level);
        CHECK_EQ_INT(counters_of(core).overload, level);
    }
    talk_for_a_second(&t, LATE_US);
    CHECK_EQ_INT(t.toc & CELT_ONLY, CELT_ONLY);
    for (int calm = 1; calm <= 16; calm++) {
        talk_for_a_second(&t, 0);
        if (calm <= 14)
            CHECK_EQ_INT(t.toc & CELT_ONLY, CELT_ONLY);
    }
    CHECK_EQ_INT(mc_core_overload(core), 0);
    CHECK_EQ_INT(t.toc & CELT_ONLY, 0);
    mc_counters counters = counters_of(core);
    CHECK(counters.decodes >= counters.packets_in - 1); /* one may wait its frame */
    CHECK_EQ_INT(counters.packets_over_rate + counters.packets_late + counters.conceals, 0);
    close(t.anna), close(t.fd);
    mc_core_free(core);
}

/* Every thread there is, and rooms that never stay: each tick is heard once, in its order. A machine that stood still
 * itself is owned up to. */
static void test_on_a_real_clock_no_tick_is_lost_or_doubled(void) {
    enum { TICKS = 2 * SECOND };
    char directory[] = "/tmp/test_moving.XXXXXX";
    if (!CHECK(mkdtemp(directory) != NULL))
        return;
    mc_core *core = core_new(MC_CLOCK_REAL, 2);
    put_on_stage(core, 1);
    CHECK_EQ_INT(mc_room_record(core, 1, directory), 0);
    int fd = listener(core, 1);
    uint32_t next_tick = 0, n_missed = 0, n_messages = 0;
    while (n_messages < TICKS) {
        const client_message *message = client_await(fd, 2, MC_WIRE_HEAR);
        uint32_t tick = mc_get_u32(message->payload + 4);
        if (!CHECK_EQ_INT(message->opcode, 2) || !CHECK(tick >= next_tick))
            break;
        n_missed += n_messages > 0 ? tick - next_tick : 0;
        next_tick = tick + message->payload[1];
        CHECK_EQ_INT(mc_room_move(core, 1, n_messages / 3 % 2), 0);
        CHECK_EQ_INT(mc_room_move(core, 2, (n_messages / 3 + 1) % 2), 0);
        n_messages++;
    }
    mc_counters counters = counters_of(core);
    CHECK(n_missed <= counters.ticks_skipped);
    CHECK(counters.rooms_moved >= 10);
    CHECK_EQ_INT(counters.queue_full, 0);
    mc_core_free(core);
    close(fd);
    remove_directory(directory);
}

int main(void) {
    test_a_mixer_that_is_late_gives_rooms_away_until_one_is_left();
    test_nothing_moves_where_all_are_late_or_none_is();
    test_a_new_room_goes_to_who_has_time();
    test_talk_goes_on_across_moves_live_and_on_record();
    test_commands_find_a_room_wherever_it_is();
    test_overload_costs_encoding_first_and_talkers_nothing();
    test_on_a_real_clock_no_tick_is_lost_or_doubled();
    return check_report();
}

/* What a listener is sent, read back from the bytes. */
#include <string.h>

#include "check.h"
#include "outbox.h"

static mc_outbox outbox, own;
static mc_batch batch;

static void put_in(mc_outbox *to, uint32_t tick, mc_stream stream, uint8_t flags) {
    uint8_t payload[3] = {(uint8_t)tick, 1, 2};
    mc_outbox_put(
        to, &(mc_heard){.tick = tick, .stream = stream, .flags = flags, .len_bytes = 3, .payload = payload});
}

static void put(uint32_t tick, mc_stream stream, uint8_t flags) {
    put_in(&outbox, tick, stream, flags);
}

static void start(void) {
    memset(&outbox, 0, sizeof outbox);
    memset(&own, 0, sizeof own);
    memset(&batch, 0, sizeof batch);
}

/* A HEAR message at `at`: header of 2 bytes, then the fields. */
static void check_hear(size_t at, int count, int stream, int flags, uint32_t tick) {
    const uint8_t *message = batch.bytes + at;
    CHECK_EQ_INT(message[0], 0x82);
    CHECK_EQ_INT(message[1], 8 + 5 * count);
    CHECK_EQ_INT(message[2], MC_WIRE_HEAR);
    CHECK_EQ_INT(message[3], count);
    CHECK_EQ_INT(message[4], stream);
    CHECK_EQ_INT(message[5], flags);
    CHECK_EQ_INT(mc_get_u32(message + 6), tick);
    CHECK_EQ_INT(message[12], (uint8_t)tick);
}

static void test_frames_that_are_due_share_a_message(void) {
    start();
    for (uint32_t tick = 7; tick < 10; tick++)
        put(tick, MC_STREAM_SHARED, 0);
    mc_batch_build(&batch, &outbox, NULL, 7);
    CHECK_EQ_INT(batch.n_messages, 1);
    CHECK_EQ_INT(batch.n_frames, 3);
    CHECK_EQ_INT(batch.len_bytes, 2 + 8 + 3 * 5);
    check_hear(0, 3, MC_STREAM_SHARED, 0, 7);
}

static void test_streams_and_fresh_encoders_begin_messages(void) {
    start();
    put(1, MC_STREAM_SHARED, 0);
    put(2, MC_STREAM_OWN, MC_HEAR_FRESH);
    put(3, MC_STREAM_OWN, 0);
    put(4, MC_STREAM_OWN, MC_HEAR_FRESH);
    mc_batch_build(&batch, &outbox, NULL, 1);
    CHECK_EQ_INT(batch.n_messages, 3);
    check_hear(0, 1, MC_STREAM_SHARED, 0, 1);
    check_hear(15, 2, MC_STREAM_OWN, MC_HEAR_FRESH, 2);
    check_hear(15 + 20, 1, MC_STREAM_OWN, MC_HEAR_FRESH, 4);
}

static void test_who_talks_gets_the_shared_frames_unheard(void) {
    start();
    for (uint32_t tick = 1; tick < 6; tick++)
        put(tick, MC_STREAM_SHARED, 0);
    put_in(&own, 2, MC_STREAM_OWN, MC_HEAR_FRESH);
    put_in(&own, 3, MC_STREAM_OWN, 0);
    mc_batch_build(&batch, &outbox, &own, 1);
    CHECK_EQ_INT(batch.n_messages, 4);
    check_hear(0, 1, MC_STREAM_SHARED, 0, 1);
    check_hear(15, 2, MC_STREAM_OWN, MC_HEAR_FRESH, 2);
    check_hear(15 + 20, 2, MC_STREAM_SHARED, MC_HEAR_UNHEARD, 2);
    check_hear(15 + 40, 2, MC_STREAM_SHARED, 0, 4);
    mc_batch_build(&batch, &outbox, NULL, 1);
    CHECK_EQ_INT(batch.n_messages, 1);
}

static void test_missing_ticks_are_left_out(void) {
    start();
    put(1, MC_STREAM_SHARED, 0);
    put(4, MC_STREAM_SHARED, 0);
    mc_batch_build(&batch, &outbox, NULL, 0);
    CHECK_EQ_INT(batch.n_messages, 2);
    CHECK_EQ_INT(batch.n_frames, 2);
    check_hear(15, 1, MC_STREAM_SHARED, 0, 4);
}

static void test_who_is_behind_skips_the_oldest(void) {
    start();
    for (uint32_t tick = 0; tick < 200; tick++)
        put(tick, MC_STREAM_SHARED, 0);
    uint32_t cursor = 120;
    CHECK_EQ_INT(mc_outbox_catch_up(&outbox, &cursor, 25), 55);
    CHECK_EQ_INT(cursor, 175);
    CHECK_EQ_INT(mc_outbox_catch_up(&outbox, &cursor, 25), 0);
    mc_batch_build(&batch, &outbox, NULL, cursor);
    CHECK_EQ_INT(batch.n_frames, 25);
}

static void test_ticks_wrap(void) {
    start();
    outbox.end_tick = UINT32_MAX;
    for (uint32_t i = 0; i < 4; i++)
        put(UINT32_MAX - 1 + i, MC_STREAM_SHARED, 0);
    mc_batch_build(&batch, &outbox, NULL, UINT32_MAX - 1);
    CHECK_EQ_INT(batch.n_frames, 4);
    CHECK_EQ_INT(batch.n_messages, 1);
}

static void test_levels_come_once_and_latest(void) {
    start();
    mc_outbox_put_levels(&outbox, 5, (uint8_t[]){3, 0}, 2);
    mc_outbox_put_levels(&outbox, 6, (uint8_t[]){3, 1, 0, 0x90}, 4);
    put(6, MC_STREAM_SHARED, 0);
    mc_batch_build(&batch, &outbox, NULL, 5);
    CHECK_EQ_INT(batch.n_messages, 2);
    CHECK_EQ_INT(memcmp(batch.bytes, (uint8_t[]){0x82, 4, 3, 1, 0, 0x90}, 6), 0);
    put(7, MC_STREAM_SHARED, 0);
    mc_batch_build(&batch, &outbox, NULL, 7);
    CHECK_EQ_INT(batch.n_messages, 1);
}

static void test_the_longest_batch_fits(void) {
    start();
    static uint8_t payload[MC_ENCODED_MAX_BYTES];
    for (uint32_t tick = 0; tick < MC_HEAR_MAX_FRAMES; tick++) {
        mc_heard heard = {
            .tick = tick, .flags = MC_HEAR_FRESH, .len_bytes = sizeof payload, .payload = payload};
        mc_outbox_put(&outbox, &heard);
        mc_outbox_put(&own, &heard);
    }
    mc_outbox_put_levels(&outbox, 0, payload, MC_LEVELS_MAX_BYTES);
    mc_batch_build(&batch, &outbox, &own, 0);
    CHECK_EQ_INT(batch.n_frames, 2 * MC_HEAR_MAX_FRAMES);
    CHECK(batch.len_bytes <= sizeof batch.bytes);
}

int main(void) {
    test_frames_that_are_due_share_a_message();
    test_streams_and_fresh_encoders_begin_messages();
    test_who_talks_gets_the_shared_frames_unheard();
    test_missing_ticks_are_left_out();
    test_who_is_behind_skips_the_oldest();
    test_ticks_wrap();
    test_levels_come_once_and_latest();
    test_the_longest_batch_fits();
    return check_report();
}

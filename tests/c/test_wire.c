/* docs/protocol.md, byte by byte. */
#include "check.h"
#include "guard.h"
#include "wire.h"

static const uint8_t talk[] = {0x01, 2, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x40, 0, 1, 0xaa, 0, 2, 0xbb, 0xcc};

static void test_talk_is_read(void) {
    mc_talk_frame frames[MC_TALK_MAX_FRAMES];
    CHECK_EQ_INT(mc_wire_read_talk(talk, sizeof talk, frames), 2);
    CHECK_EQ_INT(frames[0].sequence, 65535);
    CHECK_EQ_INT(frames[1].sequence, 0);
    CHECK_EQ_INT(frames[0].timestamp, 0xfffffc40);
    CHECK_EQ_INT(frames[1].timestamp, 0);
    CHECK_EQ_INT(frames[1].len_bytes, 2);
    CHECK_EQ_INT(frames[1].payload[1], 0xcc);
}

static void test_talk_cut_or_lengthened_is_refused(void) {
    mc_talk_frame frames[MC_TALK_MAX_FRAMES];
    for (size_t len = 0; len < sizeof talk; len++) {
        uint8_t *cut = guard_copy(talk, len);
        CHECK_EQ_INT(mc_wire_read_talk(cut, len, frames), MC_E_WIRE);
        guard_free(cut, len);
    }
    uint8_t longer[sizeof talk + 1] = {0};
    memcpy(longer, talk, sizeof talk);
    CHECK_EQ_INT(mc_wire_read_talk(longer, sizeof longer, frames), MC_E_WIRE);
}

static void test_talk_counts_are_bounded(void) {
    mc_talk_frame frames[MC_TALK_MAX_FRAMES];
    uint8_t message[8 + 2 * 256] = {0x01};
    for (int count = 0; count < 256; count++) {
        message[1] = (uint8_t)count;
        int expected = count >= 1 && count <= MC_TALK_MAX_FRAMES ? count : MC_E_WIRE;
        CHECK_EQ_INT(mc_wire_read_talk(message, 8 + 2 * (size_t)count, frames), expected);
    }
}

static uint32_t next_random(uint32_t *state) {
    return (*state = *state * 1664525u + 1013904223u) >> 8;
}

static size_t write_talk(uint8_t *to, const mc_talk_frame *frames, int n) {
    size_t at = 8;
    to[0] = MC_WIRE_TALK, to[1] = (uint8_t)n;
    mc_put_u16(to + 2, frames[0].sequence);
    mc_put_u32(to + 4, frames[0].timestamp);
    for (int i = 0; i < n; i++) {
        mc_put_u16(to + at, frames[i].len_bytes);
        memcpy(to + at + 2, frames[i].payload, frames[i].len_bytes);
        at += 2 + (size_t)frames[i].len_bytes;
    }
    return at;
}

/* There is one way to write what is read, every byte counts, and every other length is refused. */
static void test_what_is_read_is_what_was_written(void) {
    uint8_t payload[40], message[512], again[512];
    uint32_t random = 5, n_refused = 0;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 37);
    for (int round = 0; round < 20000; round++) {
        mc_talk_frame sent[MC_TALK_MAX_FRAMES], read[MC_TALK_MAX_FRAMES];
        const int n = 1 + (int)(next_random(&random) % MC_TALK_MAX_FRAMES);
        for (int i = 0; i < n; i++)
            sent[i] = (mc_talk_frame){(uint16_t)next_random(&random), next_random(&random) * 257u,
                                      (uint16_t)(next_random(&random) % sizeof payload), payload};
        const size_t len = write_talk(message, sent, n);
        if (round % 2) /* somewhere in what says how long the rest is */
            message[next_random(&random) % 2 ? 1 : 8 + next_random(&random) % 2] ^=
                1U << next_random(&random) % 8;
        uint8_t *exact = guard_copy(message, len);
        const int n_read = mc_wire_read_talk(exact, len, read);
        CHECK(n_read == MC_E_WIRE || (write_talk(again, read, n_read) == len && !memcmp(again, exact, len)));
        CHECK(round % 2 || n_read == n);
        for (int i = 1; i < n_read; i++) {
            CHECK_EQ_INT(read[i].sequence, (uint16_t)(read[0].sequence + i));
            CHECK_EQ_INT(read[i].timestamp, (uint32_t)(read[0].timestamp + 960U * (uint32_t)i));
        }
        n_refused += n_read < 0;
        guard_free(exact, len);
    }
    CHECK(n_refused > 9000);
}

static void test_listen(void) {
    mc_listen listen;
    CHECK_EQ_INT(mc_wire_read_listen((uint8_t[]){5, 1, 3, 0}, 4, &listen), 0);
    CHECK_EQ_INT(listen.on, 1);
    CHECK_EQ_INT(listen.pace_frames, 3);
    CHECK_EQ_INT(mc_wire_read_listen((uint8_t[]){5, 1, 0, 0}, 4, &listen), MC_E_WIRE);
    CHECK_EQ_INT(mc_wire_read_listen((uint8_t[]){5, 1, 4, 0}, 4, &listen), MC_E_WIRE);
    CHECK_EQ_INT(mc_wire_read_listen((uint8_t[]){5, 1, 1}, 3, &listen), MC_E_WIRE);
}

static void test_state_and_hear_are_written(void) {
    uint8_t out[8];
    mc_wire_write_state(out, MC_HOST, MC_STATE_MUTED | MC_STATE_RECORDED, 12, 0x01020304);
    CHECK_EQ_INT(memcmp(out, (uint8_t[]){4, 2, 3, 12, 1, 2, 3, 4}, 8), 0);
    mc_wire_write_hear(out, 3, MC_STREAM_OWN, MC_HEAR_FRESH, 0xfffefdfc);
    CHECK_EQ_INT(memcmp(out, (uint8_t[]){2, 3, 1, 1, 0xff, 0xfe, 0xfd, 0xfc}, 8), 0);
    mc_wire_write_aim(out, -2);
    CHECK_EQ_INT(memcmp(out, (uint8_t[]){6, 0, 0xff, 0xfe}, 4), 0);
}

int main(void) {
    test_talk_is_read();
    test_talk_cut_or_lengthened_is_refused();
    test_talk_counts_are_bounded();
    test_what_is_read_is_what_was_written();
    test_listen();
    test_state_and_hear_are_written();
    return check_report();
}

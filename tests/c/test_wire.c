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
}

int main(void) {
    test_talk_is_read();
    test_talk_cut_or_lengthened_is_refused();
    test_talk_counts_are_bounded();
    test_listen();
    test_state_and_hear_are_written();
    return check_report();
}

/* How many frames a message holds, and when it is sent. */
#include "check.h"
#include "pace.h"

static void test_a_room_is_slowed_by_its_size(void) {
    CHECK_EQ_INT(mc_pace_of(1, 0, 500), 1);
    CHECK_EQ_INT(mc_pace_of(1, 500, 500), 1);
    CHECK_EQ_INT(mc_pace_of(1, 501, 500), 2);
    CHECK_EQ_INT(mc_pace_of(1, 1000, 500), 2);
    CHECK_EQ_INT(mc_pace_of(1, 1001, 500), 3);
    CHECK_EQ_INT(mc_pace_of(1, UINT32_MAX, 1), 3);
    CHECK_EQ_INT(mc_pace_of(3, UINT32_MAX, 0), 1);
}

static void test_a_room_about_as_large_as_that_keeps_its_pace(void) {
    uint8_t pace_frames = 1;
    int n_changes = 0;
    for (int i = 0; i < 1000; i++) {
        uint8_t before = pace_frames;
        pace_frames = mc_pace_of(before, i % 2 ? 520 : 480, 500);
        n_changes += pace_frames != before;
    }
    CHECK_EQ_INT(n_changes, 1);
    CHECK_EQ_INT(mc_pace_of(2, 401, 500), 2);
    CHECK_EQ_INT(mc_pace_of(2, 400, 500), 1);
    CHECK_EQ_INT(mc_pace_of(3, 801, 500), 3);
    CHECK_EQ_INT(mc_pace_of(3, 800, 500), 2);
    CHECK_EQ_INT(mc_pace_of(3, 10, 500), 1);
}

static void test_as_many_are_sent_something_in_each_tick(void) {
    for (uint8_t pace_frames = 1; pace_frames <= MC_PACE_MAX_FRAMES; pace_frames++) {
        uint32_t cursors[6] = {0};
        for (uint32_t end_tick = 1; end_tick < 100; end_tick++) {
            int n_due = 0;
            for (uint32_t phase = 0; phase < 6; phase++) {
                if (!mc_pace_is_due(pace_frames, end_tick - cursors[phase], end_tick, phase))
                    continue;
                CHECK(end_tick <= pace_frames || end_tick - cursors[phase] == pace_frames);
                cursors[phase] = end_tick;
                n_due++;
            }
            CHECK_EQ_INT(n_due, 6 / pace_frames);
        }
    }
}

/* Whoever missed their turn does not wait for the next. */
static void test_nobody_waits_longer_than_their_pace(void) {
    for (uint32_t phase = 0; phase < 6; phase++)
        for (uint32_t end_tick = 0; end_tick < 12; end_tick++) {
            CHECK(!mc_pace_is_due(3, 0, end_tick, phase));
            CHECK(mc_pace_is_due(3, 3, end_tick, phase));
            CHECK(mc_pace_is_due(3, 25, end_tick, phase));
            CHECK(mc_pace_is_due(1, 1, end_tick, phase));
        }
}

int main(void) {
    test_a_room_is_slowed_by_its_size();
    test_a_room_about_as_large_as_that_keeps_its_pace();
    test_as_many_are_sent_something_in_each_tick();
    test_nobody_waits_longer_than_their_pace();
    return check_report();
}

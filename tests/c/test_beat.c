/* When ticks are due, on a clock that is made up. */
#include <string.h>

#include "beat.h"
#include "check.h"

enum { TICK_US = 20000, SECOND_US = 1000000, HOUR_TICKS = 180000 };

static const uint64_t start_us = 7654321;

static void test_ten_hours_of_late_ticks_drift_by_nothing(void) {
    mc_beat beat;
    mc_counters counters = {0};
    mc_beat_begin(&beat, start_us);
    uint32_t seed = 1;
    for (uint64_t n = 1; n <= 10ULL * HOUR_TICKS; n++) {
        uint64_t due_us = mc_beat_next(&beat);
        if (due_us != start_us + n * TICK_US) {
            CHECK_EQ_INT(due_us, start_us + n * TICK_US);
            break;
        }
        seed = seed * 1664525 + 1013904223;
        if (mc_beat_begins(&beat, due_us + seed % 15000, &counters) != 0) {
            CHECK(!"a tick was left out");
            break;
        }
    }
    CHECK_EQ_INT(counters.ticks_skipped, 0);
    CHECK(counters.tick_late_max_us < 15000);
}

/* Runs until a time, as a thread would that finds the clock there whenever it looks. Returns the ticks that ran. */
static uint32_t run_at(mc_beat *beat, uint64_t now_us, mc_counters *counters, uint32_t *n_skipped) {
    uint32_t n_ran = 0;
    while (beat->due_us + TICK_US <= now_us) {
        mc_beat_next(beat);
        *n_skipped += mc_beat_begins(beat, now_us, counters);
        n_ran++;
    }
    return n_ran;
}

static void test_what_is_late_by_less_is_made_up_for(void) {
    mc_beat beat;
    mc_counters counters = {0};
    uint32_t n_skipped = 0;
    mc_beat_begin(&beat, start_us);
    CHECK_EQ_INT(run_at(&beat, start_us + 10 * TICK_US, &counters, &n_skipped), 10);
    CHECK_EQ_INT(n_skipped, 0);
    CHECK_EQ_INT(mc_beat_next(&beat), start_us + 11 * TICK_US);
}

static void test_a_suspension_is_skipped_without_a_burst(void) {
    static const uint64_t suspensions_us[] = {SECOND_US / 2, 5 * SECOND_US, 3600ULL * SECOND_US};
    for (int i = 0; i < 3; i++) {
        mc_beat beat;
        mc_counters counters = {0};
        uint32_t n_skipped = 0;
        mc_beat_begin(&beat, start_us);
        uint64_t now_us = start_us + suspensions_us[i] + 3000;
        CHECK_EQ_INT(run_at(&beat, now_us, &counters, &n_skipped), 1);
        CHECK_EQ_INT(n_skipped + 1, suspensions_us[i] / TICK_US);
        CHECK_EQ_INT(counters.ticks_skipped, n_skipped);
        CHECK_EQ_INT(mc_beat_next(&beat), start_us + suspensions_us[i] + TICK_US);
    }
}

static void test_lateness_is_counted_in_its_place(void) {
    static const struct {
        uint64_t late_us;
        int bucket;
    } cases[] = {{0, 0},     {1000, 0},  {1001, 1},  {2000, 1},   {5000, 2},   {9999, 3},
                 {20000, 4}, {50000, 5}, {50001, 6}, {100000, 6}, {100001, 7}, {3 * SECOND_US, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_beat beat;
        mc_counters counters = {0};
        mc_beat_begin(&beat, start_us);
        mc_beat_begins(&beat, mc_beat_next(&beat) + cases[i].late_us, &counters);
        CHECK_EQ_INT(counters.tick_late[cases[i].bucket], 1);
        CHECK_EQ_INT(counters.tick_late_sum_us, cases[i].late_us);
        CHECK_EQ_INT(counters.tick_late_max_us, cases[i].late_us);
        CHECK_EQ_INT(counters.ticks_late, cases[i].late_us > 5000);
    }
}

static void test_bounds_rise_and_the_last_place_has_none(void) {
    for (uint32_t i = 1; i < MC_LATE_BUCKETS - 1; i++)
        CHECK(mc_late_bound_ms(i) > mc_late_bound_ms(i - 1));
    CHECK_EQ_INT(mc_late_bound_ms(MC_LATE_BUCKETS - 1), 0);
    CHECK_EQ_INT(mc_late_bound_ms(MC_LATE_BUCKETS), 0);
}

/* A clock that was read before the tick was due says that it is on time. */
static void test_a_tick_that_begins_early_is_not_late(void) {
    mc_beat beat;
    mc_counters counters = {0};
    mc_beat_begin(&beat, start_us);
    CHECK_EQ_INT(mc_beat_begins(&beat, mc_beat_next(&beat) - 5, &counters), 0);
    CHECK_EQ_INT(counters.tick_late[0], 1);
    CHECK_EQ_INT(counters.tick_late_sum_us, 0);
}

int main(void) {
    test_ten_hours_of_late_ticks_drift_by_nothing();
    test_what_is_late_by_less_is_made_up_for();
    test_a_suspension_is_skipped_without_a_burst();
    test_lateness_is_counted_in_its_place();
    test_bounds_rise_and_the_last_place_has_none();
    test_a_tick_that_begins_early_is_not_late();
    return check_report();
}

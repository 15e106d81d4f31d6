/* What is given up for want of time, in which order, and when it comes back. */
#include "check.h"
#include "overload.h"

enum { SECOND = 50, LATE_US = 25000, A_LITTLE_LATE_US = 15000, TICK_US = 20000 };

/* A second in which so many beats began late. */
static void second(mc_overload *o, int n_late) {
    for (int i = 0; i < SECOND; i++)
        mc_overload_beat(o, i < n_late ? LATE_US : 0, 0);
}

static void seconds(mc_overload *o, int n, int n_late) {
    for (int i = 0; i < n; i++)
        second(o, n_late);
}

static void test_each_step_takes_more_than_the_last(void) {
    mc_overload o = {0};
    second(&o, 4);
    CHECK_EQ_INT(o.level, 0);
    seconds(&o, 3, 5);
    CHECK_EQ_INT(o.level, 1);
    seconds(&o, 3, 10);
    CHECK_EQ_INT(o.level, 2);
    seconds(&o, 3, 24);
    CHECK_EQ_INT(o.level, 2);
    second(&o, 25);
    CHECK_EQ_INT(o.level, 3);
    seconds(&o, 10, 50);
    CHECK_EQ_INT(o.level, MC_OVERLOAD_MAX);
}

static void test_no_step_is_left_out_however_bad_it_is(void) {
    mc_overload o = {0};
    for (uint32_t level = 1; level <= MC_OVERLOAD_MAX; level++) {
        second(&o, SECOND);
        CHECK_EQ_INT(o.level, level);
    }
}

static void test_way_back_takes_five_calm_seconds_a_step(void) {
    mc_overload o = {0};
    seconds(&o, 3, SECOND);
    for (uint32_t level = MC_OVERLOAD_MAX; level > 0; level--) {
        seconds(&o, 4, 1);
        CHECK_EQ_INT(o.level, level);
        second(&o, 0);
        CHECK_EQ_INT(o.level, level - 1);
    }
    seconds(&o, 20, 0);
    CHECK_EQ_INT(o.level, 0);
}

static void test_a_second_that_is_not_calm_begins_the_wait_anew(void) {
    mc_overload o = {0};
    second(&o, SECOND);
    seconds(&o, 4, 0);
    second(&o, 2);
    seconds(&o, 4, 0);
    CHECK_EQ_INT(o.level, 1);
    second(&o, 0);
    CHECK_EQ_INT(o.level, 0);
}

static void test_what_listeners_do_not_hear_is_not_late(void) {
    mc_overload o = {0};
    for (int i = 0; i < 10 * SECOND; i++)
        mc_overload_beat(&o, A_LITTLE_LATE_US, 0);
    CHECK_EQ_INT(o.level, 0);
    CHECK(o.is_on_time && !o.is_behind);
}

static void test_a_suspension_is_one_late_beat(void) {
    mc_overload o = {0};
    mc_overload_beat(&o, 3600 * 1000000ULL, 0);
    seconds(&o, 2, 0);
    CHECK_EQ_INT(o.level, 0);
}

static void test_who_is_busy_has_no_time_for_another_room(void) {
    mc_overload o = {0};
    for (int i = 0; i < SECOND; i++)
        mc_overload_beat(&o, 0, TICK_US * 59 / 100);
    CHECK(o.is_on_time);
    for (int i = 0; i < SECOND; i++)
        mc_overload_beat(&o, 0, TICK_US * 61 / 100);
    CHECK(!o.is_on_time && !o.is_behind);
}

int main(void) {
    test_each_step_takes_more_than_the_last();
    test_no_step_is_left_out_however_bad_it_is();
    test_way_back_takes_five_calm_seconds_a_step();
    test_a_second_that_is_not_calm_begins_the_wait_anew();
    test_what_listeners_do_not_hear_is_not_late();
    test_a_suspension_is_one_late_beat();
    test_who_is_busy_has_no_time_for_another_room();
    return check_report();
}

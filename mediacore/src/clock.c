#include "clock.h"

#include <errno.h>
#include <time.h>

enum { US_PER_S = 1000000, NS_PER_US = 1000, US_PER_MS = 1000 };

void mc_clock_init(mc_clock *clock, mc_clock_kind kind) {
    clock->kind = kind;
    atomic_init(&clock->stepped_us, US_PER_S);
}

uint64_t mc_clock_now_us(const mc_clock *clock) {
    if (clock->kind == MC_CLOCK_STEPPED)
        return atomic_load_explicit(&clock->stepped_us, memory_order_acquire);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

uint64_t mc_clock_now_ms(const mc_clock *clock) {
    return mc_clock_now_us(clock) / US_PER_MS;
}

void mc_clock_step(mc_clock *clock, uint64_t by_us) {
    atomic_fetch_add_explicit(&clock->stepped_us, by_us, memory_order_acq_rel);
}

void mc_clock_sleep_until(uint64_t deadline_us) {
    struct timespec deadline = {.tv_sec = (time_t)(deadline_us / US_PER_S),
                                .tv_nsec = (long)(deadline_us % US_PER_S) * NS_PER_US};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
        ;
}

/*
 * What the benchmarks' programs read time from.
 */
#ifndef CLOCKS_H
#define CLOCKS_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

static inline int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What a process has spent; 0: there is none. */
static inline double cpu_s(pid_t pid) {
    clockid_t clock;
    struct timespec spent = {0};
    if (clock_getcpuclockid(pid, &clock) == 0)
        clock_gettime(clock, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

/* What this thread has spent. */
static inline double cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

#endif

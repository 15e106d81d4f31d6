#include "thread.h"

#include <pthread.h>
#include <sched.h>

void mc_thread_begin(const char *name, bool real_time) {
    const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};
    pthread_setname_np(pthread_self(), name);
    if (real_time)
        (void)pthread_setschedparam(pthread_self(), SCHED_RR, &lowest);
}

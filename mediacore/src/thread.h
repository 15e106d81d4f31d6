/*
 * What threads are to the system: their names, and who goes first.
 */
#ifndef MC_THREAD_H
#define MC_THREAD_H

#include <stdbool.h>

/*
 * To be called by a thread that begins: its name (15 characters), and whether it goes before all programs without
 * real-time priority (sched(7), SCHED_RR). Where that is not allowed, it waits like everybody.
 */
void mc_thread_begin(const char *name, bool real_time);

#endif

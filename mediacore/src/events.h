/*
 * What happened, on its way to the caller: a bounded queue for each thread that has something to tell.
 */
#ifndef MC_EVENTS_H
#define MC_EVENTS_H

#include "mediacore.h"
#include "ring.h"

/* One producing thread's end. */
typedef struct {
    mc_ring ring;
    int wake_fd; /* an eventfd, the poller's */
    _Atomic uint64_t dropped;
} mc_event_port;

/* 0 or MC_E_MEMORY. */
int mc_event_port_init(mc_event_port *port, int wake_fd);
void mc_event_port_deinit(mc_event_port *port);

/* The producer: never blocks; an event that finds the queue full is counted and lost. */
void mc_event_post(mc_event_port *port, const mc_event *event);

/* The poller: 1 with the oldest event, 0 when there is none. */
int mc_event_take(mc_event_port *port, mc_event *out);

#endif

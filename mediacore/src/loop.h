/*
 * A loop: one epoll thread with its share of every room's sockets. It reads messages, and sends what mixers
 * and commands give it. Commands come from one thread at a time (the core's lock sees to that), sound from
 * one thread a mixer.
 */
#ifndef MC_LOOP_H
#define MC_LOOP_H

#include "clock.h"
#include "events.h"
#include "hall.h"

typedef struct mc_loop mc_loop;

typedef struct {
    const mc_core_config *config;
    const mc_clock *clock;
    mc_retirement *retirement;
    int event_fd; /* wakes the poller of events */
    uint32_t n_mixers;
    uint32_t n_slots; /* rooms there may be */
} mc_loop_config;

typedef enum {
    MC_LOOP_HALL_OPEN,
    MC_LOOP_HALL_CLOSE,
    MC_LOOP_MEMBER,
    MC_LOOP_MEMBER_REMOVE,
    MC_LOOP_KICK,
    MC_LOOP_TEXT,
    MC_LOOP_ADOPT,
    MC_LOOP_ADOPT_PLAIN,
} mc_loop_command_kind;

/* Fields that a kind does not need are 0. What pointers point to is handed over with the command. */
typedef struct {
    mc_loop_command_kind kind;
    uint32_t slot;
    uint64_t person;
    uint16_t code;
    uint16_t fill_bytes;
    uint32_t audience;
    uint64_t conn_id;
    int fd;
    mc_hall *hall;
    mc_blob *blob;
    mc_speaker *speaker;
    mc_outbox *own;
    mc_member member;
} mc_loop_command;

/* Starts the thread. 0, MC_E_MEMORY or MC_E_SYSTEM. */
int mc_loop_new(const mc_loop_config *config, mc_loop **out);

/*
 * Ends every socket with 1012 (for at most a second), then the thread; halls that are left go to the
 * retirement.
 */
void mc_loop_free(mc_loop *loop);

/*
 * Space for one command, NULL when the queue is full; then mc_loop_commit() hands it over. Under the core's
 * lock.
 */
mc_loop_command *mc_loop_reserve(mc_loop *loop);
void mc_loop_commit(mc_loop *loop);

/* From the tick of mixer number `mixer`: copies, never blocks. 0 or MC_E_FULL. Seen after mc_loop_wake(). */
int mc_loop_hear(mc_loop *loop, uint32_t mixer, uint32_t slot, uint64_t room, const mc_heard *heard);
int mc_loop_levels(mc_loop *loop, uint32_t mixer, uint32_t slot, uint64_t room, uint32_t tick,
                   const uint8_t *message, uint16_t len_bytes);
void mc_loop_wake(mc_loop *loop);

/* Mixer number `mixer`: the queue in which its sound waits for this loop. */
const mc_ring *mc_loop_sounds(const mc_loop *loop, uint32_t mixer);

/* The poller's: this loop's events. */
mc_event_port *mc_loop_events(mc_loop *loop);

/* Any thread. */
void mc_loop_counts(mc_loop *loop, mc_counters *sum);
uint64_t mc_loop_round_ms(mc_loop *loop); /* when its last round began */

#endif

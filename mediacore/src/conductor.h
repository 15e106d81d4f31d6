/*
 * A conductor (a "mixer" in the public header) keeps the beat for its share of the rooms: every 20 ms, one
 * tick of each, and the results on their way to the loops and the recorder. A thread on a real clock; on a
 * stepped one, whoever steps it.
 *
 * The thread neither allocates, locks, logs nor blocks, but to wait for the next beat.
 */
#ifndef MC_CONDUCTOR_H
#define MC_CONDUCTOR_H

#include "clock.h"
#include "events.h"
#include "loop.h"
#include "recorder.h"
#include "room.h"

typedef struct mc_conductor mc_conductor;

typedef struct {
    const mc_clock *clock;
    mc_retirement *retirement;
    mc_recorder *recorder;
    mc_loop **loops;
    uint32_t n_loops;
    uint32_t index; /* its number as a producer */
    uint32_t n_slots;
    int event_fd;
} mc_conductor_config;

typedef enum {
    MC_CONDUCT_ROOM_OPEN,
    MC_CONDUCT_ROOM_CLOSE, /* what is recorded is ended first; then the room goes to the retirement */
    MC_CONDUCT_SEAT,
    MC_CONDUCT_UPDATE, /* seat, muted and track of one who is seated */
    MC_CONDUCT_UNSEAT,
    MC_CONDUCT_RECORD,
    MC_CONDUCT_RECORD_END,
} mc_conduct_kind;

typedef struct {
    mc_conduct_kind kind;
    mc_room *room;
    mc_speaker *speaker;
    mc_recording *recording;
    uint8_t seat;
    bool muted;
    char track[MC_TRACK_NAME_BYTES];
} mc_conduct_command;

/* Which of n loops has all the sockets of a person. */
uint32_t mc_loop_of(uint64_t person, uint32_t n_loops);

/* Starts the thread if the clock is real. 0, MC_E_MEMORY or MC_E_SYSTEM. */
int mc_conductor_new(const mc_conductor_config *config, mc_conductor **out);

/* Stops the thread; rooms and speakers that are left go to the retirement, recordings keep their files open.
 */
void mc_conductor_stop(mc_conductor *conductor);
void mc_conductor_free(mc_conductor *conductor);

/* Space for one command, NULL when the queue is full; then commit. Under the core's lock. */
mc_conduct_command *mc_conductor_reserve(mc_conductor *conductor);
void mc_conductor_commit(mc_conductor *conductor);

/* One beat: every room's tick, which is due at that time. Public for the stepped clock. */
void mc_conductor_beat(mc_conductor *conductor, uint64_t due_us);

mc_event_port *mc_conductor_events(mc_conductor *conductor);
void mc_conductor_counts(mc_conductor *conductor, mc_counters *sum);
uint64_t mc_conductor_round_ms(mc_conductor *conductor);

#endif

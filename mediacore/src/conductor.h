/*
 * A conductor (a "mixer" in the public header) keeps the beat for its share of the rooms: every 20 ms, one
 * tick of each, and the results on their way to the loops and the recorder. A thread on a real clock; on a
 * stepped one, whoever steps it.
 *
 * The thread neither allocates, locks, logs nor blocks, but to wait for the next beat.
 *
 * A room moves to another conductor between two beats, without a lost tick or a doubled one: the old one lets go
 * when loops and recorder have taken all that it said, so that what the new one says comes behind it. Commands are
 * queued with the room, and move with it.
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
    mc_conductor *const *peers; /* all conductors, by index */
    uint32_t index;             /* its number as a producer */
    uint32_t n_slots;
    int event_fd;
    bool real_time; /* its thread goes first: mc_thread_begin() */
} mc_conductor_config;

typedef enum {
    MC_CONDUCT_ROOM_CLOSE, /* what is recorded is ended first; then the room goes to the retirement */
    MC_CONDUCT_SEAT,
    MC_CONDUCT_UPDATE, /* seat, muted and track of one who is seated */
    MC_CONDUCT_UNSEAT,
    MC_CONDUCT_RECORD,
    MC_CONDUCT_RECORD_END,
} mc_conduct_kind;

typedef struct {
    mc_conduct_kind kind;
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

/* Stops the thread. */
void mc_conductor_stop(mc_conductor *conductor);

/* All have been stopped: rooms and speakers that are left go to the retirement, recordings keep their files open. */
void mc_conductor_clear(mc_conductor *conductor);
void mc_conductor_free(mc_conductor *conductor);

/* Gives it a new room. Under the core's lock, as all that follows up to the commit. */
void mc_conductor_take_on(mc_conductor *conductor, mc_room *room);

/* Has a room that is open, and not about to close, moved to this conductor, soon. */
void mc_conductor_want(mc_conductor *conductor, mc_room *room);

/* Space for one command to whoever has the room, NULL when its queue is full; then commit. */
mc_conduct_command *mc_conduct_reserve(mc_room *room);
void mc_conduct_commit(mc_room *room);

/* One beat: the tick of every room that is due then, begun so late. Public for the stepped clock. */
void mc_conductor_beat(mc_conductor *conductor, uint64_t due_us, uint64_t late_us);

mc_event_port *mc_conductor_events(mc_conductor *conductor);
void mc_conductor_counts(mc_conductor *conductor, mc_counters *sum);

/* How it fares (overload.h). */
typedef struct {
    uint32_t level;
    bool is_behind, is_on_time;
} mc_conductor_load;

mc_conductor_load mc_conductor_fares(mc_conductor *conductor);
uint64_t mc_conductor_round_ms(mc_conductor *conductor);

#endif

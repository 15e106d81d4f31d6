/*
 * The part of a room that one loop holds: its sockets there, who of them stands on the stage, what they hear.
 * One thread, the loop's; made by the core and handed over.
 *
 * All sockets of a person are in one hall, so a speaker's packets come from one thread.
 */
#ifndef MC_HALL_H
#define MC_HALL_H

#include "conn.h"
#include "crowd.h"
#include "events.h"
#include "outbox.h"
#include "retire.h"
#include "speaker.h"

/* Someone on the stage whose sockets, if any, are in this hall. */
typedef struct {
    uint64_t person;
    mc_role role;
    uint8_t seat;
    bool muted;
    bool recorded;
    mc_speaker *speaker;
    mc_outbox *own;  /* the mix without this voice, while it sounds; the hall's to free */
    mc_conn *source; /* the newest socket: their microphone */
} mc_hall_member;

typedef struct mc_hall {
    mc_retired retired; /* first: a retired hall is found by it */
    uint32_t slot;
    uint64_t room;
    uint32_t first; /* where the next fan-out begins: with who was last */
    mc_crowd *crowd;
    uint32_t n_listening; /* of the crowd, in this hall */
    uint8_t pace_frames;  /* for all who are not on the stage */
    bool dirty;
    bool closing;
    uint16_t close_code;
    mc_conn **conns;
    uint32_t n_conns, n_conns_room;
    mc_hall_member members[MC_STAGE_SEATS];
    uint32_t n_members;
    uint64_t *kicked;
    uint32_t n_kicked;
    mc_outbox shared;
} mc_hall;

/* What a hall needs of its loop. */
typedef struct {
    const mc_core_config *config;
    mc_counters *counters;
    mc_event_port *events;
    mc_retirement *retirement;
    mc_batch batch;
    mc_conn *dead;    /* to be buried when the round is over */
    mc_ogg_page page; /* of a plain stream, while it is built */
    int epoll_fd;
    uint64_t now_us, now_ms;
} mc_loop_state;

/* NULL: no memory. */
mc_hall *mc_hall_new(uint32_t slot, uint64_t room, uint32_t first_tick, mc_crowd *crowd);

/* Frees a hall without sockets, and what its members hear. */
void mc_hall_free(mc_hall *hall);

/* A new socket: greeted with STATE and announced as MC_EV_OPENED, or refused. Owns fd. */
void mc_hall_adopt(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint64_t conn_id, int fd);

/* A new plain stream: sent its header pages and announced, or cut off. Owns fd. */
void mc_hall_adopt_plain(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint64_t conn_id, int fd,
                         uint16_t fill_bytes);

/* Where someone stands now. speaker and own are given when they come on to the stage, NULL after that. */
void mc_hall_member_set(mc_hall *hall, mc_loop_state *loop, const mc_member *member, mc_speaker *speaker,
                        mc_outbox *own);
void mc_hall_member_remove(mc_hall *hall, mc_loop_state *loop, uint64_t person);

void mc_hall_kick(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint16_t code);
void mc_hall_text(mc_hall *hall, mc_loop_state *loop, uint32_t audience, uint64_t person, mc_blob *blob);
void mc_hall_hear(mc_hall *hall, const mc_heard *heard);
void mc_hall_levels(mc_hall *hall, uint32_t tick, const uint8_t *message, uint16_t len_bytes);

/* Sends everyone what is new. */
void mc_hall_fan_out(mc_hall *hall, mc_loop_state *loop);

/* One whole message of a socket. */
void mc_hall_receive(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message);

/* What is due for one socket: a ping, or its end. */
void mc_hall_attend(mc_hall *hall, mc_loop_state *loop, mc_conn *conn);

/* Sends what one socket takes, and asks epoll for more room when it is full. */
void mc_hall_flush(mc_hall *hall, mc_loop_state *loop, mc_conn *conn);

/*
 * Gives a socket up: nothing more is sent or read; it stays listed until the round is over, so any walk may
 * do this.
 */
void mc_hall_drop(mc_loop_state *loop, mc_conn *conn);

/* Ends a socket that was given up: MC_EV_CLOSED, off the list, freed. */
void mc_hall_bury(mc_hall *hall, mc_loop_state *loop, mc_conn *conn);

/* Ends every socket behind its waiting text, and takes no more. */
void mc_hall_close(mc_hall *hall, mc_loop_state *loop, uint16_t code);

#endif

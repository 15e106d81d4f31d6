/*
 * One adopted WebSocket: what it still has to be sent, and what it may still send. Belongs to one loop's
 * thread, which does the reading; nothing here decides who may do what.
 *
 * Or the connection of a plain stream (plain.h), which is sent pages of sound and nothing else.
 *
 * Messages (text, state, pings, the close) wait in a queue of shared blobs and are never dropped. Audio is
 * not queued: it is read from an outbox at this socket's cursor when the socket can take it.
 */
#ifndef MC_CONN_H
#define MC_CONN_H

#include <stdbool.h>
#include <sys/types.h>

#include "blob.h"
#include "outbox.h"
#include "plain.h"
#include "ws_frame.h"

/* Permission for so many things a second, saved up for one second; what is taken beyond that is a debt. */
typedef struct {
    double tokens;
    uint64_t filled_ms;
} mc_bucket;

/* Takes one token of a bucket that refills at `per_s`; returns what is left, negative when it was not there.
 */
double mc_bucket_take(mc_bucket *bucket, double per_s, uint64_t now_ms);

typedef enum {
    MC_CONN_OPEN,
    MC_CONN_CLOSING, /* a Close is queued or sent; what arrives is ignored */
    MC_CONN_DEAD,    /* given up; buried at the end of the loop's round */
} mc_conn_state;

typedef struct mc_conn {
    int fd;
    mc_conn_state state;
    uint64_t id;
    uint64_t person;
    struct mc_hall *hall;
    uint32_t index; /* in the hall's list */
    struct mc_conn *next_dead;

    bool is_plain;
    mc_plain plain;

    mc_ws_reader reader;
    mc_bucket talk, control;

    mc_blob **queue; /* a circle of capacity n_queue_room */
    uint32_t queue_first, n_queued, n_queue_room;
    uint32_t sent_bytes; /* of the first blob */
    uint8_t *rest;       /* of a batch that went out in part: no message is ever cut */
    uint32_t rest_at, rest_bytes;
    bool blocked; /* the socket takes nothing now */

    bool listening;
    uint8_t pace_frames;
    uint32_t cursor; /* next tick to send */

    uint64_t opened_ms, ping_at_ms;
    uint64_t heard_from_ms;    /* of a plain stream: when it last took something */
    uint64_t stalled_since_ms; /* when the first blob now waiting was queued; 0: none waits */
    uint64_t grace_until_ms;   /* TALK that was under way when its sender left the stage is not an offence */
    uint64_t close_by_ms;      /* CLOSING: the peer's time to answer */
    uint16_t close_code;
    char close_reason[MC_REASON_BYTES];
} mc_conn;

/*
 * Sets up a connected socket (non-blocking, no delay, small unsent backlog) and owns it. NULL: no memory; fd
 * is closed.
 */
mc_conn *mc_conn_new(int fd, uint64_t id, uint64_t person, uint64_t now_ms);

/* Makes it a plain stream that begins at a tick, whose response's head was sent. 0 or MC_E_MEMORY. */
int mc_conn_make_plain(mc_conn *conn, uint32_t tick, uint16_t fill_bytes);

/* Closes the descriptor if that has not been done, and frees. */
void mc_conn_free(mc_conn *conn);

/* What it still has to be sent, sound that is not due yet left out. */
uint64_t mc_conn_waiting_bytes(const mc_conn *conn);

/* Queues a message; takes its own reference. A plain stream has none. 0 or MC_E_MEMORY. */
int mc_conn_queue(mc_conn *conn, mc_blob *blob, uint64_t now_ms);

/*
 * Sends a plain stream what the socket takes: whole pages, the last one when it is closing. Otherwise as mc_conn_flush().
 */
int mc_conn_flush_plain(mc_conn *conn, const mc_outbox *shared, mc_ogg_page *page, uint32_t max_ticks,
                        uint64_t now_ms, mc_counters *counters);

/*
 * Sends what the socket takes: the queue, then audio from the outboxes while listening (own may be NULL; shared
 * NULL: no audio is due). Sets blocked. Counts messages_out, bytes_out, frames_out and frames_dropped. 0, or
 * MC_E_SYSTEM when the socket is broken.
 */
int mc_conn_flush(mc_conn *conn, const mc_outbox *shared, const mc_outbox *own, mc_batch *batch,
                  uint32_t max_ticks, uint64_t now_ms, mc_counters *counters);

/* Ends our side: a Close behind all that is queued, then no more. Only the first call counts. */
void mc_conn_close(mc_conn *conn, uint16_t code, const char *reason, uint64_t now_ms);

/*
 * A refusal before there is anything to keep: writes a Close as far as the socket takes it, and closes the
 * descriptor.
 */
void mc_conn_refuse(int fd, uint16_t code, const char *reason);

#endif

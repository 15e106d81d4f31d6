/*
 * mediacore: live audio rooms over adopted WebSockets.
 *
 * A core owns three kinds of threads: loops (epoll; each has its share of the sockets), mixers (a 20 ms
 * clock; each has its share of the rooms) and one recorder. The caller decides who may do what and says so
 * with commands; the core carries. Commands may come from any thread; they are queued and take effect in the
 * order given. What happened comes back through mc_core_poll_event(), to be called by one thread.
 *
 * Every function returns 0 (or a count) when it did what it says and a negative MC_E_* otherwise; none of
 * them blocks for longer than a queue takes to drain. docs/protocol.md has the bytes on the wire.
 *
 * Units: a tick is 20 ms, 960 samples at 48 kHz. Persons and rooms are the caller's numbers, never 0.
 */
#ifndef MEDIACORE_H
#define MEDIACORE_H

#include <stddef.h>
#include <stdint.h>

/* The block between the markers is what cffi reads: declarations alone, no preprocessor. */
/* cdef-begin */

enum {
    MC_TICK_MS = 20,
    MC_TICK_SAMPLES = 960,
    MC_STAGE_SEATS = 13,
    MC_TRACK_NAME_BYTES = 64,
    MC_REASON_BYTES = 48,
    MC_LATE_BUCKETS = 8,
};

/* Errors come in bands: -1.. the caller's, -20.. the system's, -40.. the codec's, -60.. the peer's. */
typedef enum {
    MC_OK = 0,
    MC_E_ARGUMENT = -1, /* a value outside what the contract allows */
    MC_E_NO_ROOM = -2,  /* no such room, or it is closed */
    MC_E_EXISTS = -3,   /* that room is open already */
    MC_E_FULL = -4,     /* a bounded queue or the stage is full; nothing was done */
    MC_E_STATE = -5,    /* not now: a core that is closing, a second recording */
    MC_E_MEMORY = -20,
    MC_E_SYSTEM = -21,      /* errno says which */
    MC_E_CORRUPT = -22,     /* a file is not what it should be */
    MC_E_CODEC = -40,       /* libopus refused */
    MC_E_PACKET = -41,      /* not one Opus packet of 20 ms */
    MC_E_WIRE = -60,        /* not a message of docs/protocol.md */
    MC_E_WS_PROTOCOL = -61, /* RFC 6455 broken: closes with 1002 */
    MC_E_WS_UTF8 = -62,     /* closes with 1007 */
    MC_E_WS_TOO_BIG = -63,  /* closes with 1009 */
} mc_status;

typedef enum { MC_LISTENER = 0, MC_SPEAKER = 1, MC_HOST = 2 } mc_role;

/* Whom a text is for: a set of these, by role. */
typedef enum { MC_TO_LISTENERS = 1, MC_TO_SPEAKERS = 2, MC_TO_HOSTS = 4, MC_TO_ALL = 7 } mc_audience;

typedef enum { MC_CLOCK_REAL = 0, MC_CLOCK_STEPPED = 1 } mc_clock_kind;

/* How a mix is encoded. See docs/media.md for what each costs. */
typedef enum { MC_VOIP = 0, MC_AUDIO = 1, MC_LOW_DELAY = 2 } mc_application;

typedef struct {
    uint32_t n_loops;       /* 1-16 */
    uint32_t n_mixers;      /* 1-16 */
    uint32_t clock;         /* mc_clock_kind; stepped: no mixer thread runs, mc_core_step() does its work */
    uint32_t application;   /* mc_application */
    uint32_t bitrate;       /* bit/s of an encoded mix, 6,000-128,000 */
    uint32_t complexity;    /* 0-10 */
    uint32_t outbox_ms;     /* audio kept for a slow listener, 40-1,000 */
    uint32_t text_stall_ms; /* text unsent for this long ends the socket */
    uint32_t ping_ms;       /* a ping each */
    uint32_t idle_ms;       /* nothing received for this long ends the socket */
    uint32_t large_room;    /* more listeners than this hear 40 ms a message, than twice this 60; 0: never */
    uint32_t real_time;     /* 1: loops and mixers go before other programs, where that is allowed */
} mc_core_config;

/*
 * Where someone stands in a room. Role listener takes a person off the stage; the rest of the fields are then
 * ignored.
 */
typedef struct {
    uint64_t person;
    uint32_t role;  /* mc_role */
    uint32_t seat;  /* 0 .. MC_STAGE_SEATS - 1, nobody else's */
    uint32_t muted; /* 0 or 1 */
    char track[64]; /* file name of the track they agreed to ("" : their voice is never written) */
} mc_member;

typedef enum {
    MC_EV_NONE = 0,
    MC_EV_OPENED = 1,  /* a socket was adopted: room, person, conn */
    MC_EV_CLOSED = 2,  /* and has ended: room, person, conn, code, value = its life in ms, reason */
    MC_EV_TALKING = 3, /* room, person, value 1: began, 0: ceased (voice activity, with hangover) */
    MC_EV_RECORD_INTERRUPTED =
        4,                    /* room; code = errno; audio is being lost to the recording, not to the room */
    MC_EV_RECORD_RESUMED = 5, /* room; value = ms that were lost */
    MC_EV_RECORD_CLOSED = 6,  /* room; the files are whole; value = length in ms */
    MC_EV_ROOM_CLOSED = 7,    /* room; nothing of it is left */
} mc_event_kind;

typedef struct {
    uint32_t kind; /* mc_event_kind */
    uint32_t code;
    uint64_t room;
    uint64_t person;
    uint64_t conn;
    uint64_t value;
    char reason[48]; /* NUL-terminated */
} mc_event;

/* Totals since the core began, but for the gauges marked "now". */
typedef struct {
    uint64_t rooms;       /* now */
    uint64_t rooms_moved; /* from a mixer that was late to one with time */
    uint64_t overload;    /* now: see mc_core_overload() */
    uint64_t conns;       /* now */
    uint64_t listeners;   /* now: sockets that sound is sent to, those of people on the stage among them */
    uint64_t conns_adopted;
    uint64_t conns_refused; /* kicked persons, unknown rooms */
    uint64_t ticks;
    uint64_t ticks_late; /* began over 5 ms after their deadline */
    uint64_t tick_late_max_us;
    uint64_t tick_late_sum_us;
    uint64_t tick_late[8];  /* ticks by how late they began: see mc_late_bound_ms() */
    uint64_t ticks_skipped; /* given up after a long suspension */
    uint64_t encodes;
    uint64_t decodes;
    uint64_t conceals;
    uint64_t packets_in;
    uint64_t packets_refused; /* not 20 ms of Opus, or libopus refused */
    uint64_t packets_late;    /* came after their time, or twice */
    uint64_t packets_wild; /* over 5 s from the ones before, in sequence or time: their stream began anew */
    uint64_t packets_over_rate;
    uint64_t packets_overrun; /* a speaker's inbound ring was full */
    uint64_t talk_refused;    /* TALK from someone not on the stage */
    uint64_t talk_muted;
    uint64_t frames_out;
    uint64_t frames_dropped; /* oldest audio of slow listeners */
    uint64_t outbox_bytes;   /* now: kept for sockets that take nothing */
    uint64_t messages_out;
    uint64_t bytes_out;
    uint64_t texts_out;
    uint64_t texts_in;
    uint64_t unknown_in;
    uint64_t closed_protocol; /* 1002, 1007, 1009 */
    uint64_t closed_policy;   /* 1008 */
    uint64_t closed_stalled;  /* took no text */
    uint64_t closed_idle;     /* answered no ping */
    uint64_t closed_error;    /* reset by the peer, or vanished */
    uint64_t queue_full;      /* a mixer's frame found a loop's queue full */
    uint64_t events_dropped;
    uint64_t record_bytes;
    uint64_t record_packets;
    uint64_t record_overrun; /* the recorder's queue was full */
    uint64_t record_errors;  /* failed writes */
    uint64_t record_lag_ms;  /* now: since the recorder last began to write what there was */
} mc_counters;

typedef struct mc_core mc_core;

/* Fills in what a small machine wants: one loop, one mixer, real clock, AUDIO 48 kbit/s complexity 0. */
void mc_core_config_default(mc_core_config *config);

/* Starts the threads. MC_E_ARGUMENT, MC_E_MEMORY, MC_E_SYSTEM. *out is the caller's, for mc_core_free(). */
int mc_core_new(const mc_core_config *config, mc_core **out);

/* Ends every socket with 1012, every recording with its last page, every thread. NULL is allowed. */
void mc_core_free(mc_core *core);

/* Runs n ticks of every room, now, in the caller's thread. MC_E_STATE unless the clock is stepped. */
int mc_core_step(mc_core *core, uint32_t n_ticks);

/* The same, as if this mixer (0 .. n_mixers - 1) had begun each of them so late. MC_E_ARGUMENT. */
int mc_core_step_late(mc_core *core, uint32_t n_ticks, uint32_t mixer, uint32_t late_us);

/* 0 when every thread has gone round within the last second, MC_E_STATE otherwise. */
int mc_core_alive(mc_core *core);

void mc_core_counters(mc_core *core, mc_counters *out);

/*
 * What the core gives up because its ticks begin late, now: 0 nothing; 1 it encodes as cheaply as it can; 2 listeners
 * should be sent fewer, larger messages; 3 it should be given no new room. Never anything of those who talk. It
 * is the level of the mixer that is best off: while one has time, rooms move there. See docs/media.md.
 */
uint32_t mc_core_overload(mc_core *core);

/* How late the ticks in a place of tick_late were at most, but not as little as those before; 0: any more. */
uint32_t mc_late_bound_ms(uint32_t bucket);

/* Takes the next event, waiting up to timeout_ms. 1: *out is filled in; 0: nothing happened. One thread only.
 */
int mc_core_poll_event(mc_core *core, mc_event *out, int timeout_ms);

/* Opens a room whose clock begins at first_tick (0, or where an interrupted recording ended). MC_E_EXISTS. */
int mc_room_open(mc_core *core, uint64_t room, uint32_t first_tick);

/*
 * Ends the recording, then every socket with this code once its waiting text is sent. MC_EV_ROOM_CLOSED
 * follows.
 */
int mc_room_close(mc_core *core, uint64_t room, uint16_t code);

/*
 * Has a room mixed by this mixer (0 .. n_mixers - 1) from soon on. The core does so itself, once a second, with a room
 * of a mixer that is late; on a real clock while mc_core_poll_event() is called.
 */
int mc_room_move(mc_core *core, uint64_t room, uint32_t mixer);

/*
 * Starts writing mix.opus, a track for each member who has one, peaks.u8 and turns.ndjson into a directory,
 * which must exist; files that are there are continued. A full disk is reported by MC_EV_RECORD_INTERRUPTED,
 * never here.
 */
int mc_room_record(mc_core *core, uint64_t room, const char *directory);

/* Ends the recording, not the room. MC_EV_RECORD_CLOSED follows. */
int mc_room_record_stop(mc_core *core, uint64_t room);

/* Says where someone stands. Idempotent. MC_E_FULL when the seat is taken. */
int mc_room_member(mc_core *core, uint64_t room, const mc_member *member);

/* Ends all of a person's sockets with this code; until the room closes, none of theirs is adopted again. */
int mc_room_kick(mc_core *core, uint64_t room, uint64_t person, uint16_t code);

/*
 * Sends one text message to an audience; person != 0: to that person alone, whatever their role. UTF-8, 1 B -
 * 1 MB.
 */
int mc_room_text(mc_core *core, uint64_t room, uint32_t audience, uint64_t person, const char *text,
                 size_t len_bytes);

/*
 * Takes over a connected TCP socket on which the WebSocket handshake is done and nothing has been read since.
 * The core owns fd from here on, also when this fails. *conn is set to a number that events repeat.
 */
int mc_room_adopt(mc_core *core, uint64_t room, uint64_t person, int fd, uint64_t *conn);

/*
 * Takes over a connected TCP socket on which the head of an HTTP response was sent. What follows is what all
 * who are silent hear, as Ogg Opus (RFC 7845) in pages of 200 ms; the stream ends with the room. It tells
 * nobody anything and is told nothing: no text, no ping. Packets shorter than fill_bytes (0-1,275) are padded, for
 * players that wait until they have so and so many bytes. Events and ownership as for mc_room_adopt().
 */
int mc_room_adopt_plain(mc_core *core, uint64_t room, uint64_t person, int fd, uint16_t fill_bytes,
                        uint64_t *conn);

/*
 * Makes the Ogg Opus files in a directory whole after a crash (cuts each behind its last whole page) and
 * tells on which tick the longest of them ends, to be given to mc_room_open(). 0 with *tick = 0 when there is
 * none.
 */
int mc_recording_recover(const char *directory, uint32_t *tick);

/* What an error means, as a sentence. Never NULL. */
const char *mc_status_text(int status);

/* cdef-end */

#endif

#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"
#include "thread.h"

enum {
    COMMAND_RING_BYTES = 1 << 20,
    SOUND_RING_BYTES = 1 << 22, /* half a second of a full core's rooms */
    EVENTS_A_ROUND = 256,
    READ_BYTES = 1 << 16,
    ROUND_MS = 100,  /* the longest sleep */
    ATTEND_MS = 250, /* how often every socket is looked at for pings and deadlines */
    FAREWELL_MS = 1000,
};

/* What a mixer's tick says: a frame, or voice levels (stream LEVELS). */
typedef struct {
    uint32_t slot;
    uint64_t room;
    mc_heard heard;
    uint8_t payload[];
} sound_record;

enum { STREAM_LEVELS = 255 };

struct mc_loop {
    mc_loop_config config;
    mc_loop_state state;
    pthread_t thread;
    int wake_fd;
    mc_ring commands;
    mc_ring *sounds; /* one a mixer */
    mc_hall **halls; /* by slot */
    mc_event_port events;
    uint64_t attend_at_ms;
    atomic_bool stopping;
    _Atomic uint64_t round_ms;
    mc_counters counters, published;
    uint8_t read_bytes[READ_BYTES];
};

/* ---- reading ---- */

static void feed(mc_loop *loop, mc_conn *conn, uint8_t *bytes, size_t len_bytes) {
    while (len_bytes && conn->state == MC_CONN_OPEN) {
        mc_ws_message message;
        size_t used;
        int status = mc_ws_reader_feed(&conn->reader, bytes, len_bytes, &used, &message);
        if (status < 0) {
            loop->counters.closed_protocol++;
            mc_conn_close(conn, mc_ws_close_code(status), mc_status_text(status), loop->state.now_ms);
            mc_hall_flush(conn->hall, &loop->state, conn);
            return;
        }
        if (status > 0)
            mc_hall_receive(conn->hall, &loop->state, conn, &message);
        bytes += used;
        len_bytes -= used;
    }
}

static void lost(mc_loop *loop, mc_conn *conn) {
    if (conn->state == MC_CONN_OPEN) {
        loop->counters.closed_error++;
        conn->close_code = 1006;
    }
    mc_hall_drop(&loop->state, conn);
}

static void read_some(mc_loop *loop, mc_conn *conn) {
    ssize_t n = recv(conn->fd, loop->read_bytes, READ_BYTES, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        lost(loop, conn);
        return;
    }
    if (conn->is_plain) /* what a player says after its request is not listened to */
        return;
    conn->heard_from_ms = loop->state.now_ms;
    feed(loop, conn, loop->read_bytes, (size_t)n);
}

static void serve(mc_loop *loop, mc_conn *conn, uint32_t ready) {
    if (conn->state == MC_CONN_DEAD)
        return;
    if (ready & EPOLLOUT)
        mc_hall_flush(conn->hall, &loop->state, conn);
    if (ready & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) && conn->state != MC_CONN_DEAD)
        read_some(loop, conn);
}

/* ---- commands ---- */

static void adopt(mc_loop *loop, const mc_loop_command *command) {
    mc_hall *hall = loop->halls[command->slot];
    if (hall)
        mc_hall_adopt(hall, &loop->state, command->person, command->conn_id, command->fd);
    else
        mc_conn_refuse(command->fd, 1000, "the space ended");
}

static void adopt_plain(mc_loop *loop, const mc_loop_command *command) {
    mc_hall *hall = loop->halls[command->slot];
    if (hall)
        mc_hall_adopt_plain(hall, &loop->state, command->person, command->conn_id, command->fd,
                            command->fill_bytes);
    else
        close(command->fd);
}

/* Takes over what the command brought even when the hall is gone. */
static void discard(mc_loop *loop, const mc_loop_command *command) {
    if (command->speaker && mc_speaker_release(command->speaker))
        mc_retire(loop->config.retirement, &command->speaker->retired);
    free(command->own);
}

static void obey_in_hall(mc_loop *loop, const mc_loop_command *command) {
    mc_hall *hall = loop->halls[command->slot];
    if (!hall) {
        discard(loop, command);
        return;
    }
    switch (command->kind) {
    case MC_LOOP_HALL_CLOSE:
        mc_hall_close(hall, &loop->state, command->code);
        break;
    case MC_LOOP_MEMBER:
        mc_hall_member_set(hall, &loop->state, &command->member, command->speaker, command->own);
        break;
    case MC_LOOP_MEMBER_REMOVE:
        mc_hall_member_remove(hall, &loop->state, command->person);
        break;
    case MC_LOOP_KICK:
        mc_hall_kick(hall, &loop->state, command->person, command->code);
        break;
    case MC_LOOP_TEXT:
        mc_hall_text(hall, &loop->state, command->audience, command->person, command->blob);
        break;
    default:
        break;
    }
}

static void obey(mc_loop *loop, const mc_loop_command *command) {
    if (command->kind == MC_LOOP_HALL_OPEN)
        loop->halls[command->slot] = command->hall;
    else if (command->kind == MC_LOOP_ADOPT)
        adopt(loop, command);
    else if (command->kind == MC_LOOP_ADOPT_PLAIN)
        adopt_plain(loop, command);
    else
        obey_in_hall(loop, command);
    if (command->blob)
        mc_blob_release(command->blob);
}

static void obey_all(mc_loop *loop) {
    uint32_t len_bytes;
    const mc_loop_command *command;
    while ((command = mc_ring_peek(&loop->commands, &len_bytes))) {
        obey(loop, command);
        mc_ring_consume(&loop->commands);
    }
}

/* ---- sound ---- */

static void hear(mc_loop *loop, sound_record *record) {
    mc_hall *hall = loop->halls[record->slot];
    if (!hall || hall->room != record->room)
        return;
    record->heard.payload = record->payload;
    if (record->heard.stream == STREAM_LEVELS)
        mc_hall_levels(hall, record->heard.tick, record->payload, record->heard.len_bytes);
    else
        mc_hall_hear(hall, &record->heard);
}

static void hear_all(mc_loop *loop) {
    uint32_t len_bytes;
    sound_record *record;
    for (uint32_t i = 0; i < loop->config.n_mixers; i++)
        while ((record = mc_ring_peek(&loop->sounds[i], &len_bytes))) {
            hear(loop, record);
            mc_ring_consume(&loop->sounds[i]);
        }
    for (uint32_t slot = 0; slot < loop->config.n_slots; slot++)
        if (loop->halls[slot] && loop->halls[slot]->dirty)
            mc_hall_fan_out(loop->halls[slot], &loop->state);
}

static int push(mc_loop *loop, uint32_t mixer, const sound_record *head, const uint8_t *payload) {
    sound_record *record =
        mc_ring_reserve(&loop->sounds[mixer], (uint32_t)sizeof *record + head->heard.len_bytes);
    if (!record)
        return MC_E_FULL;
    *record = *head;
    memcpy(record->payload, payload, head->heard.len_bytes);
    mc_ring_commit(&loop->sounds[mixer]);
    return 0;
}

int mc_loop_hear(mc_loop *loop, uint32_t mixer, uint32_t slot, uint64_t room, const mc_heard *heard) {
    return push(loop, mixer, &(sound_record){.slot = slot, .room = room, .heard = *heard}, heard->payload);
}

const mc_ring *mc_loop_sounds(const mc_loop *loop, uint32_t mixer) {
    return &loop->sounds[mixer];
}

int mc_loop_levels(mc_loop *loop, uint32_t mixer, uint32_t slot, uint64_t room, uint32_t tick,
                   const uint8_t *message, uint16_t len_bytes) {
    mc_heard levels = {.tick = tick, .stream = STREAM_LEVELS, .len_bytes = len_bytes};
    return push(loop, mixer, &(sound_record){.slot = slot, .room = room, .heard = levels}, message);
}

/* ---- the round ---- */

static void attend_all(mc_loop *loop) {
    if (loop->state.now_ms < loop->attend_at_ms)
        return;
    loop->attend_at_ms = loop->state.now_ms + ATTEND_MS;
    loop->counters.listeners = loop->counters.outbox_bytes = 0;
    for (uint32_t slot = 0; slot < loop->config.n_slots; slot++) {
        mc_hall *hall = loop->halls[slot];
        for (uint32_t i = 0; hall && i < hall->n_conns; i++) {
            mc_hall_attend(hall, &loop->state, hall->conns[i]);
            loop->counters.listeners += hall->conns[i]->listening;
            loop->counters.outbox_bytes += mc_conn_waiting_bytes(hall->conns[i]);
        }
    }
}

static void bury_dead(mc_loop *loop) {
    while (loop->state.dead) {
        mc_conn *conn = loop->state.dead;
        loop->state.dead = conn->next_dead;
        mc_hall_bury(conn->hall, &loop->state, conn);
    }
}

static bool retire_closed(mc_loop *loop) {
    bool any_left = false;
    for (uint32_t slot = 0; slot < loop->config.n_slots; slot++) {
        mc_hall *hall = loop->halls[slot];
        if (!hall)
            continue;
        if (!hall->closing || hall->n_conns) {
            any_left = true;
            continue;
        }
        while (hall->n_members)
            mc_hall_member_remove(hall, &loop->state, hall->members[0].person);
        loop->halls[slot] = NULL;
        loop->state.batch.shared = NULL;
        mc_retire(loop->config.retirement, &hall->retired);
        eventfd_write(loop->config.event_fd, 1);
    }
    return any_left;
}

static bool turn(mc_loop *loop, int timeout_ms) {
    struct epoll_event ready[EVENTS_A_ROUND];
    int n = epoll_wait(loop->state.epoll_fd, ready, EVENTS_A_ROUND, timeout_ms);
    loop->state.now_us = mc_clock_now_us(loop->config.clock);
    loop->state.now_ms = loop->state.now_us / 1000;
    atomic_store_explicit(&loop->round_ms, loop->state.now_ms, memory_order_relaxed);
    for (int i = 0; i < n; i++) {
        eventfd_t count;
        if (ready[i].data.ptr)
            serve(loop, ready[i].data.ptr, ready[i].events);
        else
            eventfd_read(loop->wake_fd, &count);
    }
    obey_all(loop);
    hear_all(loop);
    attend_all(loop);
    bury_dead(loop);
    bool any_left = retire_closed(loop);
    mc_counters_publish(&loop->published, &loop->counters);
    return any_left;
}

static void say_farewell(mc_loop *loop) {
    obey_all(loop);
    for (uint32_t slot = 0; slot < loop->config.n_slots; slot++)
        if (loop->halls[slot] && !loop->halls[slot]->closing)
            mc_hall_close(loop->halls[slot], &loop->state, 1012);
    mc_clock real;
    mc_clock_init(&real, MC_CLOCK_REAL);
    uint64_t until_ms = mc_clock_now_ms(&real) + FAREWELL_MS;
    while (turn(loop, ROUND_MS) && mc_clock_now_ms(&real) < until_ms)
        ;
    for (uint32_t slot = 0; slot < loop->config.n_slots; slot++)
        for (uint32_t i = 0; loop->halls[slot] && i < loop->halls[slot]->n_conns; i++)
            mc_hall_drop(&loop->state, loop->halls[slot]->conns[i]);
    bury_dead(loop);
    retire_closed(loop);
}

static void *run(void *arg) {
    mc_loop *loop = arg;
    mc_thread_begin("mc-loop", loop->config.config->real_time);
    while (!atomic_load_explicit(&loop->stopping, memory_order_acquire))
        turn(loop, ROUND_MS);
    say_farewell(loop);
    return NULL;
}

/* ---- from outside ---- */

void mc_loop_wake(mc_loop *loop) {
    eventfd_write(loop->wake_fd, 1);
}

mc_loop_command *mc_loop_reserve(mc_loop *loop) {
    mc_loop_command *command = mc_ring_reserve(&loop->commands, sizeof *command);
    if (command)
        memset(command, 0, sizeof *command);
    return command;
}

void mc_loop_commit(mc_loop *loop) {
    mc_ring_commit(&loop->commands);
    mc_loop_wake(loop);
}

mc_event_port *mc_loop_events(mc_loop *loop) {
    return &loop->events;
}

void mc_loop_counts(mc_loop *loop, mc_counters *sum) {
    mc_counters_add(sum, &loop->published);
}

uint64_t mc_loop_round_ms(mc_loop *loop) {
    return atomic_load_explicit(&loop->round_ms, memory_order_relaxed);
}

static void release(mc_loop *loop) {
    for (uint32_t i = 0; loop->sounds && i < loop->config.n_mixers; i++)
        mc_ring_deinit(&loop->sounds[i]);
    free(loop->sounds);
    free(loop->halls);
    mc_ring_deinit(&loop->commands);
    mc_event_port_deinit(&loop->events);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    if (loop->state.epoll_fd >= 0)
        close(loop->state.epoll_fd);
    free(loop);
}

static int prepare(mc_loop *loop) {
    const mc_loop_config *config = &loop->config;
    loop->sounds = calloc(config->n_mixers, sizeof *loop->sounds);
    loop->halls = calloc(config->n_slots, sizeof *loop->halls);
    if (!loop->sounds || !loop->halls)
        return MC_E_MEMORY;
    int status = mc_ring_init(&loop->commands, COMMAND_RING_BYTES);
    if (status == 0)
        status = mc_event_port_init(&loop->events, config->event_fd);
    for (uint32_t i = 0; status == 0 && i < config->n_mixers; i++)
        status = mc_ring_init(&loop->sounds[i], SOUND_RING_BYTES);
    if (status < 0)
        return status;
    struct epoll_event wake = {.events = EPOLLIN};
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->state.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake_fd < 0 || loop->state.epoll_fd < 0 ||
        epoll_ctl(loop->state.epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) < 0)
        return MC_E_SYSTEM;
    return 0;
}

int mc_loop_new(const mc_loop_config *config, mc_loop **out) {
    mc_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return MC_E_MEMORY;
    loop->config = *config;
    loop->wake_fd = -1;
    loop->state = (mc_loop_state){.config = config->config,
                                  .counters = &loop->counters,
                                  .events = &loop->events,
                                  .retirement = config->retirement,
                                  .epoll_fd = -1};
    atomic_init(&loop->round_ms, mc_clock_now_ms(config->clock));
    int status = prepare(loop);
    if (status == 0 && pthread_create(&loop->thread, NULL, run, loop) != 0)
        status = MC_E_SYSTEM;
    if (status < 0) {
        release(loop);
        return status;
    }
    *out = loop;
    return 0;
}

void mc_loop_free(mc_loop *loop) {
    atomic_store_explicit(&loop->stopping, true, memory_order_release);
    mc_loop_wake(loop);
    pthread_join(loop->thread, NULL);
    release(loop);
}

#include "hall.h"

#include "echo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "pace.h"

enum {
    MS_PER_TICK = MC_TICK_MS,
    DEMOTION_GRACE_MS = 2000,
    PREFILL_TICKS = 2, /* a listener who joins starts with 40 ms in hand, or as much as a message holds */
    PHASES = 6,        /* of those who share a pace of two frames, or of three */
    CONTROL_PER_S = 20,
    TALK_DEBT_FRAMES = 250, /* five seconds of excess */
};

static const double talk_per_s = 52; /* 50, and what a client's clock may run fast */

mc_hall *mc_hall_new(uint32_t slot, uint64_t room, uint32_t first_tick, mc_crowd *crowd) {
    mc_hall *hall = calloc(1, sizeof *hall);
    if (!hall)
        return NULL;
    hall->retired.kind = MC_RETIRED_HALL;
    hall->slot = slot;
    hall->room = room;
    hall->shared.end_tick = first_tick;
    hall->crowd = crowd;
    hall->pace_frames = 1;
    return hall;
}

void mc_hall_free(mc_hall *hall) {
    for (uint32_t i = 0; i < hall->n_members; i++)
        free(hall->members[i].own);
    free(hall->conns);
    free(hall->kicked);
    free(hall);
}

static mc_hall_member *find_member(mc_hall *hall, uint64_t person) {
    for (uint32_t i = 0; i < hall->n_members; i++)
        if (hall->members[i].person == person)
            return &hall->members[i];
    return NULL;
}

/* ---- sending ---- */

static void queue(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, mc_blob *blob) {
    if (mc_conn_queue(conn, blob, loop->now_ms) == 0)
        mc_hall_flush(hall, loop, conn);
}

static void queue_frame(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, mc_ws_opcode opcode,
                        const void *payload, uint32_t len_bytes) {
    mc_blob *blob = mc_blob_frame(opcode, payload, len_bytes);
    if (!blob)
        return;
    queue(hall, loop, conn, blob);
    mc_blob_release(blob);
}

static void send_state(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    if (MC_ECHO)
        return;
    const mc_hall_member *member = find_member(hall, conn->person);
    uint8_t message[MC_STATE_BYTES];
    if (member) {
        uint8_t flags =
            (uint8_t)((member->muted ? MC_STATE_MUTED : 0) | (member->recorded ? MC_STATE_RECORDED : 0) |
                      (member->source != conn ? MC_STATE_ELSEWHERE : 0));
        mc_wire_write_state(message, member->role, flags, member->seat, hall->shared.end_tick);
    } else {
        mc_wire_write_state(message, MC_LISTENER, 0, MC_NO_SEAT, hall->shared.end_tick);
    }
    queue_frame(hall, loop, conn, MC_WS_BINARY, message, sizeof message);
}

static void each_of(mc_hall *hall, mc_loop_state *loop, uint64_t person,
                    void (*visit)(mc_hall *, mc_loop_state *, mc_conn *)) {
    for (uint32_t i = 0; i < hall->n_conns; i++)
        if (hall->conns[i]->person == person)
            visit(hall, loop, hall->conns[i]);
}

static void end(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, uint16_t code, const char *reason) {
    mc_conn_close(conn, code, reason, loop->now_ms);
    mc_hall_flush(hall, loop, conn);
}

/* Who is on the stage answers others: nothing of theirs waits. */
static uint8_t pace_of(const mc_hall *hall, const mc_conn *conn, const mc_hall_member *member) {
    if (member)
        return 1;
    uint8_t frames = conn->pace_frames > hall->pace_frames ? conn->pace_frames : hall->pace_frames;
    bool is_spared = atomic_load_explicit(&hall->crowd->is_spared, memory_order_relaxed);
    return is_spared && frames < MC_PACE_MAX_FRAMES ? frames + 1 : frames;
}

static bool is_due(const mc_hall *hall, const mc_conn *conn, const mc_hall_member *member) {
    uint32_t end_tick = hall->shared.end_tick;
    return mc_pace_is_due(pace_of(hall, conn, member), end_tick - conn->cursor, end_tick,
                          (uint32_t)(conn->id % PHASES));
}

static int send_due(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    uint32_t max_ticks = loop->config->outbox_ms / MS_PER_TICK;
    if (conn->is_plain)
        return mc_conn_flush_plain(conn, &hall->shared, &loop->page, max_ticks, loop->now_ms, loop->counters);
    const mc_hall_member *member = find_member(hall, conn->person);
    const mc_outbox *shared = is_due(hall, conn, member) ? &hall->shared : NULL;
    return mc_conn_flush(conn, shared, member ? member->own : NULL, &loop->batch, max_ticks, loop->now_ms,
                         loop->counters);
}

void mc_hall_flush(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    if (conn->state == MC_CONN_DEAD)
        return;
    bool was_blocked = conn->blocked;
    if (send_due(hall, loop, conn) < 0) {
        loop->counters->closed_error++;
        mc_hall_drop(loop, conn);
        return;
    }
    if (conn->blocked == was_blocked)
        return;
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLRDHUP | (conn->blocked ? EPOLLOUT : 0),
                                 .data.ptr = conn};
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, conn->fd, &wanted);
}

/* Every loop counts its own, and sees everybody's. */
static void count_listening(mc_hall *hall, const mc_loop_state *loop, uint32_t n_listening) {
    uint32_t change = n_listening - hall->n_listening;
    hall->n_listening = n_listening;
    uint32_t before = atomic_fetch_add_explicit(&hall->crowd->n_listening, change, memory_order_relaxed);
    hall->pace_frames = mc_pace_of(hall->pace_frames, before + change, loop->config->large_room);
}

/*
 * Each tick begins with who was last in the one before: everybody hears a little later than they did, and once in
 * a round that much sooner. The other way about, somebody would suddenly hear later.
 */
void mc_hall_fan_out(mc_hall *hall, mc_loop_state *loop) {
    hall->dirty = false;
    uint32_t n = hall->n_conns, n_listening = 0;
    hall->first = (hall->first && hall->first <= n ? hall->first : n) - 1;
    for (uint32_t i = 0, at = hall->first; i < n; i++, at++) {
        at = at < n ? at : 0;
        mc_conn *conn = hall->conns[at];
        n_listening += conn->listening && !conn->is_plain;
        if (conn->listening && !conn->blocked)
            mc_hall_flush(hall, loop, conn);
    }
    count_listening(hall, loop, n_listening);
}

void mc_hall_text(mc_hall *hall, mc_loop_state *loop, uint32_t audience, uint64_t person, mc_blob *blob) {
    for (uint32_t i = 0; i < hall->n_conns && !MC_ECHO; i++) {
        mc_conn *conn = hall->conns[i];
        if (conn->is_plain)
            continue;
        const mc_hall_member *member = find_member(hall, conn->person);
        bool meant =
            person ? conn->person == person : audience & (1U << (member ? member->role : MC_LISTENER));
        if (!meant)
            continue;
        loop->counters->texts_out++;
        queue(hall, loop, conn, blob);
    }
}

void mc_hall_hear(mc_hall *hall, const mc_heard *heard) {
    if (heard->person) {
        mc_hall_member *member = find_member(hall, heard->person);
        if (member)
            mc_outbox_put(member->own, heard);
        return;
    }
    mc_outbox_put(&hall->shared, heard);
    hall->dirty = true;
}

void mc_hall_levels(mc_hall *hall, uint32_t tick, const uint8_t *message, uint16_t len_bytes) {
    mc_outbox_put_levels(&hall->shared, tick, message, len_bytes);
}

/* ---- sockets ---- */

static void tell(mc_hall *hall, mc_loop_state *loop, mc_event_kind kind, const mc_conn *conn) {
    mc_event event = {.kind = kind, .room = hall->room, .person = conn->person, .conn = conn->id};
    if (kind == MC_EV_CLOSED) {
        event.code = conn->close_code;
        event.value = loop->now_ms - conn->opened_ms;
        memcpy(event.reason, conn->close_reason, sizeof event.reason);
    }
    mc_event_post(loop->events, &event);
}

static int list(mc_hall *hall, mc_conn *conn) {
    if (hall->n_conns == hall->n_conns_room) {
        uint32_t n_room = hall->n_conns_room ? hall->n_conns_room * 2 : 8;
        mc_conn **conns = realloc(hall->conns, n_room * sizeof(mc_conn *));
        if (!conns)
            return MC_E_MEMORY;
        hall->conns = conns;
        hall->n_conns_room = n_room;
    }
    conn->hall = hall;
    conn->index = hall->n_conns;
    hall->conns[hall->n_conns++] = conn;
    return 0;
}

static void unlist(mc_hall *hall, mc_conn *conn) {
    mc_conn *last = hall->conns[--hall->n_conns];
    hall->conns[conn->index] = last;
    last->index = conn->index;
}

static bool is_kicked(const mc_hall *hall, uint64_t person) {
    for (uint32_t i = 0; i < hall->n_kicked; i++)
        if (hall->kicked[i] == person)
            return true;
    return false;
}

/* The newest socket of someone on the stage is their microphone; the others are told. */
static void choose_source(mc_hall *hall, mc_loop_state *loop, mc_hall_member *member) {
    const mc_conn *before = member->source;
    member->source = NULL;
    for (uint32_t i = 0; i < hall->n_conns; i++) {
        mc_conn *conn = hall->conns[i];
        bool open = conn->state == MC_CONN_OPEN && conn->person == member->person && !conn->is_plain;
        if (open && (!member->source || conn->id > member->source->id))
            member->source = conn;
    }
    if (member->source != before)
        mc_speaker_begin(member->speaker);
    each_of(hall, loop, member->person, send_state);
}

/* As much as is kept for the slow: players want some sound in hand before they begin. */
static uint32_t first_plain_tick(const mc_hall *hall, const mc_loop_state *loop) {
    uint32_t tick = hall->shared.end_tick;
    for (uint32_t n = loop->config->outbox_ms / MS_PER_TICK; n && mc_outbox_has(&hall->shared, tick - 1); n--)
        tick--;
    return tick;
}

/* NULL: no memory, or epoll would not have it; fd is closed. */
static mc_conn *enter(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint64_t conn_id, int fd) {
    mc_conn *conn = mc_conn_new(fd, conn_id, person, loop->now_ms);
    if (!conn)
        return NULL;
    conn->ping_at_ms = loop->now_ms + conn_id * 7919 % loop->config->ping_ms;
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = conn};
    if (list(hall, conn) < 0) {
        mc_conn_free(conn);
        return NULL;
    }
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &wanted) < 0) {
        unlist(hall, conn);
        mc_conn_free(conn);
        return NULL;
    }
    loop->counters->conns_adopted++;
    loop->counters->conns++;
    tell(hall, loop, MC_EV_OPENED, conn);
    return conn;
}

void mc_hall_adopt_plain(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint64_t conn_id, int fd,
                         uint16_t fill_bytes) {
    if (hall->closing || is_kicked(hall, person)) {
        loop->counters->conns_refused++;
        close(fd);
        return;
    }
    mc_conn *conn = enter(hall, loop, person, conn_id, fd);
    if (!conn)
        return;
    if (mc_conn_make_plain(conn, first_plain_tick(hall, loop), fill_bytes) < 0)
        mc_hall_drop(loop, conn);
    mc_hall_flush(hall, loop, conn);
}

void mc_hall_adopt(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint64_t conn_id, int fd) {
    bool kicked = is_kicked(hall, person);
    if (kicked || hall->closing) {
        loop->counters->conns_refused++;
        mc_conn_refuse(fd, kicked ? 4001 : hall->close_code, kicked ? "removed" : "closing");
        return;
    }
    mc_conn *conn = enter(hall, loop, person, conn_id, fd);
    if (!conn)
        return;
    mc_hall_member *member = find_member(hall, person);
    if (member)
        choose_source(hall, loop, member);
    else
        send_state(hall, loop, conn);
}

void mc_hall_drop(mc_loop_state *loop, mc_conn *conn) {
    if (conn->state == MC_CONN_DEAD)
        return;
    conn->state = MC_CONN_DEAD;
    conn->next_dead = loop->dead;
    loop->dead = conn;
}

void mc_hall_bury(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    unlist(hall, conn);
    loop->counters->conns--;
    tell(hall, loop, MC_EV_CLOSED, conn);
    mc_hall_member *member = find_member(hall, conn->person);
    if (member && member->source == conn)
        choose_source(hall, loop, member);
    mc_conn_free(conn);
}

static void cut(mc_loop_state *loop, mc_conn *conn, const char *reason, uint64_t *counter) {
    if (conn->state == MC_CONN_OPEN) {
        (*counter)++;
        conn->close_code = 1006; /* RFC 6455 section 7.1.5: closed without a Close */
        snprintf(conn->close_reason, sizeof conn->close_reason, "%s", reason);
    }
    mc_hall_drop(loop, conn);
}

void mc_hall_attend(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    const mc_core_config *config = loop->config;
    uint64_t now_ms = loop->now_ms;
    if (conn->state == MC_CONN_CLOSING && now_ms >= conn->close_by_ms)
        cut(loop, conn, "", &loop->counters->closed_error);
    else if (conn->stalled_since_ms && now_ms - conn->stalled_since_ms >= config->text_stall_ms)
        cut(loop, conn, "took no text", &loop->counters->closed_stalled);
    else if (now_ms - conn->heard_from_ms >= config->idle_ms)
        cut(loop, conn, "nothing heard", &loop->counters->closed_idle);
    else if (!conn->is_plain && now_ms >= conn->ping_at_ms) {
        conn->ping_at_ms = now_ms + config->ping_ms;
        queue_frame(hall, loop, conn, MC_WS_PING, NULL, 0);
    }
}

void mc_hall_close(mc_hall *hall, mc_loop_state *loop, uint16_t code) {
    hall->closing = true;
    hall->close_code = code;
    for (uint32_t i = 0; i < hall->n_conns; i++)
        end(hall, loop, hall->conns[i], code, code == 1000 ? "the space ended" : "restarting");
}

/* ---- the stage ---- */

static mc_hall_member *add_member(mc_hall *hall, const mc_member *to, mc_speaker *speaker, mc_outbox *own) {
    mc_hall_member *member = &hall->members[hall->n_members++];
    *member = (mc_hall_member){.person = to->person, .speaker = speaker, .own = own};
    return member;
}

void mc_hall_member_set(mc_hall *hall, mc_loop_state *loop, const mc_member *to, mc_speaker *speaker,
                        mc_outbox *own) {
    mc_hall_member *member = find_member(hall, to->person);
    if (!member)
        member = add_member(hall, to, speaker, own);
    member->role = (mc_role)to->role;
    member->seat = (uint8_t)to->seat;
    member->muted = to->muted;
    member->recorded = to->track[0] != '\0';
    choose_source(hall, loop, member);
}

static void forgive(mc_hall *hall, mc_loop_state *loop, mc_conn *conn) {
    (void)hall;
    conn->grace_until_ms = loop->now_ms + DEMOTION_GRACE_MS;
}

void mc_hall_member_remove(mc_hall *hall, mc_loop_state *loop, uint64_t person) {
    mc_hall_member *member = find_member(hall, person);
    if (!member)
        return;
    if (mc_speaker_release(member->speaker))
        mc_retire(loop->retirement, &member->speaker->retired);
    free(member->own);
    loop->batch.shared = NULL; /* built from what is gone */
    *member = hall->members[--hall->n_members];
    each_of(hall, loop, person, forgive);
    each_of(hall, loop, person, send_state);
}

void mc_hall_kick(mc_hall *hall, mc_loop_state *loop, uint64_t person, uint16_t code) {
    uint64_t *kicked = realloc(hall->kicked, (hall->n_kicked + 1) * sizeof *kicked);
    if (kicked) {
        hall->kicked = kicked;
        hall->kicked[hall->n_kicked++] = person;
    }
    for (uint32_t i = 0; i < hall->n_conns; i++)
        if (hall->conns[i]->person == person)
            end(hall, loop, hall->conns[i], code, "removed");
}

/* ---- receiving ---- */

static void offend(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const char *what) {
    loop->counters->closed_policy++;
    end(hall, loop, conn, 1008, what);
}

static void offer(mc_loop_state *loop, mc_speaker *speaker, const mc_talk_frame *frame) {
    loop->counters->packets_in++;
    switch (mc_speaker_offer(speaker, frame, loop->now_us)) {
    case MC_E_PACKET:
        loop->counters->packets_refused++;
        break;
    case MC_E_FULL:
        loop->counters->packets_overrun++;
        break;
    default:
        break;
    }
}

static void send_aim(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, int16_t samples) {
    uint8_t message[MC_AIM_BYTES];
    if (samples == 0)
        return;
    mc_wire_write_aim(message, samples);
    queue_frame(hall, loop, conn, MC_WS_BINARY, message, sizeof message);
}

static void receive_talk(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message) {
    mc_talk_frame frames[MC_TALK_MAX_FRAMES];
    int n = mc_wire_read_talk(message->payload, message->len_bytes, frames);
    if (n < 0) {
        offend(hall, loop, conn, "malformed TALK");
        return;
    }
    const mc_hall_member *member = find_member(hall, conn->person);
    if (!member && loop->now_ms >= conn->grace_until_ms) {
        loop->counters->talk_refused++;
        offend(hall, loop, conn, "not on the stage");
        return;
    }
    bool taken = member && !member->muted && member->source == conn;
    if (!taken)
        loop->counters->talk_muted += (uint64_t)n;
    for (int i = 0; i < n; i++) {
        double left = mc_bucket_take(&conn->talk, talk_per_s, loop->now_ms);
        if (left < -TALK_DEBT_FRAMES) {
            offend(hall, loop, conn, "too much audio");
            return;
        }
        if (left < 0)
            loop->counters->packets_over_rate++;
        else if (taken)
            offer(loop, member->speaker, &frames[i]);
    }
    if (taken)
        send_aim(hall, loop, conn, mc_speaker_take_aim(member->speaker));
}

static uint32_t first_ticks(mc_hall *hall, const mc_conn *conn) {
    uint32_t pace_frames = pace_of(hall, conn, find_member(hall, conn->person));
    return pace_frames > PREFILL_TICKS ? pace_frames : PREFILL_TICKS;
}

static void receive_listen(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message) {
    mc_listen listen;
    if (mc_wire_read_listen(message->payload, message->len_bytes, &listen) < 0) {
        offend(hall, loop, conn, "malformed LISTEN");
        return;
    }
    conn->pace_frames = listen.pace_frames;
    if (listen.on && !conn->listening)
        conn->cursor = hall->shared.end_tick - first_ticks(hall, conn);
    conn->listening = listen.on;
}

static void receive_binary(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message) {
    switch (message->len_bytes ? message->payload[0] : 0) {
    case MC_WIRE_TALK:
        receive_talk(hall, loop, conn, message);
        break;
    case MC_WIRE_LISTEN:
        receive_listen(hall, loop, conn, message);
        break;
    default:
        loop->counters->unknown_in++;
        break;
    }
}

static void receive_control(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message) {
    if (message->opcode == MC_WS_CLOSE)
        end(hall, loop, conn, message->close_code, "");
    else if (mc_bucket_take(&conn->control, CONTROL_PER_S, loop->now_ms) < 0)
        offend(hall, loop, conn, "too many control frames");
    else if (message->opcode == MC_WS_PING)
        queue_frame(hall, loop, conn, MC_WS_PONG, message->payload, message->len_bytes);
}

void mc_hall_receive(mc_hall *hall, mc_loop_state *loop, mc_conn *conn, const mc_ws_message *message) {
    if (MC_ECHO && message->opcode <= MC_WS_BINARY)
        queue_frame(hall, loop, conn, message->opcode, message->payload, message->len_bytes);
    else if (message->opcode == MC_WS_BINARY)
        receive_binary(hall, loop, conn, message);
    else if (message->opcode == MC_WS_TEXT)
        loop->counters->texts_in++;
    else
        receive_control(hall, loop, conn, message);
}

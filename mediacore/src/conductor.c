#include "conductor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "beat.h"
#include "counters.h"
#include "overload.h"
#include "thread.h"

enum {
    TICK_US = MC_TICK_MS * 1000,
    CATCH_UP_TICKS = 10,
    MAX_WAYS_OUT = 18,
    LOAD_BEHIND = 1 << 8,
    LOAD_ON_TIME = 1 << 9
};

struct mc_conductor {
    mc_conductor_config config;
    pthread_t thread;
    bool threaded;
    mc_room **rooms; /* n_rooms, in no order */
    uint32_t n_rooms;
    _Atomic(mc_room *) arrivals; /* rooms on their way to it */
    uint32_t said[MAX_WAYS_OUT]; /* marks in the queues at the end of the last beat */
    mc_overload overload;
    _Atomic uint32_t load; /* as it is shown: the level and two flags */
    mc_event_port events;
    atomic_bool stopping;
    _Atomic uint64_t round_ms;
    mc_counters counters, published;
};

uint32_t mc_loop_of(uint64_t person, uint32_t n_loops) {
    uint64_t mixed = (person ^ person >> 33) * 0xff51afd7ed558ccdULL;
    return (uint32_t)((mixed ^ mixed >> 33) % n_loops);
}

/* ---- where a room's results go ---- */

static void hear(void *ctx, mc_room *room, const mc_heard *heard) {
    mc_conductor *conductor = ctx;
    const mc_conductor_config *config = &conductor->config;
    uint32_t first = heard->person ? mc_loop_of(heard->person, config->n_loops) : 0;
    uint32_t last = heard->person ? first : config->n_loops - 1;
    for (uint32_t i = first; i <= last; i++)
        if (mc_loop_hear(config->loops[i], config->index, room->slot, room->id, heard) < 0)
            conductor->counters.queue_full++;
}

static void levels(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes) {
    mc_conductor *conductor = ctx;
    const mc_conductor_config *config = &conductor->config;
    for (uint32_t i = 0; i < config->n_loops; i++)
        mc_loop_levels(config->loops[i], config->index, room->slot, room->id, room->tick, message, len_bytes);
}

static int record(void *ctx, mc_room *room, const mc_rec_item *item) {
    (void)room;
    mc_conductor *conductor = ctx;
    return mc_recorder_push(conductor->config.recorder, conductor->config.index, item);
}

static void talking(void *ctx, mc_room *room, uint64_t person, bool talks) {
    mc_conductor *conductor = ctx;
    mc_event event = {.kind = MC_EV_TALKING, .room = room->id, .person = person, .value = talks};
    mc_event_post(&conductor->events, &event);
}

/* ---- commands ---- */

static void let_go(mc_conductor *conductor, mc_speaker *speaker) {
    if (!mc_speaker_release(speaker))
        return;
    mc_retire(conductor->config.retirement, &speaker->retired);
    eventfd_write(conductor->config.event_fd, 1);
}

static void close_room(mc_conductor *conductor, uint32_t index) {
    mc_room *room = conductor->rooms[index];
    conductor->rooms[index] = conductor->rooms[--conductor->n_rooms];
    while (room->n_speakers) {
        mc_speaker *speaker = room->speakers[0];
        mc_room_unseat(room, speaker);
        let_go(conductor, speaker);
    }
    mc_retire(conductor->config.retirement, &room->retired);
    eventfd_write(conductor->config.event_fd, 1);
}

static void obey(mc_conductor *conductor, mc_room *room, const mc_conduct_command *command) {
    switch (command->kind) {
    case MC_CONDUCT_ROOM_CLOSE:
        room->closing = true;
        mc_room_record_end(room);
        break;
    case MC_CONDUCT_SEAT:
        mc_room_seat(room, command->speaker);
        break;
    case MC_CONDUCT_UPDATE:
        command->speaker->seat = command->seat;
        command->speaker->muted = command->muted;
        mc_room_set_track(room, command->speaker, command->track);
        break;
    case MC_CONDUCT_UNSEAT:
        mc_room_unseat(room, command->speaker);
        let_go(conductor, command->speaker);
        break;
    case MC_CONDUCT_RECORD:
        mc_room_record_start(room, command->recording);
        break;
    case MC_CONDUCT_RECORD_END:
        mc_room_record_end(room);
        break;
    }
}

static void obey_all(mc_conductor *conductor, mc_room *room) {
    uint32_t len_bytes;
    const mc_conduct_command *command;
    while ((command = mc_ring_peek(&room->commands, &len_bytes))) {
        obey(conductor, room, command);
        mc_ring_consume(&room->commands);
    }
}

/* ---- rooms that come and go ---- */

static void send_over(mc_conductor *to, mc_room *room) {
    room->next = atomic_load_explicit(&to->arrivals, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&to->arrivals, &room->next, room, memory_order_release,
                                                  memory_order_relaxed))
        ;
}

/* The queues through which a room speaks, 0 .. n_loops + 1: to each loop, to the recorder, to who polls for events. */
static const mc_ring *way_out(const mc_conductor *conductor, uint32_t i) {
    const mc_conductor_config *config = &conductor->config;
    if (i < config->n_loops)
        return mc_loop_sounds(config->loops[i], config->index);
    return i == config->n_loops ? mc_recorder_queue(config->recorder, config->index)
                                : &conductor->events.ring;
}

static void mark_what_was_said(mc_conductor *conductor) {
    for (uint32_t i = 0; i < conductor->config.n_loops + 2; i++)
        conductor->said[i] = mc_ring_mark(way_out(conductor, i));
}

static bool all_was_taken(const mc_conductor *conductor) {
    for (uint32_t i = 0; i < conductor->config.n_loops + 2; i++)
        if (!mc_ring_is_past(way_out(conductor, i), conductor->said[i]))
            return false;
    return true;
}

static bool must_go(const mc_conductor *conductor, mc_room *room) {
    uint32_t wanted = atomic_load_explicit(&room->wanted, memory_order_acquire);
    return wanted != conductor->config.index && !room->closing;
}

static void let_go_of_room(mc_conductor *conductor, uint32_t index, uint64_t due_us) {
    mc_room *room = conductor->rooms[index];
    conductor->rooms[index] = conductor->rooms[--conductor->n_rooms];
    conductor->counters.rooms_moved++;
    room->due_us = due_us;
    send_over(conductor->config.peers[atomic_load_explicit(&room->wanted, memory_order_acquire)], room);
}

/* The ticks that it is behind this conductor are made up for at once, as far as there is sound for them. */
static void make_up(mc_conductor *conductor, mc_room *room, uint64_t due_us) {
    uint32_t n_ticks =
        room->due_us && due_us > room->due_us ? (uint32_t)((due_us - room->due_us) / TICK_US) : 0;
    if (n_ticks > CATCH_UP_TICKS) {
        conductor->counters.ticks_skipped += n_ticks;
        room->tick += n_ticks;
        return;
    }
    for (; n_ticks > 0; n_ticks--) {
        room->now_us = room->due_us;
        room->due_us += TICK_US;
        mc_room_tick(room, &conductor->counters);
    }
}

static void take_arrivals(mc_conductor *conductor, uint64_t due_us) {
    mc_room *room = atomic_exchange_explicit(&conductor->arrivals, NULL, memory_order_acquire);
    for (mc_room *next; room; room = next) {
        next = room->next;
        room->sink = (mc_room_sink){conductor, hear, levels, record, talking};
        conductor->rooms[conductor->n_rooms++] = room;
        make_up(conductor, room, due_us);
    }
}

/* ---- the beat ---- */

static void tick(mc_conductor *conductor, mc_room *room, uint64_t due_us) {
    obey_all(conductor, room);
    room->now_us = due_us;
    mc_room_set_frugal(room, conductor->overload.level > 0);
    atomic_store_explicit(&room->crowd->is_spared, conductor->overload.level > 1, memory_order_relaxed);
    mc_room_tick(room, &conductor->counters);
}

/* Those that must go come last, to leave the loops time to take what was said in the last beat. */
static void tick_all(mc_conductor *conductor, uint64_t due_us) {
    uint32_t n_staying = 0;
    for (uint32_t i = 0; i < conductor->n_rooms; i++) {
        mc_room *room = conductor->rooms[i];
        if (must_go(conductor, room))
            continue;
        tick(conductor, room, due_us);
        conductor->rooms[i] = conductor->rooms[n_staying];
        conductor->rooms[n_staying++] = room;
    }
    for (uint32_t i = conductor->n_rooms; i-- > n_staying;) {
        if (all_was_taken(conductor))
            let_go_of_room(conductor, i, due_us);
        else
            tick(conductor, conductor->rooms[i], due_us);
    }
    mark_what_was_said(conductor);
}

static void note_load(mc_conductor *conductor, uint64_t late_us, uint64_t busy_us) {
    mc_overload *overload = &conductor->overload;
    mc_overload_beat(overload, late_us, busy_us);
    atomic_store_explicit(&conductor->load,
                          overload->level | (overload->is_behind ? LOAD_BEHIND : 0) |
                              (overload->is_on_time ? LOAD_ON_TIME : 0),
                          memory_order_relaxed);
}

void mc_conductor_beat(mc_conductor *conductor, uint64_t due_us, uint64_t late_us) {
    uint64_t begun_us = mc_clock_now_us(conductor->config.clock);
    take_arrivals(conductor, due_us);
    tick_all(conductor, due_us);
    for (uint32_t i = 0; conductor->n_rooms && i < conductor->config.n_loops; i++)
        mc_loop_wake(conductor->config.loops[i]);
    for (uint32_t i = conductor->n_rooms; i-- > 0;)
        if (conductor->rooms[i]->closing && !conductor->rooms[i]->recording)
            close_room(conductor, i);
    note_load(conductor, late_us, mc_clock_now_us(conductor->config.clock) - begun_us);
    conductor->counters.rooms = conductor->n_rooms;
    conductor->counters.ticks++;
    atomic_store_explicit(&conductor->round_ms, mc_clock_now_ms(conductor->config.clock),
                          memory_order_relaxed);
    mc_counters_publish(&conductor->published, &conductor->counters);
}

/* After a suspension the rooms' clocks jump: nobody wants to hear the past played fast. */
static void skip(mc_conductor *conductor, uint32_t n_ticks) {
    for (uint32_t i = 0; i < conductor->n_rooms; i++)
        conductor->rooms[i]->tick += n_ticks;
}

static void *run(void *arg) {
    mc_conductor *conductor = arg;
    mc_thread_begin("mc-conductor", conductor->config.real_time);
    const mc_clock *clock = conductor->config.clock;
    mc_beat beat;
    mc_beat_begin(&beat, mc_clock_now_us(clock));
    while (!atomic_load_explicit(&conductor->stopping, memory_order_acquire)) {
        uint64_t due_us = mc_beat_next(&beat);
        mc_clock_sleep_until(due_us);
        uint64_t now_us = mc_clock_now_us(clock);
        skip(conductor, mc_beat_begins(&beat, now_us, &conductor->counters));
        mc_conductor_beat(conductor, beat.due_us, now_us > due_us ? now_us - due_us : 0);
    }
    return NULL;
}

/* ---- from outside ---- */

void mc_conductor_take_on(mc_conductor *conductor, mc_room *room) {
    atomic_store_explicit(&room->wanted, conductor->config.index, memory_order_relaxed);
    send_over(conductor, room);
}

void mc_conductor_want(mc_conductor *conductor, mc_room *room) {
    atomic_store_explicit(&room->wanted, conductor->config.index, memory_order_release);
}

mc_conduct_command *mc_conduct_reserve(mc_room *room) {
    mc_conduct_command *command = mc_ring_reserve(&room->commands, sizeof *command);
    if (command)
        memset(command, 0, sizeof *command);
    return command;
}

void mc_conduct_commit(mc_room *room) {
    mc_ring_commit(&room->commands);
}

mc_conductor_load mc_conductor_fares(mc_conductor *conductor) {
    uint32_t load = atomic_load_explicit(&conductor->load, memory_order_relaxed);
    return (mc_conductor_load){load & (LOAD_BEHIND - 1), load & LOAD_BEHIND, load & LOAD_ON_TIME};
}

mc_event_port *mc_conductor_events(mc_conductor *conductor) {
    return &conductor->events;
}

void mc_conductor_counts(mc_conductor *conductor, mc_counters *sum) {
    mc_counters_add(sum, &conductor->published);
}

uint64_t mc_conductor_round_ms(mc_conductor *conductor) {
    return atomic_load_explicit(&conductor->round_ms, memory_order_relaxed);
}

static int prepare(mc_conductor *conductor) {
    const mc_conductor_config *config = &conductor->config;
    conductor->rooms = calloc(config->n_slots, sizeof(mc_room *));
    return conductor->rooms ? mc_event_port_init(&conductor->events, config->event_fd) : MC_E_MEMORY;
}

int mc_conductor_new(const mc_conductor_config *config, mc_conductor **out) {
    mc_conductor *conductor = calloc(1, sizeof *conductor);
    if (!conductor)
        return MC_E_MEMORY;
    conductor->config = *config;
    conductor->overload.is_on_time = true;
    atomic_init(&conductor->round_ms, mc_clock_now_ms(config->clock));
    int status = prepare(conductor);
    if (status == 0 && config->clock->kind == MC_CLOCK_REAL) {
        conductor->threaded = pthread_create(&conductor->thread, NULL, run, conductor) == 0;
        status = conductor->threaded ? 0 : MC_E_SYSTEM;
    }
    if (status < 0) {
        mc_conductor_free(conductor);
        return status;
    }
    *out = conductor;
    return 0;
}

void mc_conductor_stop(mc_conductor *conductor) {
    atomic_store_explicit(&conductor->stopping, true, memory_order_release);
    if (conductor->threaded)
        pthread_join(conductor->thread, NULL);
    conductor->threaded = false;
}

void mc_conductor_clear(mc_conductor *conductor) {
    take_arrivals(conductor, 0);
    while (conductor->n_rooms) {
        obey_all(conductor, conductor->rooms[0]);
        close_room(conductor, 0);
    }
}

void mc_conductor_free(mc_conductor *conductor) {
    free(conductor->rooms);
    mc_event_port_deinit(&conductor->events);
    free(conductor);
}

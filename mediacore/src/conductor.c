#include "conductor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "beat.h"
#include "counters.h"

enum { COMMAND_RING_BYTES = 1 << 18 };

struct mc_conductor {
    mc_conductor_config config;
    pthread_t thread;
    bool threaded;
    mc_ring commands;
    mc_room **rooms; /* n_rooms, in no order */
    uint32_t n_rooms;
    bool *closing; /* by the rooms' slots */
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

static void open_room(mc_conductor *conductor, mc_room *room) {
    room->sink = (mc_room_sink){conductor, hear, levels, record, talking};
    conductor->rooms[conductor->n_rooms++] = room;
    conductor->closing[room->slot] = false;
}

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

static void obey(mc_conductor *conductor, const mc_conduct_command *command) {
    switch (command->kind) {
    case MC_CONDUCT_ROOM_OPEN:
        open_room(conductor, command->room);
        break;
    case MC_CONDUCT_ROOM_CLOSE:
        conductor->closing[command->room->slot] = true;
        mc_room_record_end(command->room);
        break;
    case MC_CONDUCT_SEAT:
        mc_room_seat(command->room, command->speaker);
        break;
    case MC_CONDUCT_UPDATE:
        command->speaker->seat = command->seat;
        command->speaker->muted = command->muted;
        mc_room_set_track(command->room, command->speaker, command->track);
        break;
    case MC_CONDUCT_UNSEAT:
        mc_room_unseat(command->room, command->speaker);
        let_go(conductor, command->speaker);
        break;
    case MC_CONDUCT_RECORD:
        mc_room_record_start(command->room, command->recording);
        break;
    case MC_CONDUCT_RECORD_END:
        mc_room_record_end(command->room);
        break;
    }
}

static void obey_all(mc_conductor *conductor) {
    uint32_t len_bytes;
    const mc_conduct_command *command;
    while ((command = mc_ring_peek(&conductor->commands, &len_bytes))) {
        obey(conductor, command);
        mc_ring_consume(&conductor->commands);
    }
}

/* ---- the beat ---- */

void mc_conductor_beat(mc_conductor *conductor, uint64_t due_us) {
    obey_all(conductor);
    for (uint32_t i = 0; i < conductor->n_rooms; i++) {
        conductor->rooms[i]->now_us = due_us;
        mc_room_tick(conductor->rooms[i], &conductor->counters);
    }
    for (uint32_t i = 0; conductor->n_rooms && i < conductor->config.n_loops; i++)
        mc_loop_wake(conductor->config.loops[i]);
    for (uint32_t i = conductor->n_rooms; i-- > 0;)
        if (conductor->closing[conductor->rooms[i]->slot] && !conductor->rooms[i]->recording)
            close_room(conductor, i);
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
    pthread_setname_np(pthread_self(), "mc-conductor");
    const mc_clock *clock = conductor->config.clock;
    mc_beat beat;
    mc_beat_begin(&beat, mc_clock_now_us(clock));
    while (!atomic_load_explicit(&conductor->stopping, memory_order_acquire)) {
        mc_clock_sleep_until(mc_beat_next(&beat));
        skip(conductor, mc_beat_begins(&beat, mc_clock_now_us(clock), &conductor->counters));
        mc_conductor_beat(conductor, beat.due_us);
    }
    return NULL;
}

/* ---- from outside ---- */

mc_conduct_command *mc_conductor_reserve(mc_conductor *conductor) {
    mc_conduct_command *command = mc_ring_reserve(&conductor->commands, sizeof *command);
    if (command)
        memset(command, 0, sizeof *command);
    return command;
}

void mc_conductor_commit(mc_conductor *conductor) {
    mc_ring_commit(&conductor->commands);
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
    conductor->closing = calloc(config->n_slots, sizeof *conductor->closing);
    if (!conductor->rooms || !conductor->closing)
        return MC_E_MEMORY;
    int status = mc_ring_init(&conductor->commands, COMMAND_RING_BYTES);
    return status < 0 ? status : mc_event_port_init(&conductor->events, config->event_fd);
}

int mc_conductor_new(const mc_conductor_config *config, mc_conductor **out) {
    mc_conductor *conductor = calloc(1, sizeof *conductor);
    if (!conductor)
        return MC_E_MEMORY;
    conductor->config = *config;
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
    obey_all(conductor);
    while (conductor->n_rooms)
        close_room(conductor, 0);
}

void mc_conductor_free(mc_conductor *conductor) {
    free(conductor->rooms);
    free(conductor->closing);
    mc_ring_deinit(&conductor->commands);
    mc_event_port_deinit(&conductor->events);
    free(conductor);
}

/*
 * The public interface: one table of rooms, under one lock, and what becomes of commands and events.
 *
 * A command that concerns several threads is reserved in all their queues before it is committed in any, so
 * it happens everywhere or nowhere.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "conductor.h"
#include "counters.h"
#include "loop.h"
#include "mediacore.h"
#include "overload.h"
#include "recorder.h"

enum {
    MAX_THREADS = 16,
    MAX_ROOMS = 1024,
    ALIVE_MS = 1000,
    BALANCE_MS = 1000,
    TEXT_MAX_BYTES = 1 << 20,
};

typedef struct {
    uint64_t person;
    uint32_t seat;
    mc_speaker *speaker;
} stage_entry;

typedef enum { ROOM_FREE, ROOM_OPEN, ROOM_CLOSING } room_state;

/* A room as the caller's commands see it. */
typedef struct {
    room_state state;
    uint64_t id;
    uint32_t conductor; /* that has it, or will soon */
    mc_room *room;
    uint32_t halls_left; /* CLOSING: loops that still hold sockets of it */
    bool recorded;       /* a recording was begun: a room has one at most */
    bool writing;        /* and its files are still open */
    stage_entry stage[MC_STAGE_SEATS];
    uint32_t n_stage;
} room_entry;

struct mc_core {
    mc_core_config config;
    mc_clock clock;
    pthread_mutex_t lock; /* the room table and every queue of commands */
    room_entry rooms[MAX_ROOMS];
    uint64_t balanced_ms;
    uint64_t next_conn;
    mc_crowd crowds[MAX_ROOMS]; /* by slot */
    mc_loop *loops[MAX_THREADS];
    mc_conductor *conductors[MAX_THREADS];
    uint32_t n_loops, n_conductors; /* as many as run */
    mc_recorder *recorder;
    mc_event_port recorder_events;
    mc_retirement retirement;
    int event_fd;
    uint64_t closed[MAX_ROOMS]; /* rooms whose MC_EV_ROOM_CLOSED waits for the poller */
    uint32_t n_closed;
    uint32_t next_port; /* whose event is taken first */
};

/* ---- configuration ---- */

void mc_core_config_default(mc_core_config *config) {
    *config = (mc_core_config){
        .n_loops = 1,
        .n_mixers = 1,
        .clock = MC_CLOCK_REAL,
        .application = MC_AUDIO,
        .bitrate = 48000,
        .complexity = 0,
        .outbox_ms = 500,
        .text_stall_ms = 5000,
        .ping_ms = 10000,
        .idle_ms = 25000,
        .large_room = 500,
    };
}

static bool within(uint32_t value, uint32_t low, uint32_t high) {
    return value >= low && value <= high;
}

static bool is_sound(const mc_core_config *config) {
    return within(config->n_loops, 1, MAX_THREADS) && within(config->n_mixers, 1, MAX_THREADS) &&
           within(config->clock, MC_CLOCK_REAL, MC_CLOCK_STEPPED) &&
           within(config->application, MC_VOIP, MC_LOW_DELAY) && within(config->bitrate, 6000, 128000) &&
           within(config->complexity, 0, 10) && within(config->outbox_ms, 40, 1000) &&
           within(config->real_time, 0, 1) && config->text_stall_ms && config->ping_ms && config->idle_ms;
}

/* ---- beginning and end ---- */

static void recorder_emit(void *ctx, const mc_event *event) {
    mc_event_post(ctx, event);
}

static int start_threads(mc_core *core) {
    const mc_core_config *config = &core->config;
    int status = mc_event_port_init(&core->recorder_events, core->event_fd);
    if (status < 0)
        return status;
    mc_recorder_config recorder = {.n_producers = config->n_mixers,
                                   .threaded = config->clock == MC_CLOCK_REAL,
                                   .emit = recorder_emit,
                                   .emit_ctx = &core->recorder_events};
    status = mc_recorder_new(&recorder, &core->recorder);
    mc_loop_config loop = {.config = config,
                           .clock = &core->clock,
                           .retirement = &core->retirement,
                           .event_fd = core->event_fd,
                           .n_mixers = config->n_mixers,
                           .n_slots = MAX_ROOMS};
    while (status == 0 && core->n_loops < config->n_loops)
        if ((status = mc_loop_new(&loop, &core->loops[core->n_loops])) == 0)
            core->n_loops++;
    mc_conductor_config conductor = {.clock = &core->clock,
                                     .real_time = config->real_time,
                                     .retirement = &core->retirement,
                                     .recorder = core->recorder,
                                     .loops = core->loops,
                                     .n_loops = core->n_loops,
                                     .peers = core->conductors,
                                     .n_slots = MAX_ROOMS,
                                     .event_fd = core->event_fd};
    for (; status == 0 && core->n_conductors < config->n_mixers; conductor.index++)
        if ((status = mc_conductor_new(&conductor, &core->conductors[core->n_conductors])) == 0)
            core->n_conductors++;
    return status;
}

int mc_core_new(const mc_core_config *config, mc_core **out) {
    if (!config || !out || !is_sound(config))
        return MC_E_ARGUMENT;
    mc_core *core = calloc(1, sizeof *core);
    if (!core)
        return MC_E_MEMORY;
    core->config = *config;
    pthread_mutex_init(&core->lock, NULL);
    mc_clock_init(&core->clock, (mc_clock_kind)config->clock);
    core->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int status = core->event_fd < 0 ? MC_E_SYSTEM : start_threads(core);
    if (status < 0) {
        mc_core_free(core);
        return status;
    }
    *out = core;
    return 0;
}

static void bury(mc_core *core, mc_retired *retired);

void mc_core_free(mc_core *core) {
    if (!core)
        return;
    for (uint32_t i = 0; i < core->n_conductors; i++)
        mc_conductor_stop(core->conductors[i]);
    for (uint32_t i = 0; i < core->n_conductors; i++)
        mc_conductor_clear(core->conductors[i]);
    mc_recorder_free(core->recorder);
    for (uint32_t i = 0; i < core->n_loops; i++)
        mc_loop_free(core->loops[i]);
    for (uint32_t i = 0; i < core->n_conductors; i++)
        mc_conductor_free(core->conductors[i]);
    bury(core, mc_retirement_take(&core->retirement));
    mc_event_port_deinit(&core->recorder_events);
    if (core->event_fd >= 0)
        close(core->event_fd);
    pthread_mutex_destroy(&core->lock);
    free(core);
}

/* ---- time, health, totals ---- */

static void balance(mc_core *core);

static void step(mc_core *core, uint32_t late_mixer, uint32_t late_us) {
    mc_clock_step(&core->clock, MC_TICK_MS * 1000);
    for (uint32_t i = 0; i < core->n_conductors; i++)
        mc_conductor_beat(core->conductors[i], mc_clock_now_us(&core->clock), i == late_mixer ? late_us : 0);
    mc_recorder_run(core->recorder, mc_clock_now_ms(&core->clock));
    pthread_mutex_lock(&core->lock);
    balance(core);
    pthread_mutex_unlock(&core->lock);
}

int mc_core_step(mc_core *core, uint32_t n_ticks) {
    return mc_core_step_late(core, n_ticks, 0, 0);
}

int mc_core_step_late(mc_core *core, uint32_t n_ticks, uint32_t mixer, uint32_t late_us) {
    if (mixer >= core->n_conductors)
        return MC_E_ARGUMENT;
    if (core->clock.kind != MC_CLOCK_STEPPED)
        return MC_E_STATE;
    for (uint32_t i = 0; i < n_ticks; i++)
        step(core, mixer, late_us);
    for (uint32_t i = 0; i < core->n_loops; i++)
        mc_loop_wake(core->loops[i]);
    return 0;
}

int mc_core_alive(mc_core *core) {
    uint64_t now_ms = mc_clock_now_ms(&core->clock);
    uint64_t oldest_ms = now_ms;
    for (uint32_t i = 0; i < core->n_loops; i++)
        if (mc_loop_round_ms(core->loops[i]) < oldest_ms)
            oldest_ms = mc_loop_round_ms(core->loops[i]);
    for (uint32_t i = 0; i < core->n_conductors; i++)
        if (mc_conductor_round_ms(core->conductors[i]) < oldest_ms)
            oldest_ms = mc_conductor_round_ms(core->conductors[i]);
    if (core->clock.kind == MC_CLOCK_STEPPED)
        return 0;
    return now_ms - oldest_ms < ALIVE_MS ? mc_recorder_alive(core->recorder, now_ms) : MC_E_STATE;
}

uint32_t mc_core_overload(mc_core *core) {
    uint32_t lowest = MC_OVERLOAD_MAX;
    for (uint32_t i = 0; i < core->n_conductors; i++) {
        uint32_t level = mc_conductor_fares(core->conductors[i]).level;
        if (level < lowest)
            lowest = level;
    }
    return lowest;
}

void mc_core_counters(mc_core *core, mc_counters *out) {
    *out = (mc_counters){0};
    for (uint32_t i = 0; i < core->n_loops; i++) {
        mc_loop_counts(core->loops[i], out);
        out->events_dropped +=
            atomic_load_explicit(&mc_loop_events(core->loops[i])->dropped, memory_order_relaxed);
    }
    for (uint32_t i = 0; i < core->n_conductors; i++) {
        mc_conductor_counts(core->conductors[i], out);
        out->events_dropped +=
            atomic_load_explicit(&mc_conductor_events(core->conductors[i])->dropped, memory_order_relaxed);
    }
    out->events_dropped += atomic_load_explicit(&core->recorder_events.dropped, memory_order_relaxed);
    mc_recorder_counts(core->recorder, out);
    out->record_lag_ms = mc_recorder_lag_ms(core->recorder, mc_clock_now_ms(&core->clock));
    out->overload = mc_core_overload(core);
}

/* ---- the table of rooms; everything below is under the lock ---- */

static room_entry *find_room(mc_core *core, uint64_t id) {
    for (uint32_t i = 0; i < MAX_ROOMS; i++)
        if (core->rooms[i].state != ROOM_FREE && core->rooms[i].id == id)
            return &core->rooms[i];
    return NULL;
}

static room_entry *find_open(mc_core *core, uint64_t id) {
    room_entry *entry = find_room(core, id);
    return entry && entry->state == ROOM_OPEN ? entry : NULL;
}

static uint32_t slot_of(const mc_core *core, const room_entry *entry) {
    return (uint32_t)(entry - core->rooms);
}

static stage_entry *find_on_stage(room_entry *entry, uint64_t person) {
    for (uint32_t i = 0; i < entry->n_stage; i++)
        if (entry->stage[i].person == person)
            return &entry->stage[i];
    return NULL;
}

static mc_loop *loop_of(mc_core *core, uint64_t person) {
    return core->loops[mc_loop_of(person, core->n_loops)];
}

static uint32_t rooms_of(const mc_core *core, uint32_t conductor) {
    uint32_t n_rooms = 0;
    for (uint32_t i = 0; i < MAX_ROOMS; i++)
        n_rooms += core->rooms[i].state == ROOM_OPEN && core->rooms[i].conductor == conductor;
    return n_rooms;
}

/* The conductor with the fewest rooms, of those that are on time; of all where none is. */
static uint32_t best_off(mc_core *core, bool *is_on_time) {
    uint32_t best = 0, fewest = UINT32_MAX;
    *is_on_time = false;
    for (uint32_t i = 0; i < core->n_conductors; i++) {
        bool on_time = mc_conductor_fares(core->conductors[i]).is_on_time;
        uint32_t n_rooms = rooms_of(core, i);
        if (on_time < *is_on_time || (on_time == *is_on_time && n_rooms >= fewest))
            continue;
        best = i, fewest = n_rooms, *is_on_time = on_time;
    }
    return best;
}

/* To move the only room of a conductor would move its trouble. */
static room_entry *room_to_move(mc_core *core) {
    for (uint32_t i = 0; i < MAX_ROOMS; i++) {
        room_entry *entry = &core->rooms[i];
        if (entry->state == ROOM_OPEN && mc_conductor_fares(core->conductors[entry->conductor]).is_behind &&
            rooms_of(core, entry->conductor) > 1)
            return entry;
    }
    return NULL;
}

static void move_room(mc_core *core, room_entry *entry, uint32_t to) {
    entry->conductor = to;
    mc_conductor_want(core->conductors[to], entry->room);
}

int mc_room_move(mc_core *core, uint64_t room, uint32_t mixer) {
    if (mixer >= core->n_conductors)
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    room_entry *entry = find_open(core, room);
    if (entry)
        move_room(core, entry, mixer);
    pthread_mutex_unlock(&core->lock);
    return entry ? 0 : MC_E_NO_ROOM;
}

/* Once a second: one room from a conductor that is late to one with time. */
static void balance(mc_core *core) {
    uint64_t now_ms = mc_clock_now_ms(&core->clock);
    if (now_ms - core->balanced_ms < BALANCE_MS)
        return;
    core->balanced_ms = now_ms;
    bool is_on_time;
    uint32_t to = best_off(core, &is_on_time);
    room_entry *entry = is_on_time ? room_to_move(core) : NULL;
    if (entry)
        move_room(core, entry, to);
}

/* Space in every loop's queue, or in none. */
static bool reserve_loops(mc_core *core, mc_loop_command *commands[MAX_THREADS]) {
    for (uint32_t i = 0; i < core->n_loops; i++)
        if (!(commands[i] = mc_loop_reserve(core->loops[i])))
            return false;
    return true;
}

static void commit_loops(mc_core *core) {
    for (uint32_t i = 0; i < core->n_loops; i++)
        mc_loop_commit(core->loops[i]);
}

/* ---- opening and closing ---- */

static room_entry *free_slot(mc_core *core) {
    for (uint32_t i = 0; i < MAX_ROOMS; i++)
        if (core->rooms[i].state == ROOM_FREE)
            return &core->rooms[i];
    return NULL;
}

static int make_halls(mc_core *core, uint32_t slot, uint64_t id, uint32_t first_tick,
                      mc_hall *halls[MAX_THREADS]) {
    mc_crowd *crowd = &core->crowds[slot]; /* no thread has this slot now */
    atomic_store_explicit(&crowd->n_listening, 0, memory_order_relaxed);
    atomic_store_explicit(&crowd->is_spared, false, memory_order_relaxed);
    for (uint32_t i = 0; i < core->n_loops; i++) {
        if ((halls[i] = mc_hall_new(slot, id, first_tick, crowd)))
            continue;
        while (i-- > 0)
            mc_hall_free(halls[i]);
        return MC_E_MEMORY;
    }
    return 0;
}

static int open_room(mc_core *core, uint64_t id, uint32_t first_tick) {
    room_entry *entry = free_slot(core);
    if (find_room(core, id))
        return MC_E_EXISTS;
    mc_loop_command *to_loop[MAX_THREADS];
    if (!entry || !reserve_loops(core, to_loop))
        return MC_E_FULL;
    mc_room *room;
    mc_hall *halls[MAX_THREADS];
    int status = mc_room_new(&core->config, id, first_tick, &room);
    if (status < 0)
        return status;
    if ((status = make_halls(core, slot_of(core, entry), id, first_tick, halls)) < 0) {
        mc_room_free(room);
        return status;
    }
    room->slot = slot_of(core, entry);
    room->crowd = &core->crowds[room->slot];
    bool is_on_time;
    uint32_t conductor = best_off(core, &is_on_time);
    *entry = (room_entry){
        .state = ROOM_OPEN, .id = id, .conductor = conductor, .room = room, .halls_left = core->n_loops};
    for (uint32_t i = 0; i < core->n_loops; i++)
        *to_loop[i] = (mc_loop_command){.kind = MC_LOOP_HALL_OPEN, .slot = room->slot, .hall = halls[i]};
    commit_loops(core);
    mc_conductor_take_on(core->conductors[conductor], room);
    return 0;
}

int mc_room_open(mc_core *core, uint64_t room, uint32_t first_tick) {
    if (!room)
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    int status = open_room(core, room, first_tick);
    pthread_mutex_unlock(&core->lock);
    return status;
}

static int close_room(mc_core *core, uint64_t id, uint16_t code) {
    room_entry *entry = find_open(core, id);
    mc_loop_command *to_loop[MAX_THREADS];
    if (!entry)
        return MC_E_NO_ROOM;
    mc_conduct_command *to_conductor = mc_conduct_reserve(entry->room);
    if (!to_conductor || !reserve_loops(core, to_loop))
        return MC_E_FULL;
    entry->state = ROOM_CLOSING;
    entry->n_stage = 0;
    *to_conductor = (mc_conduct_command){.kind = MC_CONDUCT_ROOM_CLOSE};
    for (uint32_t i = 0; i < core->n_loops; i++)
        *to_loop[i] =
            (mc_loop_command){.kind = MC_LOOP_HALL_CLOSE, .slot = slot_of(core, entry), .code = code};
    mc_conduct_commit(entry->room);
    commit_loops(core);
    return 0;
}

int mc_room_close(mc_core *core, uint64_t room, uint16_t code) {
    pthread_mutex_lock(&core->lock);
    int status = close_room(core, room, code);
    pthread_mutex_unlock(&core->lock);
    return status;
}

/* ---- recording ---- */

static int record(mc_core *core, uint64_t id, const char *directory) {
    room_entry *entry = find_open(core, id);
    if (!entry)
        return MC_E_NO_ROOM;
    if (entry->recorded)
        return MC_E_STATE;
    mc_conduct_command *command = mc_conduct_reserve(entry->room);
    if (!command)
        return MC_E_FULL;
    mc_recording *recording;
    int status = mc_recording_open(core->recorder, id, directory, entry->room->first_tick,
                                   entry->room->preskip, &recording);
    if (status < 0)
        return status;
    entry->recorded = entry->writing = true;
    *command = (mc_conduct_command){.kind = MC_CONDUCT_RECORD, .recording = recording};
    mc_conduct_commit(entry->room);
    return 0;
}

int mc_room_record(mc_core *core, uint64_t room, const char *directory) {
    if (!directory || !*directory)
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    int status = record(core, room, directory);
    pthread_mutex_unlock(&core->lock);
    return status;
}

static int record_stop(mc_core *core, uint64_t id) {
    room_entry *entry = find_open(core, id);
    if (!entry)
        return MC_E_NO_ROOM;
    if (!entry->writing)
        return MC_E_STATE;
    mc_conduct_command *command = mc_conduct_reserve(entry->room);
    if (!command)
        return MC_E_FULL;
    *command = (mc_conduct_command){.kind = MC_CONDUCT_RECORD_END};
    mc_conduct_commit(entry->room);
    return 0;
}

int mc_room_record_stop(mc_core *core, uint64_t room) {
    pthread_mutex_lock(&core->lock);
    int status = record_stop(core, room);
    pthread_mutex_unlock(&core->lock);
    return status;
}

/* ---- the stage ---- */

static bool seat_is_taken(const room_entry *entry, uint32_t seat, uint64_t person) {
    for (uint32_t i = 0; i < entry->n_stage; i++)
        if (entry->stage[i].seat == seat && entry->stage[i].person != person)
            return true;
    return false;
}

static int enter_stage(mc_core *core, room_entry *entry, const mc_member *member,
                       mc_conduct_command *to_conductor, mc_loop_command *to_loop) {
    mc_outbox *own = calloc(1, sizeof *own);
    mc_speaker *speaker;
    int status = own ? mc_speaker_new(&core->config, member, &speaker) : MC_E_MEMORY;
    if (status < 0) {
        free(own);
        return status;
    }
    entry->stage[entry->n_stage++] = (stage_entry){member->person, member->seat, speaker};
    *to_conductor = (mc_conduct_command){.kind = MC_CONDUCT_SEAT, .speaker = speaker};
    to_loop->speaker = speaker;
    to_loop->own = own;
    return 0;
}

static void move_on_stage(stage_entry *on_stage, const mc_member *member, mc_conduct_command *to_conductor) {
    on_stage->seat = member->seat;
    *to_conductor = (mc_conduct_command){.kind = MC_CONDUCT_UPDATE,
                                         .speaker = on_stage->speaker,
                                         .seat = (uint8_t)member->seat,
                                         .muted = member->muted};
    memcpy(to_conductor->track, member->track, sizeof to_conductor->track);
}

static void leave_stage(room_entry *entry, stage_entry *on_stage, uint64_t person,
                        mc_conduct_command *to_conductor, mc_loop_command *to_loop) {
    *to_conductor = (mc_conduct_command){.kind = MC_CONDUCT_UNSEAT, .speaker = on_stage->speaker};
    to_loop->kind = MC_LOOP_MEMBER_REMOVE;
    to_loop->person = person;
    *on_stage = entry->stage[--entry->n_stage];
}

static int set_member(mc_core *core, uint64_t id, const mc_member *member) {
    room_entry *entry = find_open(core, id);
    if (!entry)
        return MC_E_NO_ROOM;
    stage_entry *on_stage = find_on_stage(entry, member->person);
    bool listens = member->role == MC_LISTENER;
    if (listens && !on_stage)
        return 0;
    if (!listens && seat_is_taken(entry, member->seat, member->person))
        return MC_E_FULL;
    mc_conduct_command *to_conductor = mc_conduct_reserve(entry->room);
    mc_loop_command *to_loop = mc_loop_reserve(loop_of(core, member->person));
    if (!to_conductor || !to_loop)
        return MC_E_FULL;
    *to_loop = (mc_loop_command){.kind = MC_LOOP_MEMBER, .slot = slot_of(core, entry), .member = *member};
    int status = 0;
    if (listens)
        leave_stage(entry, on_stage, member->person, to_conductor, to_loop);
    else if (on_stage)
        move_on_stage(on_stage, member, to_conductor);
    else
        status = enter_stage(core, entry, member, to_conductor, to_loop);
    if (status < 0)
        return status;
    mc_conduct_commit(entry->room);
    mc_loop_commit(loop_of(core, member->person));
    return 0;
}

/* A name, not a path: what is written stays inside the recording's directory. */
static bool is_sound_member(const mc_member *member) {
    return member->person && member->role <= MC_HOST && member->seat < MC_STAGE_SEATS && member->muted <= 1 &&
           memchr(member->track, '\0', sizeof member->track) && !strchr(member->track, '/') &&
           member->track[0] != '.';
}

int mc_room_member(mc_core *core, uint64_t room, const mc_member *member) {
    if (!is_sound_member(member))
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    int status = set_member(core, room, member);
    pthread_mutex_unlock(&core->lock);
    return status;
}

static int kick(mc_core *core, uint64_t id, uint64_t person, uint16_t code) {
    mc_member listener = {.person = person, .role = MC_LISTENER};
    int status = set_member(core, id, &listener);
    if (status < 0)
        return status;
    mc_loop_command *command = mc_loop_reserve(loop_of(core, person));
    if (!command)
        return MC_E_FULL;
    *command = (mc_loop_command){
        .kind = MC_LOOP_KICK, .slot = slot_of(core, find_open(core, id)), .person = person, .code = code};
    mc_loop_commit(loop_of(core, person));
    return 0;
}

int mc_room_kick(mc_core *core, uint64_t room, uint64_t person, uint16_t code) {
    if (!person)
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    int status = kick(core, room, person, code);
    pthread_mutex_unlock(&core->lock);
    return status;
}

/* ---- text and sockets ---- */

static int send_text(mc_core *core, uint64_t id, uint32_t audience, uint64_t person, mc_blob *blob) {
    room_entry *entry = find_open(core, id);
    mc_loop_command *commands[MAX_THREADS];
    if (!entry)
        return MC_E_NO_ROOM;
    if (!reserve_loops(core, commands))
        return MC_E_FULL;
    for (uint32_t i = 0; i < core->n_loops; i++)
        *commands[i] = (mc_loop_command){.kind = MC_LOOP_TEXT,
                                         .slot = slot_of(core, entry),
                                         .audience = audience,
                                         .person = person,
                                         .blob = mc_blob_hold(blob)};
    commit_loops(core);
    return 0;
}

int mc_room_text(mc_core *core, uint64_t room, uint32_t audience, uint64_t person, const char *text,
                 size_t len_bytes) {
    if (!text || len_bytes < 1 || len_bytes > TEXT_MAX_BYTES || audience > MC_TO_ALL)
        return MC_E_ARGUMENT;
    mc_blob *blob = mc_blob_frame(MC_WS_TEXT, text, (uint32_t)len_bytes);
    if (!blob)
        return MC_E_MEMORY;
    pthread_mutex_lock(&core->lock);
    int status = send_text(core, room, audience, person, blob);
    pthread_mutex_unlock(&core->lock);
    mc_blob_release(blob);
    return status;
}

/* The command is an adoption of either kind, of `person` and `fd`. */
static int adopt(mc_core *core, uint64_t id, mc_loop_command adoption, uint64_t *conn) {
    room_entry *entry = find_open(core, id);
    if (!entry)
        return MC_E_NO_ROOM;
    mc_loop *loop = loop_of(core, adoption.person);
    mc_loop_command *command = mc_loop_reserve(loop);
    if (!command)
        return MC_E_FULL;
    adoption.slot = slot_of(core, entry);
    adoption.conn_id = *conn = ++core->next_conn;
    *command = adoption;
    mc_loop_commit(loop);
    return 0;
}

static int adopt_locked(mc_core *core, uint64_t id, mc_loop_command adoption, uint64_t *conn) {
    if (!adoption.person || !conn || adoption.fd < 0 || adoption.fill_bytes > MC_OGG_PACKET_BYTES)
        return MC_E_ARGUMENT;
    pthread_mutex_lock(&core->lock);
    int status = adopt(core, id, adoption, conn);
    pthread_mutex_unlock(&core->lock);
    return status;
}

int mc_room_adopt(mc_core *core, uint64_t room, uint64_t person, int fd, uint64_t *conn) {
    mc_loop_command adoption = {.kind = MC_LOOP_ADOPT, .person = person, .fd = fd};
    int status = adopt_locked(core, room, adoption, conn);
    if (status < 0 && fd >= 0)
        mc_conn_refuse(fd, status == MC_E_NO_ROOM ? 1000 : 1013, mc_status_text(status));
    return status;
}

int mc_room_adopt_plain(mc_core *core, uint64_t room, uint64_t person, int fd, uint16_t fill_bytes,
                        uint64_t *conn) {
    mc_loop_command adoption = {
        .kind = MC_LOOP_ADOPT_PLAIN, .person = person, .fd = fd, .fill_bytes = fill_bytes};
    int status = adopt_locked(core, room, adoption, conn);
    if (status < 0 && fd >= 0)
        close(fd);
    return status;
}

/* ---- events ---- */

static void settle(mc_core *core, room_entry *entry) {
    if (entry->state != ROOM_CLOSING || entry->room || entry->halls_left || entry->writing)
        return;
    core->closed[core->n_closed++] = entry->id;
    entry->state = ROOM_FREE;
}

static void bury_one(mc_core *core, mc_retired *retired) {
    room_entry *entry;
    switch (retired->kind) {
    case MC_RETIRED_SPEAKER:
        mc_speaker_free((mc_speaker *)retired);
        return;
    case MC_RETIRED_ROOM:
        entry = &core->rooms[((mc_room *)retired)->slot];
        mc_room_free((mc_room *)retired);
        entry->room = NULL;
        break;
    case MC_RETIRED_HALL:
        entry = &core->rooms[((mc_hall *)retired)->slot];
        mc_hall_free((mc_hall *)retired);
        entry->halls_left--;
        break;
    default:
        return;
    }
    settle(core, entry);
}

static void bury(mc_core *core, mc_retired *retired) {
    while (retired) {
        mc_retired *next = retired->next;
        bury_one(core, retired);
        retired = next;
    }
}

static int take_from_ports(mc_core *core, mc_event *out) {
    uint32_t n_ports = core->n_loops + core->n_conductors + 1;
    for (uint32_t i = 0; i < n_ports; i++) {
        uint32_t port = (core->next_port + i) % n_ports;
        mc_event_port *from = port < core->n_loops ? mc_loop_events(core->loops[port])
                              : port < n_ports - 1
                                  ? mc_conductor_events(core->conductors[port - core->n_loops])
                                  : &core->recorder_events;
        if (!mc_event_take(from, out))
            continue;
        core->next_port = port;
        return 1;
    }
    return 0;
}

static int take(mc_core *core, mc_event *out) {
    bury(core, mc_retirement_take(&core->retirement));
    if (core->clock.kind == MC_CLOCK_REAL)
        balance(core);
    if (take_from_ports(core, out)) {
        room_entry *entry = out->kind == MC_EV_RECORD_CLOSED ? find_room(core, out->room) : NULL;
        if (entry) {
            entry->writing = false;
            settle(core, entry);
        }
        return 1;
    }
    if (!core->n_closed)
        return 0;
    *out = (mc_event){.kind = MC_EV_ROOM_CLOSED, .room = core->closed[--core->n_closed]};
    return 1;
}

static int take_locked(mc_core *core, mc_event *out) {
    pthread_mutex_lock(&core->lock);
    int taken = take(core, out);
    pthread_mutex_unlock(&core->lock);
    return taken;
}

/* A wake-up may be for an event that was taken already, or for something retired: then the waiting goes on.
 */
int mc_core_poll_event(mc_core *core, mc_event *out, int timeout_ms) {
    mc_clock real;
    mc_clock_init(&real, MC_CLOCK_REAL);
    uint64_t until_ms = mc_clock_now_ms(&real) + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0);
    while (!take_locked(core, out)) {
        uint64_t now_ms = mc_clock_now_ms(&real);
        struct pollfd wake = {.fd = core->event_fd, .events = POLLIN};
        if (now_ms >= until_ms || poll(&wake, 1, (int)(until_ms - now_ms)) <= 0)
            return 0;
        eventfd_t count;
        eventfd_read(core->event_fd, &count);
    }
    return 1;
}

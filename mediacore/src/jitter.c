#include "jitter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../include/mediacore.h"

enum {
    FRAME = MC_TICK_SAMPLES,
    WAIT_MAX = 10 * FRAME,
    WILD_PACKETS = 250, /* 5 s */
    WILD_SAMPLES = WILD_PACKETS * FRAME,
    SPAN_PACKETS = 20,
    MARGIN = FRAME / 4,       /* who comes closer to a tick than that may as well come behind it next time */
    AIM = MARGIN + FRAME / 5, /* how long before its tick the last should be there: a later one may come */
    AIM_PACKETS = 60,
    MOVING_PACKETS = 120, /* until what was asked for has surely been done */
    LOST_IN_A_ROW = 3,
    SPARE_FRAMES = 3, /* what may be kept for SPARE_TICKS, in case it is needed after all */
    SPARE_TICKS = 250,
    SHED_TICKS = 5, /* between two frames that are shed sooner */
};

/* From b to a on a clock that wraps. */
static int32_t since(uint32_t a, uint32_t b) {
    return (int32_t)(a - b);
}

static uint32_t slot_of(uint16_t sequence) {
    return sequence % MC_JITTER_SLOTS;
}

static bool is_present(const mc_jitter *jitter, uint16_t sequence) {
    return jitter->present >> slot_of(sequence) & 1;
}

int mc_jitter_init(mc_jitter *jitter) {
    *jitter = (mc_jitter){.slots = calloc(MC_JITTER_SLOTS, sizeof(mc_packet))};
    mc_jitter_reset(jitter);
    return jitter->slots ? MC_OK : MC_E_MEMORY;
}

void mc_jitter_deinit(mc_jitter *jitter) {
    free(jitter->slots);
    jitter->slots = NULL;
}

void mc_jitter_reset(mc_jitter *jitter) {
    *jitter = (mc_jitter){.slots = jitter->slots, .target = FRAME};
}

static void begin(mc_jitter *jitter, uint32_t tick, const mc_packet *packet, uint32_t transit) {
    *jitter = (mc_jitter){
        .slots = jitter->slots,
        .running = true,
        .next_sequence = packet->sequence,
        .transit = tick * FRAME - packet->timestamp + FRAME,
        .n_lost = jitter->n_lost,
        .n_wild = jitter->n_wild + jitter->running,
        .settled_tick = tick,
    };
    for (size_t i = 0; i < MC_JITTER_SPANS; i++)
        jitter->spans[i] = (mc_jitter_span){transit, transit};
}

static void widen(mc_jitter_span *span, const mc_jitter_span *by) {
    if (since(by->shortest, span->shortest) < 0)
        span->shortest = by->shortest;
    if (since(by->longest, span->longest) > 0)
        span->longest = by->longest;
}

/* Jitter under half a frame is met by the margin. */
static uint32_t wait_for(const mc_jitter_span *all) {
    const int32_t n_frames = (since(all->longest, all->shortest) + FRAME / 2) / FRAME;
    return n_frames > WAIT_MAX / FRAME ? WAIT_MAX : (uint32_t)n_frames * FRAME;
}

static void observe(mc_jitter *jitter, uint32_t transit) {
    const mc_jitter_span seen = {transit, transit};
    if (jitter->span_packets++ == SPAN_PACKETS) {
        jitter->span_packets = 1;
        jitter->span = (jitter->span + 1) % MC_JITTER_SPANS;
        jitter->spans[jitter->span] = seen;
    }
    widen(&jitter->spans[jitter->span], &seen);
    mc_jitter_span all = seen;
    for (size_t i = 0; i < MC_JITTER_SPANS; i++)
        widen(&all, &jitter->spans[i]);
    jitter->base = all.shortest;
    jitter->target = wait_for(&all);
}

static void note_arrival(mc_jitter *jitter, uint32_t tick, const mc_packet *packet) {
    const uint32_t arrival = tick * FRAME - packet->early - packet->timestamp;
    if (jitter->n_aimed++ <= 0 || since(arrival, jitter->latest) > 0)
        jitter->latest = arrival;
}

static void forget_before(mc_jitter *jitter, uint16_t sequence) {
    for (; jitter->next_sequence != sequence; jitter->next_sequence++)
        jitter->present &= ~(1u << slot_of(jitter->next_sequence));
}

static bool is_wild(const mc_jitter *jitter, int ahead, uint32_t transit) {
    return abs(ahead) > WILD_PACKETS || labs(since(transit, jitter->base)) > WILD_SAMPLES;
}

static int packets_ahead(const mc_jitter *jitter, const mc_packet *packet) {
    return (int16_t)(packet->sequence - jitter->next_sequence);
}

int mc_jitter_put(mc_jitter *jitter, uint32_t tick, const mc_packet *packet) {
    const uint32_t transit = tick * FRAME - packet->timestamp + (packet->early < MARGIN ? FRAME : 0);
    if (!jitter->running || is_wild(jitter, packets_ahead(jitter, packet), transit))
        begin(jitter, tick, packet, transit);
    const int ahead = packets_ahead(jitter, packet);
    if (ahead >= MC_JITTER_SLOTS)
        forget_before(jitter, (uint16_t)(packet->sequence - MC_JITTER_SLOTS + 1));
    if (ahead < 0 || is_present(jitter, packet->sequence))
        return 1;
    const uint32_t slot = slot_of(packet->sequence);
    memcpy(&jitter->slots[slot], packet, offsetof(mc_packet, payload) + packet->len_bytes);
    jitter->present |= 1u << slot;
    observe(jitter, transit);
    note_arrival(jitter, tick, packet);
    return 0;
}

/* The slots in use, bit 0 being that of next_sequence. */
static uint32_t present_in_order(const mc_jitter *jitter) {
    const uint32_t first = slot_of(jitter->next_sequence);
    return jitter->present >> first | jitter->present << (-first % MC_JITTER_SLOTS);
}

static const mc_packet *packet_ahead(const mc_jitter *jitter, int n_packets) {
    return &jitter->slots[slot_of((uint16_t)(jitter->next_sequence + n_packets))];
}

static const mc_packet *oldest(const mc_jitter *jitter) {
    return jitter->present ? packet_ahead(jitter, __builtin_ctz(present_in_order(jitter))) : NULL;
}

static const mc_packet *newest(const mc_jitter *jitter) {
    return jitter->present ? packet_ahead(jitter, 31 - __builtin_clz(present_in_order(jitter))) : NULL;
}

static void forget_through(mc_jitter *jitter, const mc_packet *packet) {
    forget_before(jitter, (uint16_t)(packet->sequence + 1));
}

static bool is_due(const mc_jitter *jitter, uint32_t tick, const mc_packet *packet) {
    return since(packet->timestamp, tick * FRAME - jitter->transit) < FRAME / 2;
}

/* The newest packet waits no longer than WAIT_MAX: what is older by more than that has missed its time. */
static void bound_wait(mc_jitter *jitter, uint32_t tick) {
    const mc_packet *last = newest(jitter);
    if (!last)
        return;
    const uint32_t earliest = last->timestamp - WAIT_MAX;
    while (since(oldest(jitter)->timestamp, earliest) < 0)
        forget_through(jitter, oldest(jitter));
    if (since(tick * FRAME - jitter->transit, earliest) < 0)
        jitter->transit = tick * FRAME - earliest;
}

static int32_t spare(const mc_jitter *jitter) {
    return since(jitter->transit, jitter->base) - (int32_t)jitter->target;
}

/* A little too much is kept for a while: that costs little, while to shed it too early costs a gap. */
static bool may_shed(const mc_jitter *jitter, uint32_t tick) {
    const uint32_t n_ticks = tick - jitter->settled_tick;
    if (spare(jitter) > SPARE_FRAMES * FRAME)
        return n_ticks >= SHED_TICKS;
    return spare(jitter) >= FRAME && n_ticks >= SPARE_TICKS;
}

static void shed(mc_jitter *jitter, uint32_t tick) {
    jitter->transit -= FRAME;
    jitter->settled_tick = tick;
}

static bool is_followed(const mc_jitter *jitter, const mc_packet *packet) {
    if (!is_present(jitter, jitter->next_sequence))
        return false;
    const int32_t step = since(oldest(jitter)->timestamp, packet->timestamp);
    return abs(step - FRAME) < FRAME / 2;
}

/* One that comes out late moves all that follow: the wait has become longer. */
static mc_jitter_result play(mc_jitter *jitter, uint32_t tick, const mc_packet *packet) {
    jitter->transit = tick * FRAME - packet->timestamp;
    jitter->n_lost = 0;
    forget_through(jitter, packet);
    if (!may_shed(jitter, tick) || !is_followed(jitter, packet))
        return MC_JITTER_PACKET;
    shed(jitter, tick);
    return MC_JITTER_SHED;
}

/* In silence the wait changes unheard. */
static mc_jitter_result rest(mc_jitter *jitter, uint32_t tick) {
    if (spare(jitter) < 0)
        jitter->transit = jitter->base + jitter->target;
    else if (may_shed(jitter, tick))
        shed(jitter, tick);
    return MC_JITTER_EMPTY;
}

/* Nothing is due. If a packet waits, its sequence tells loss from silence; if none does, it may be either. */
static mc_jitter_result miss(mc_jitter *jitter, uint32_t tick, const mc_packet *waiting,
                             const mc_packet **next) {
    const bool is_gap = waiting && waiting->sequence != jitter->next_sequence;
    const bool is_silence = waiting && !is_gap;
    if (is_gap)
        jitter->next_sequence++;
    if (is_silence || jitter->n_lost == LOST_IN_A_ROW)
        return rest(jitter, tick);
    jitter->n_lost++;
    if (is_gap && waiting->sequence == jitter->next_sequence && is_due(jitter, tick + 1, waiting))
        *next = waiting;
    return MC_JITTER_LOST;
}

mc_jitter_result mc_jitter_get(mc_jitter *jitter, uint32_t tick, const mc_packet **out,
                               const mc_packet **next) {
    *out = *next = NULL;
    if (!jitter->running)
        return MC_JITTER_EMPTY;
    bound_wait(jitter, tick);
    if (spare(jitter) < FRAME)
        jitter->settled_tick = tick;
    const mc_packet *first = oldest(jitter);
    if (!first || !is_due(jitter, tick, first))
        return miss(jitter, tick, first, next);
    *out = first;
    return play(jitter, tick, first);
}

uint32_t mc_jitter_delay_ms(const mc_jitter *jitter) {
    const int32_t wait = since(jitter->transit, jitter->base);
    return (uint32_t)(wait < 0 ? 0 : wait > WAIT_MAX ? WAIT_MAX : wait) / (FRAME / MC_TICK_MS);
}

uint32_t mc_jitter_target_ms(const mc_jitter *jitter) {
    return jitter->target / (FRAME / MC_TICK_MS);
}

int32_t mc_jitter_take_aim(mc_jitter *jitter) {
    const int32_t spare = since(jitter->base + jitter->target, jitter->latest) - AIM;
    const bool tells = jitter->n_aimed >= AIM_PACKETS && spare > -FRAME && spare < 2 * FRAME;
    jitter->n_aimed = -MOVING_PACKETS;
    if (!tells)
        return 0;
    return (spare + FRAME + FRAME / 4) % FRAME - FRAME / 4;
}

/*
 * Two hundred rooms at once on a real clock, in which people come, go, are brought on and off the stage and are
 * removed, and rooms end and begin, while others talk. Each room has a tone of its own, which all its voices sing,
 * and a text of its own: whoever hears or reads another room's fails the test.
 *   CHURN=10000 ./test_churn    so many things happen; fewer without it
 */
#include <math.h>
#include <opus/opus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "check.h"
#include "client.h"
#include "mediacore.h"

enum {
    THREADS = 4,
    ROOMS_EACH = 50,
    ROOMS = THREADS * ROOMS_EACH,
    PEOPLE = 5, /* in a room, at most; a person's number there is their seat */
    SOCKETS = 2,
    TALKING_ROOMS = 5, /* of a thread, at a time: what two shared cores encode under a sanitizer */
    TALK_BEATS = 50,
    TONE_PACKETS = 8,
    TONE_STEP_HZ = 50, /* whole waves in 20 ms: tones are told apart exactly */
    TONE_LOWEST_HZ = 300,
    NEAR_HZ = 500,
    OFTEN = 600,
    INBOX_BYTES = 1 << 16,
    PATIENCE_MS = 600000, /* others may have the machine for a while */
};

static const double AMPLITUDE = 0.2;
static const double OWN_POWER = 0.005;     /* a quarter of that of a tone that loud */
static const double STRANGER_POWER = 1e-5; /* a lone frame of another stream decodes as faintly as that */
static const double STRANGER_SHARE = 0.5;

/* ---- tones ---- */

typedef struct {
    uint16_t len_bytes[TONE_PACKETS];
    uint8_t packets[TONE_PACKETS][320];
} tone;

static tone tones[ROOMS];

/* Rooms that follow each other in a table are far from each other in frequency. */
static double tone_hz(uint32_t index) {
    return TONE_LOWEST_HZ + TONE_STEP_HZ * (index * 77 % ROOMS);
}

static double wave(uint32_t index, int n) {
    return sin(2 * M_PI * tone_hz(index) * n / 48000);
}

static void tone_init(uint32_t index) {
    int error;
    OpusEncoder *opus = opus_encoder_create(48000, 1, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);
    if (!opus)
        abort();
    opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(0));
    opus_encoder_ctl(opus, OPUS_SET_PREDICTION_DISABLED(1)); /* they are said again and again */
    float pcm[MC_TICK_SAMPLES];
    for (int n = 0; n < MC_TICK_SAMPLES; n++)
        pcm[n] = (float)(AMPLITUDE * wave(index, n));
    for (int i = -2; i < TONE_PACKETS; i++) {
        tone *t = &tones[index];
        const int at = i < 0 ? 0 : i;
        const int len = opus_encode_float(opus, pcm, MC_TICK_SAMPLES, t->packets[at], sizeof t->packets[at]);
        if (len < 2)
            abort();
        t->len_bytes[at] = (uint16_t)len;
    }
    opus_encoder_destroy(opus);
}

static double power_of_tone(const float *pcm, uint32_t index) {
    const double step = 2 * M_PI * tone_hz(index) / 48000, turn = 2 * cos(step);
    double before = 0, now = 0;
    for (int n = 0; n < MC_TICK_SAMPLES; n++) {
        const double next = pcm[n] + turn * now - before;
        before = now;
        now = next;
    }
    const double squared = before * before + now * now - turn * before * now;
    return 2 * squared / ((double)MC_TICK_SAMPLES * MC_TICK_SAMPLES);
}

static double power(const float *pcm) {
    double sum = 0;
    for (int n = 0; n < MC_TICK_SAMPLES; n++)
        sum += (double)pcm[n] * pcm[n];
    return sum / MC_TICK_SAMPLES;
}

/* Voices that set in, or that cancel each other out, leave a little of the tones next to theirs. */
static bool is_near(uint32_t a, uint32_t b) {
    return fabs(tone_hz(a) - tone_hz(b)) <= NEAR_HZ;
}

/* Which other room's tone is most of it, or -1. A decoder that missed something sounds of many tones a little. */
static int stranger_in(const float *pcm, uint32_t own) {
    const double all = power(pcm);
    if (all < STRANGER_POWER || power_of_tone(pcm, own) > all * (1 - STRANGER_SHARE))
        return -1;
    for (uint32_t i = 0; i < ROOMS; i++)
        if (!is_near(i, own) && power_of_tone(pcm, i) > all * STRANGER_SHARE)
            return (int)i;
    return -1;
}

/* ---- people ---- */

typedef struct {
    int fd; /* -1: none */
    OpusDecoder *ears[2];
    uint32_t n_inbox;
    int close_code; /* -1: not closed */
    bool may_talk;  /* as the last STATE says */
    uint8_t inbox[INBOX_BYTES];
} sock;

typedef struct {
    uint64_t number; /* 0: nobody */
    bool on_stage, muted;
    uint16_t sequence;
    sock *socks[SOCKETS];
} person;

typedef struct {
    uint64_t id;
    uint32_t index; /* its tone, which it keeps when it begins again */
    person people[PEOPLE];
} room;

/* What one thread does, in rooms of its own. */
typedef struct {
    mc_core *core;
    pthread_t thread;
    uint32_t number, random;
    uint32_t n_to_do;
    uint32_t n_joins, n_leaves, n_roles, n_kicks, n_reopened;
    uint32_t n_own_tone, n_own_text, n_strangers, n_unexpected;
    uint64_t next_person, next_room;
    room rooms[ROOMS_EACH];
} churn;

static uint32_t dice(churn *c, uint32_t sides) {
    c->random = c->random * 1664525U + 1013904223U;
    return (c->random >> 8) % sides;
}

static sock *sock_new(churn *c, room *r, uint64_t person) {
    sock *s = calloc(1, sizeof *s);
    int error;
    uint64_t conn;
    if (!s)
        abort();
    for (int i = 0; i < 2; i++)
        if (!(s->ears[i] = opus_decoder_create(48000, 1, &error)))
            abort();
    s->close_code = -1;
    const int theirs = client_pair(&s->fd);
    c->n_unexpected += mc_room_adopt(c->core, r->id, person, theirs, &conn) != 0;
    client_listen(s->fd);
    return s;
}

static void sock_free(sock **s) {
    close((*s)->fd);
    for (int i = 0; i < 2; i++)
        opus_decoder_destroy((*s)->ears[i]);
    free(*s);
    *s = NULL;
}

static void hear_frame(churn *c, const room *r, sock *s, const uint8_t *packet, uint32_t len_bytes,
                       uint8_t stream, bool fresh) {
    float pcm[MC_TICK_SAMPLES];
    OpusDecoder *ears = s->ears[stream];
    if (fresh)
        opus_decoder_ctl(ears, OPUS_RESET_STATE);
    if (len_bytes < 2)
        return;
    if (opus_decode_float(ears, packet, (int)len_bytes, pcm, MC_TICK_SAMPLES, 0) != MC_TICK_SAMPLES) {
        c->n_unexpected++;
        return;
    }
    const int stranger = stranger_in(pcm, r->index);
    c->n_strangers += stranger >= 0;
    c->n_own_tone += power_of_tone(pcm, r->index) > OWN_POWER;
}

static void hear(churn *c, const room *r, sock *s, const uint8_t *message, uint32_t len_bytes) {
    if (message[0] == MC_WIRE_STATE)
        s->may_talk = message[1] != MC_LISTENER && !(message[2] & (MC_STATE_MUTED | MC_STATE_ELSEWHERE));
    if (message[0] != MC_WIRE_HEAR)
        return;
    uint32_t at = MC_HEAR_HEADER_BYTES;
    for (int i = 0; i < message[1]; i++) {
        const uint32_t len = mc_get_u16(message + at);
        hear_frame(c, r, s, message + at + 2, len, message[2], i == 0 && message[3] & MC_HEAR_FRESH);
        at += 2 + len;
    }
    c->n_unexpected += at != len_bytes;
}

static void read_text(churn *c, const room *r, const uint8_t *text, uint32_t len_bytes) {
    char own[32];
    const int n = snprintf(own, sizeof own, "<p>%llu</p>", (unsigned long long)r->id);
    const bool same = len_bytes == (uint32_t)n && memcmp(text, own, len_bytes) == 0;
    c->n_own_text += same;
    c->n_strangers += !same;
}

static void take(churn *c, const room *r, sock *s, uint8_t opcode, const uint8_t *payload,
                 uint32_t len_bytes) {
    if (opcode == 1)
        read_text(c, r, payload, len_bytes);
    else if (opcode == 2)
        hear(c, r, s, payload, len_bytes);
    else if (opcode == 8)
        s->close_code = len_bytes >= 2 ? mc_get_u16(payload) : 0;
    else if (opcode == 9)
        client_send(s->fd, 10, payload, len_bytes);
}

/* Takes the whole frames off the inbox; none of these servers' is longer than 65,535 bytes. */
static void take_frames(churn *c, const room *r, sock *s) {
    uint32_t at = 0;
    for (;;) {
        const uint8_t *head = s->inbox + at;
        const uint32_t there = s->n_inbox - at;
        const uint32_t head_bytes = there >= 2 && head[1] == 126 ? 4 : 2;
        if (there < head_bytes)
            break;
        const uint32_t len_bytes = head_bytes == 4 ? mc_get_u16(head + 2) : head[1];
        if (there < head_bytes + len_bytes)
            break;
        take(c, r, s, head[0] & 15, head + head_bytes, len_bytes);
        at += head_bytes + len_bytes;
    }
    memmove(s->inbox, s->inbox + at, s->n_inbox - at);
    s->n_inbox -= at;
}

/* False once it has ended. */
static bool pump(churn *c, const room *r, sock *s, int flags) {
    const ssize_t n = recv(s->fd, s->inbox + s->n_inbox, INBOX_BYTES - s->n_inbox, flags);
    if (n <= 0)
        return n < 0 && (flags & MSG_DONTWAIT);
    s->n_inbox += (uint32_t)n;
    take_frames(c, r, s);
    return true;
}

/* Reads on to the end, which must be this one. */
static void part(churn *c, const room *r, sock **s, int close_code) {
    struct pollfd ready = {.fd = (*s)->fd, .events = POLLIN};
    while (poll(&ready, 1, PATIENCE_MS) > 0 && pump(c, r, *s, 0))
        ;
    c->n_unexpected += (*s)->close_code != close_code;
    sock_free(s);
}

/* ---- what happens ---- */

static void take_off(churn *c, room *r, person *p) {
    const mc_member member = {.person = p->number, .role = MC_LISTENER};
    c->n_unexpected += mc_room_member(c->core, r->id, &member) != 0;
    p->on_stage = p->muted = false;
}

static void join(churn *c, room *r) {
    person *p = &r->people[dice(c, PEOPLE)];
    sock **s = &p->socks[p->number ? dice(c, SOCKETS) : 0];
    if (*s)
        return;
    if (!p->number)
        *p = (person){.number = ++c->next_person, .sequence = (uint16_t)dice(c, 65536)};
    *s = sock_new(c, r, p->number);
    c->n_joins++;
}

static void leave(churn *c, room *r) {
    person *p = &r->people[dice(c, PEOPLE)];
    sock **s = &p->socks[dice(c, SOCKETS)];
    if (!*s)
        return;
    if (dice(c, 2))
        client_send((*s)->fd, 8, "\x03\xe8", 2);
    sock_free(s);
    c->n_leaves++;
    if (p->socks[0] || p->socks[1])
        return;
    if (p->on_stage)
        take_off(c, r, p);
    p->number = 0;
}

static void change_role(churn *c, room *r) {
    const uint32_t seat = dice(c, PEOPLE);
    person *p = &r->people[seat];
    if (!p->number)
        return;
    c->n_roles++;
    if (p->on_stage && dice(c, 2)) {
        take_off(c, r, p);
        return;
    }
    p->muted = dice(c, 4) == 0;
    p->on_stage = true;
    const mc_member member = {
        .person = p->number, .role = MC_SPEAKER + dice(c, 2), .seat = seat, .muted = p->muted};
    c->n_unexpected += mc_room_member(c->core, r->id, &member) != 0;
}

static void kick(churn *c, room *r) {
    person *p = &r->people[dice(c, PEOPLE)];
    if (!p->number)
        return;
    c->n_unexpected += mc_room_kick(c->core, r->id, p->number, 4001) != 0;
    for (int i = 0; i < SOCKETS; i++)
        if (p->socks[i])
            part(c, r, &p->socks[i], 4001);
    p->number = 0;
    c->n_kicks++;
}

static void open_room(churn *c, room *r) {
    r->id = ++c->next_room;
    c->n_unexpected += mc_room_open(c->core, r->id, dice(c, 1000)) != 0;
}

static void close_room(churn *c, room *r) {
    c->n_unexpected += mc_room_close(c->core, r->id, 1000) != 0;
    for (int i = 0; i < PEOPLE * SOCKETS; i++)
        if (r->people[i / SOCKETS].socks[i % SOCKETS])
            part(c, r, &r->people[i / SOCKETS].socks[i % SOCKETS], 1000);
    memset(r->people, 0, sizeof r->people);
}

/* Its place in the core's table is soon another room's. */
static void begin_again(churn *c, room *r) {
    close_room(c, r);
    open_room(c, r);
    c->n_reopened++;
}

static void say_text(churn *c, room *r) {
    char text[32];
    const int n = snprintf(text, sizeof text, "<p>%llu</p>", (unsigned long long)r->id);
    c->n_unexpected += mc_room_text(c->core, r->id, MC_TO_ALL, 0, text, (size_t)n) != 0;
}

static void something_happens(churn *c) {
    room *r = &c->rooms[dice(c, ROOMS_EACH)];
    const uint32_t what = dice(c, OFTEN);
    if (what < OFTEN / 3)
        join(c, r);
    else if (what < OFTEN / 2)
        leave(c, r);
    else if (what < OFTEN * 4 / 5)
        change_role(c, r);
    else if (what < OFTEN * 5 / 6)
        kick(c, r);
    else if (what < OFTEN * 5 / 6 + 6)
        begin_again(c, r);
    else
        say_text(c, r);
}

/* ---- the beat ---- */

static void talk(room *r, person *p) {
    const tone *t = &tones[r->index];
    const uint32_t i = p->sequence % TONE_PACKETS;
    for (int k = 0; k < SOCKETS; k++)
        if (p->socks[k] && p->socks[k]->may_talk)
            client_talk(p->socks[k]->fd,
                        &(mc_talk_frame){p->sequence, p->sequence * (uint32_t)MC_TICK_SAMPLES,
                                         t->len_bytes[i], t->packets[i]});
    p->sequence++;
}

static void talk_in(churn *c, uint32_t beat) {
    const uint32_t first = beat / TALK_BEATS * TALKING_ROOMS;
    for (uint32_t i = 0; i < TALKING_ROOMS; i++) {
        room *r = &c->rooms[(first + i) % ROOMS_EACH];
        for (int k = 0; k < PEOPLE; k++)
            if (r->people[k].on_stage && !r->people[k].muted)
                talk(r, &r->people[k]);
    }
}

/* Nobody's socket ends by itself. */
static void hear_all(churn *c) {
    for (int i = 0; i < ROOMS_EACH * PEOPLE * SOCKETS; i++) {
        room *r = &c->rooms[i / (PEOPLE * SOCKETS)];
        sock *s = r->people[i / SOCKETS % PEOPLE].socks[i % SOCKETS];
        if (s)
            c->n_unexpected += !pump(c, r, s, MSG_DONTWAIT) || s->close_code >= 0;
    }
}

static uint32_t n_happened(const churn *c) {
    return c->n_joins + c->n_leaves + c->n_roles + c->n_kicks;
}

static void *churn_run(void *arg) {
    churn *c = arg;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (uint32_t beat = 0; n_happened(c) < c->n_to_do; beat++) {
        const uint32_t n_before = n_happened(c);
        while (n_happened(c) == n_before)
            something_happens(c);
        talk_in(c, beat);
        hear_all(c);
        next.tv_nsec += MC_TICK_MS * 1000000;
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    for (int i = 0; i < ROOMS_EACH; i++)
        close_room(c, &c->rooms[i]);
    return NULL;
}

/* ---- what the core tells ---- */

typedef struct {
    mc_core *core;
    pthread_t thread;
    atomic_bool over;
    uint64_t n_opened, n_closed, n_rooms_closed;
} listener;

static void *listener_run(void *arg) {
    listener *l = arg;
    mc_event event;
    for (;;) {
        const bool over = atomic_load(&l->over);
        if (!mc_core_poll_event(l->core, &event, 100)) {
            if (over)
                return NULL;
            continue;
        }
        l->n_opened += event.kind == MC_EV_OPENED;
        l->n_closed += event.kind == MC_EV_CLOSED;
        l->n_rooms_closed += event.kind == MC_EV_ROOM_CLOSED;
    }
}

/* ---- the tests ---- */

/* Who would not notice a stranger proves nothing. */
static void test_a_stranger_is_noticed(void) {
    static churn c;
    static sock s = {.fd = -1};
    int error;
    uint8_t message[MC_HEAR_HEADER_BYTES + 2 + 320] = {MC_WIRE_HEAR, 1};
    s.ears[0] = opus_decoder_create(48000, 1, &error);
    for (uint32_t index = 0; index < ROOMS; index++) {
        const tone *t = &tones[index];
        for (uint32_t other = 0; other < 2; other++) {
            const room r = {.id = 1, .index = (index + other) % ROOMS};
            c.n_strangers = c.n_own_tone = 0;
            opus_decoder_ctl(s.ears[0], OPUS_RESET_STATE);
            for (int i = 0; i < TONE_PACKETS; i++) {
                mc_put_u16(message + MC_HEAR_HEADER_BYTES, t->len_bytes[i]);
                memcpy(message + MC_HEAR_HEADER_BYTES + 2, t->packets[i], t->len_bytes[i]);
                hear(&c, &r, &s, message, MC_HEAR_HEADER_BYTES + 2U + t->len_bytes[i]);
            }
            CHECK_EQ_INT(c.n_unexpected, 0);
            if (other)
                CHECK(c.n_strangers >= TONE_PACKETS - 1 && c.n_own_tone == 0);
            else
                CHECK(c.n_strangers == 0 && c.n_own_tone >= TONE_PACKETS - 1);
        }
    }
    opus_decoder_destroy(s.ears[0]);
}

static uint32_t n_to_do(void) {
    const char *wanted = getenv("CHURN");
    return wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 600;
}

static void begin(churn *c, mc_core *core, uint32_t number) {
    *c = (churn){
        .core = core, .number = number, .random = number, .n_to_do = (n_to_do() + THREADS - 1) / THREADS};
    c->next_person = number * 1000000ULL;
    c->next_room = number * 1000000ULL;
    for (uint32_t i = 0; i < ROOMS_EACH; i++) {
        c->rooms[i].index = number * ROOMS_EACH + i;
        open_room(c, &c->rooms[i]);
        for (int k = 0; k < 3; k++)
            join(c, &c->rooms[i]);
    }
    c->n_joins = 0; /* those who are there from the beginning did not come */
    CHECK_EQ_INT(c->n_unexpected, 0);
}

static void test_rooms_never_meet(void) {
    static churn churns[THREADS];
    mc_core_config config;
    mc_core_config_default(&config);
    config.n_loops = config.n_mixers = 2;
    config.application = MC_LOW_DELAY;
    config.complexity = 0;
    config.idle_ms = config.text_stall_ms = PATIENCE_MS;
    mc_core *core;
    CHECK_EQ_INT(mc_core_new(&config, &core), 0);
    listener l = {.core = core};
    CHECK_EQ_INT(pthread_create(&l.thread, NULL, listener_run, &l), 0);
    for (uint32_t i = 0; i < THREADS; i++)
        begin(&churns[i], core, i);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ_INT(pthread_create(&churns[i].thread, NULL, churn_run, &churns[i]), 0);

    churn all = {0};
    for (int i = 0; i < THREADS; i++) {
        const churn *c = &churns[i];
        pthread_join(c->thread, NULL);
        all.n_joins += c->n_joins, all.n_leaves += c->n_leaves, all.n_roles += c->n_roles;
        all.n_kicks += c->n_kicks, all.n_reopened += c->n_reopened;
        all.n_own_tone += c->n_own_tone, all.n_own_text += c->n_own_text;
        all.n_strangers += c->n_strangers, all.n_unexpected += c->n_unexpected;
    }
    atomic_store(&l.over, true);
    pthread_join(l.thread, NULL);
    printf("%u joins, %u leaves, %u roles, %u kicks, %u rooms begun again; %u frames of the own tone, %u own "
           "texts: ",
           all.n_joins, all.n_leaves, all.n_roles, all.n_kicks, all.n_reopened, all.n_own_tone,
           all.n_own_text);
    CHECK(n_happened(&all) >= n_to_do());
    CHECK_EQ_INT(all.n_strangers, 0);
    CHECK_EQ_INT(all.n_unexpected, 0);
    CHECK(all.n_own_tone > n_to_do() / 4 && all.n_own_text > 0);

    mc_counters counters;
    mc_core_counters(core, &counters);
    CHECK_EQ_INT(counters.conns, 0);
    CHECK_EQ_INT(counters.rooms, 0);
    CHECK_EQ_INT(counters.events_dropped, 0);
    CHECK_EQ_INT(counters.closed_protocol + counters.closed_policy + counters.closed_stalled +
                     counters.closed_idle,
                 0);
    CHECK_EQ_INT(l.n_opened, counters.conns_adopted);
    CHECK_EQ_INT(l.n_closed, counters.conns_adopted);
    CHECK_EQ_INT(l.n_rooms_closed, ROOMS + all.n_reopened);
    mc_core_free(core);
}

int main(void) {
    for (uint32_t i = 0; i < ROOMS; i++)
        tone_init(i);
    test_a_stranger_is_noticed();
    test_rooms_never_meet();
    return check_report();
}

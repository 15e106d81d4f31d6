/*
 * Many listeners of one room in one process, to measure whoever serves them.
 *
 *     hearers PORT LISTENERS SETTLE_S MEASURE_S SERVER_PID [PACE]
 *
 * Connects, asks to LISTEN (PACE frames a message, 1 unless it says), hears for SETTLE_S without and for MEASURE_S with counting, and prints one line of JSON:
 * frames heard and the messages they came in, frames lost (a gap in a listener's ticks), listeners that were cut off,
 * delays, and the CPU time the server spent meanwhile. A frame is due 20 ms after the one before it; its delay is against
 * the frame that came soonest in the whole window. The spread of a tick is the time from the first to the last listener
 * who gets a message that ends with it. Messages are those of docs/protocol.md, without a handshake.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "wire.h"

enum {
    BATCH = 100, /* as many may wait in the server's listen queue */
    PATIENCE_S = 10,
    EVENTS = 512,
    RECEIVE_BYTES = 1 << 16,
    MESSAGE_BYTES = 1 << 13, /* 50 frames of speech are less */
    BIN_US = 100,
    BINS = 200000, /* 20 s */
    TICK_US = MC_TICK_MS * 1000,
    SPREADS = 1 << 14, /* ticks: 5 minutes */
    SETTLING = 10,     /* ticks at the end that not everybody has yet */
};

typedef struct {
    int fd;
    bool heard;
    uint32_t next_tick;
    uint32_t rest_bytes; /* of a message that came in part */
    uint8_t rest[MESSAGE_BYTES];
} hearer;

/* Lateness is arrival less 20 ms a tick, in bins from an origin that lies well before the first. */
static struct {
    bool counting, begun;
    int64_t origin_us, soonest_us, latest_us;
    uint64_t frames, messages, lost, cut_off;
    uint64_t bins[BINS];
    uint32_t newest_tick;
} tally;

/* ---- counting ---- */

/* When a tick was heard by the first and by the last. */
static struct {
    uint32_t tick;
    int64_t first_us, last_us;
} spreads[SPREADS];

static void note_spread(uint32_t tick, int64_t at_us) {
    uint32_t i = tick % SPREADS;
    if (spreads[i].tick != tick || !spreads[i].first_us) {
        spreads[i].tick = tick;
        spreads[i].first_us = at_us;
    }
    spreads[i].last_us = at_us;
}

static int by_size(const void *a, const void *b) {
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double spread_ms(double share) {
    static double values[SPREADS];
    size_t n = 0;
    for (uint32_t i = 0; i < SPREADS; i++)
        if (spreads[i].first_us && (int32_t)(tally.newest_tick - spreads[i].tick) > SETTLING)
            values[n++] = (double)(spreads[i].last_us - spreads[i].first_us) / 1000;
    qsort(values, n, sizeof *values, by_size);
    return n ? values[(size_t)((double)(n - 1) * share)] : 0;
}

static void begin_tally(int64_t late_us) {
    tally.begun = true;
    tally.origin_us = late_us - (int64_t)BINS / 2 * BIN_US;
    tally.soonest_us = tally.latest_us = late_us;
}

static void note_delay(uint32_t tick, int64_t at_us) {
    int64_t late_us = at_us - (int64_t)tick * TICK_US;
    if (!tally.begun)
        begin_tally(late_us);
    if (late_us < tally.soonest_us)
        tally.soonest_us = late_us;
    if (late_us > tally.latest_us)
        tally.latest_us = late_us;
    int64_t bin = (late_us - tally.origin_us) / BIN_US;
    tally.bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
    tally.frames++;
}

static void note_frame(hearer *h, uint32_t tick, int64_t at_us) {
    if (tally.counting) {
        tally.lost += h->heard && (int32_t)(tick - h->next_tick) > 0 ? tick - h->next_tick : 0;
        note_delay(tick, at_us);
    }
    if ((int32_t)(tick - tally.newest_tick) > 0)
        tally.newest_tick = tick;
    h->heard = true;
    h->next_tick = tick + 1;
}

/* Who has not got by the end what others have heard is that late at least. */
static void note_outstanding(const hearer *hearers, long n) {
    int64_t at_us = now_us();
    for (long i = 0; i < n; i++)
        for (uint32_t tick = hearers[i].next_tick; hearers[i].heard && tick <= tally.newest_tick; tick++)
            note_delay(tick, at_us);
}

static double delay_ms(double share) {
    uint64_t wanted = (uint64_t)((double)tally.frames * share), seen = 0;
    for (int64_t bin = 0; bin < BINS; bin++)
        if ((seen += tally.bins[bin]) > wanted)
            return (double)(tally.origin_us + bin * BIN_US + BIN_US - tally.soonest_us) / 1000;
    return (double)(tally.latest_us - tally.soonest_us) / 1000;
}

/* ---- receiving ---- */

/* One unmasked frame at the head of the bytes (RFC 6455 section 5.2). Returns its size, 0 while it is not whole. */
static size_t read_frame(const uint8_t *bytes, size_t len_bytes, const uint8_t **payload,
                         size_t *payload_bytes) {
    bool is_long = len_bytes >= 2 && bytes[1] == 126;
    size_t head = is_long ? 4 : 2;
    if (len_bytes < head)
        return 0;
    *payload = bytes + head;
    *payload_bytes = is_long ? mc_get_u16(bytes + 2) : bytes[1];
    return len_bytes < head + *payload_bytes ? 0 : head + *payload_bytes;
}

static void hear(hearer *h, const uint8_t *message, size_t len_bytes, int64_t at_us) {
    if (len_bytes < MC_HEAR_HEADER_BYTES || message[0] != MC_WIRE_HEAR)
        return;
    uint32_t tick = mc_get_u32(message + 4);
    tally.messages += tally.counting;
    for (uint8_t i = 0; i < message[1]; i++)
        note_frame(h, tick + i, at_us);
    if (tally.counting)
        note_spread(tick + message[1] - 1, at_us);
}

static void cut_off(hearer *h) {
    close(h->fd);
    tally.cut_off++;
}

static void receive(hearer *h) {
    static uint8_t bytes[MESSAGE_BYTES + RECEIVE_BYTES];
    memcpy(bytes, h->rest, h->rest_bytes);
    ssize_t n = recv(h->fd, bytes + h->rest_bytes, RECEIVE_BYTES, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            cut_off(h);
        return;
    }
    int64_t at_us = now_us();
    const uint8_t *at = bytes, *end = bytes + h->rest_bytes + n, *payload;
    size_t used, payload_bytes;
    for (; (used = read_frame(at, (size_t)(end - at), &payload, &payload_bytes)); at += used)
        hear(h, payload, payload_bytes, at_us);
    h->rest_bytes = (uint32_t)(end - at);
    if (h->rest_bytes > MESSAGE_BYTES)
        errx(EXIT_FAILURE, "a message that is too long");
    memcpy(h->rest, at, h->rest_bytes);
}

static void hear_until(int epoll_fd, int64_t until_us) {
    for (int64_t left_us; (left_us = until_us - now_us()) > 0;) {
        struct epoll_event ready[EVENTS];
        int n = epoll_wait(epoll_fd, ready, EVENTS, (int)(left_us / 1000) + 1);
        for (int i = 0; i < n; i++)
            receive(ready[i].data.ptr);
    }
}

/* ---- connecting ---- */

static int connect_to(uint16_t port) {
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        err(EXIT_FAILURE, "connect");
    return fd;
}

/* A server greets with STATE: then it has accepted. */
static void await_greeting(int fd) {
    uint8_t greeting[2 + MC_STATE_BYTES];
    if (recv(fd, greeting, sizeof greeting, MSG_WAITALL) != sizeof greeting || greeting[2] != MC_WIRE_STATE)
        errx(EXIT_FAILURE, "not greeted with STATE");
}

static void connect_all(hearer *hearers, long n, uint16_t port, int epoll_fd) {
    for (long first = 0; first < n; first += BATCH) {
        long end = first + BATCH < n ? first + BATCH : n;
        for (long i = first; i < end; i++)
            hearers[i].fd = connect_to(port);
        for (long i = first; i < end; i++) {
            await_greeting(hearers[i].fd);
            struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &hearers[i]};
            epoll_ctl(epoll_fd, EPOLL_CTL_ADD, hearers[i].fd, &wanted);
        }
    }
}

/* Masked with a key of zeros. */
static void listen_all(const hearer *hearers, long n, uint8_t pace_frames) {
    const uint8_t frame[] = {0x82, 0x84, 0, 0, 0, 0, MC_WIRE_LISTEN, 1, pace_frames, 0};
    for (long i = 0; i < n; i++)
        if (send(hearers[i].fd, frame, sizeof frame, MSG_NOSIGNAL) != sizeof frame)
            err(EXIT_FAILURE, "send");
}

static void print_tally(double took_s, double server_cpu_s) {
    printf("{\"seconds\": %.3f, \"frames\": %lu, \"messages\": %lu, \"lost\": %lu, \"cut_off\": %lu, ",
           took_s, tally.frames, tally.messages, tally.lost, tally.cut_off);
    printf("\"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f, ", delay_ms(0.50), delay_ms(0.99), delay_ms(1));
    printf("\"spread_p50_ms\": %.2f, \"spread_p99_ms\": %.2f, \"server_cpu_s\": %.6f}\n", spread_ms(0.50),
           spread_ms(0.99), server_cpu_s);
}

static void measure(const hearer *hearers, long n, int epoll_fd, double measure_s, pid_t server) {
    double cpu_before_s = cpu_s(server);
    int64_t begun_us = now_us();
    tally.counting = true;
    hear_until(epoll_fd, begun_us + (int64_t)(measure_s * 1e6));
    double spent_s = cpu_s(server) - cpu_before_s, took_s = (double)(now_us() - begun_us) / 1e6;
    note_outstanding(hearers, n);
    print_tally(took_s, spent_s);
}

int main(int argc, char **argv) {
    if (argc < 6)
        errx(EXIT_FAILURE, "PORT LISTENERS SETTLE_S MEASURE_S SERVER_PID [PACE]");
    long n = atol(argv[2]);
    hearer *hearers = calloc((size_t)n + 1, sizeof *hearers);
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!hearers || epoll_fd < 0)
        err(EXIT_FAILURE, "%ld listeners", n);
    connect_all(hearers, n, (uint16_t)atoi(argv[1]), epoll_fd);
    listen_all(hearers, n, argc > 6 ? (uint8_t)atoi(argv[6]) : 1);
    hear_until(epoll_fd, now_us() + (int64_t)(atof(argv[3]) * 1e6));
    measure(hearers, n, epoll_fd, atof(argv[4]), (pid_t)atoi(argv[5]));
}

/*
 * Many listeners of one stream in one process, whatever protocol wraps it: to measure servers that pass on what
 * they are given.
 *
 *     marked PORT LISTENERS SETTLE_S MEASURE_S SERVER_PID < OPENING
 *
 * Connects, sends the opening (in which ###### becomes the listener's number), and looks for frames in what comes: a frame
 * begins with a mark, its number and the time at which it was sent (support/marks.py). Once everybody has heard one, hears
 * for SETTLE_S without and for MEASURE_S with counting, and prints one line of JSON: frames, frames lost (a gap in a
 * listener's numbers), listeners that were cut off or heard nothing, delays since the frames were sent, and the CPU time
 * the server spent meanwhile. marked_tls.c is the same over TLS, and trusts anybody.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

#include "clocks.h"

enum {
    CONNECT_US = 7000, /* one each: a server's queue of those who knock is short */
    PATIENCE_S = 10,
    EVENTS = 512,
    RECEIVE_BYTES = 1 << 16,
    OPENING_BYTES = 1 << 12,
    MARK_BYTES = 8,
    FRAME_BYTES = MARK_BYTES + 4 + 8,
    BIN_US = 100,
    BINS = 200000, /* 20 s */
};

static const uint8_t mark[MARK_BYTES] = {0xf0, 'P', 'a', 'r', 'l', 'e', 'y', 0x0f};

typedef struct {
    int fd;
    bool heard;
    uint32_t next;
    uint32_t rest_bytes; /* a frame that came in part */
    uint8_t rest[FRAME_BYTES];
#ifdef WITH_TLS
    SSL *tls;
#endif
} listener;

static struct {
    bool counting;
    long n_hearing;
    uint64_t frames, lost, cut_off;
    uint64_t bins[BINS];
    int64_t latest_us;
} tally;

/* ---- counting ---- */

static void note_frame(listener *l, uint32_t number, int64_t sent_us, int64_t at_us) {
    if (tally.counting) {
        int64_t bin = (at_us - sent_us) / BIN_US;
        tally.lost += l->heard && (int32_t)(number - l->next) > 0 ? number - l->next : 0;
        tally.bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
        tally.latest_us = at_us - sent_us > tally.latest_us ? at_us - sent_us : tally.latest_us;
        tally.frames++;
    }
    tally.n_hearing += !l->heard;
    l->heard = true;
    l->next = number + 1;
}

static double delay_ms(double share) {
    uint64_t wanted = (uint64_t)((double)tally.frames * share), seen = 0;
    for (int64_t bin = 0; bin < BINS; bin++)
        if ((seen += tally.bins[bin]) > wanted)
            return (double)(bin + 1) * BIN_US / 1000;
    return (double)tally.latest_us / 1000;
}

/* ---- receiving ---- */

static ssize_t take(listener *l, uint8_t *to) {
#ifdef WITH_TLS
    int n = SSL_read(l->tls, to, RECEIVE_BYTES);
    errno = n > 0 || SSL_get_error(l->tls, n) == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return n > 0 ? n : -1;
#else
    return recv(l->fd, to, RECEIVE_BYTES, MSG_DONTWAIT);
#endif
}

static void look_for_frames(listener *l, const uint8_t *bytes, size_t len_bytes) {
    const uint8_t *at = bytes, *end = bytes + len_bytes, *found;
    int64_t at_us = now_us();
    while ((found = memmem(at, (size_t)(end - at), mark, MARK_BYTES)) && end - found >= FRAME_BYTES) {
        uint32_t number;
        int64_t sent_us;
        memcpy(&number, found + MARK_BYTES, sizeof number);
        memcpy(&sent_us, found + MARK_BYTES + sizeof number, sizeof sent_us);
        note_frame(l, number, sent_us, at_us);
        at = found + FRAME_BYTES;
    }
    if (end - at > FRAME_BYTES - 1)
        at = end - (FRAME_BYTES - 1);
    l->rest_bytes = (uint32_t)(end - at);
    memcpy(l->rest, at, l->rest_bytes);
}

static void receive(listener *l) {
    static uint8_t bytes[FRAME_BYTES + RECEIVE_BYTES];
    for (;;) {
        memcpy(bytes, l->rest, l->rest_bytes);
        ssize_t n = take(l, bytes + l->rest_bytes);
        if (n > 0) {
            look_for_frames(l, bytes, l->rest_bytes + (size_t)n);
            continue;
        }
        if (n == 0 || errno != EAGAIN) {
            close(l->fd);
            tally.cut_off++;
        }
        return;
    }
}

/* Until then, or until so many hear something. */
static void hear_until(int epoll_fd, int64_t until_us, long n_wanted) {
    for (int64_t left_us; (left_us = until_us - now_us()) > 0 && tally.n_hearing < n_wanted;) {
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
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(EXIT_FAILURE, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void put(listener *l, const char *bytes, size_t len_bytes) {
#ifdef WITH_TLS
    if (SSL_write(l->tls, bytes, (int)len_bytes) != (int)len_bytes)
        errx(EXIT_FAILURE, "the opening was not sent");
#else
    if (send(l->fd, bytes, len_bytes, MSG_NOSIGNAL) != (ssize_t)len_bytes)
        err(EXIT_FAILURE, "the opening was not sent");
#endif
}

static void begin_tls(listener *l) {
#ifdef WITH_TLS
    static SSL_CTX *context;
    if (!context)
        context = SSL_CTX_new(TLS_client_method());
    l->tls = SSL_new(context);
    SSL_set_fd(l->tls, l->fd);
    if (SSL_connect(l->tls) != 1)
        errx(EXIT_FAILURE, "no TLS");
#else
    (void)l;
#endif
}

static void enter(listener *l, long number, uint16_t port, const char *opening, size_t len_bytes,
                  int epoll_fd) {
    char own[OPENING_BYTES], digits[7];
    memcpy(own, opening, len_bytes);
    snprintf(digits, sizeof digits, "%06ld", number % 1000000);
    char *place = memmem(own, len_bytes, "######", 6);
    if (place)
        memcpy(place, digits, 6);
    l->fd = connect_to(port);
    begin_tls(l);
    put(l, own, len_bytes);
    fcntl(l->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, l->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = l});
}

int main(int argc, char **argv) {
    if (argc < 6)
        errx(EXIT_FAILURE, "PORT LISTENERS SETTLE_S MEASURE_S SERVER_PID < OPENING");
    long n = atol(argv[2]);
    char opening[OPENING_BYTES];
    size_t len_bytes = fread(opening, 1, sizeof opening, stdin);
    listener *listeners = calloc((size_t)n, sizeof *listeners);
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!listeners || epoll_fd < 0)
        err(EXIT_FAILURE, "%ld listeners", n);
    for (long i = 0; i < n; i++) {
        enter(&listeners[i], i, (uint16_t)atoi(argv[1]), opening, len_bytes, epoll_fd);
        hear_until(epoll_fd, now_us() + CONNECT_US, n + 1);
    }
    hear_until(epoll_fd, now_us() + PATIENCE_S * 1000000, n);
    hear_until(epoll_fd, now_us() + (int64_t)(atof(argv[3]) * 1e6), n + 1);
    double cpu_before_s = cpu_s((pid_t)atoi(argv[5]));
    int64_t begun_us = now_us();
    tally.counting = true;
    hear_until(epoll_fd, begun_us + (int64_t)(atof(argv[4]) * 1e6), n + 1);
    double spent_s = cpu_s((pid_t)atoi(argv[5])) - cpu_before_s, took_s = (double)(now_us() - begun_us) / 1e6;
    printf("{\"seconds\": %.3f, \"frames\": %lu, \"lost\": %lu, \"cut_off\": %lu, ", took_s, tally.frames,
           tally.lost, tally.cut_off + (uint64_t)(n - tally.n_hearing));
    printf("\"p50_ms\": %.1f, \"p99_ms\": %.1f, \"server_cpu_s\": %.6f}\n", delay_ms(0.50), delay_ms(0.99),
           spent_s);
}

/*
 * The least that can be done for listeners of one stream, as the yardstick for fan-out: an epoll loop that sends everyone
 * the same message each 20 ms, one send() a listener. No mixing, no queue, no limits; who cannot take a whole message is
 * cut off. When it is late it sends what is due frame by frame; with the argument "coalesce" in one message.
 *
 * Prints its port. Greets with STATE, begins when someone sends anything (their LISTEN).
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "wire.h"
#include "ws_frame.h"

enum { FRAME_BYTES = 77 /* with its length */, EVENTS = 256, MOST = 20000, BACKLOG = 1024, TICK_NS = MC_TICK_MS * 1000000 };

typedef struct {
    int fd;
    bool listening;
} client;

static client *clients[MOST];
static uint32_t n_clients;
static bool coalesces;

static void cut_off(client *c) {
    close(c->fd);
    c->fd = -1;
}

static void greet(int fd) {
    uint8_t frame[2 + MC_STATE_BYTES];
    mc_ws_write_header(frame, MC_WS_BINARY, MC_STATE_BYTES);
    mc_wire_write_state(frame + 2, MC_LISTENER, 0, MC_NO_SEAT, 0);
    send(fd, frame, sizeof frame, MSG_NOSIGNAL);
}

static void admit(int listener, int epoll_fd) {
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    client *c = calloc(1, sizeof *c);
    if (fd < 0 || !c || n_clients == MOST)
        err(EXIT_FAILURE, "accept");
    c->fd = fd;
    clients[n_clients++] = c;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
    greet(fd);
}

static void receive(client *c) {
    uint8_t bytes[256];
    if (recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        c->listening = true;
    else
        cut_off(c);
}

/* One message of n ticks. */
static void send_ticks(uint32_t tick, uint8_t n) {
    uint8_t message[4 + MC_HEAR_HEADER_BYTES + MC_HEAR_MAX_FRAMES * FRAME_BYTES] = {0};
    size_t payload_bytes = MC_HEAR_HEADER_BYTES + n * (size_t)FRAME_BYTES;
    size_t head_bytes = mc_ws_write_header(message, MC_WS_BINARY, payload_bytes);
    mc_wire_write_hear(message + head_bytes, n, MC_STREAM_SHARED, 0, tick);
    for (uint8_t i = 0; i < n; i++)
        mc_put_u16(message + head_bytes + MC_HEAR_HEADER_BYTES + i * FRAME_BYTES, FRAME_BYTES - 2);
    ssize_t len_bytes = (ssize_t)(head_bytes + payload_bytes);
    for (uint32_t i = 0; i < n_clients; i++)
        if (clients[i]->listening && clients[i]->fd >= 0 &&
            send(clients[i]->fd, message, (size_t)len_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) != len_bytes)
            cut_off(clients[i]);
}

/* Also the ticks it is late for. */
static void send_due(int timer_fd) {
    static uint32_t tick;
    uint64_t n_due;
    if (read(timer_fd, &n_due, sizeof n_due) != sizeof n_due)
        return;
    uint8_t most = coalesces ? MC_HEAR_MAX_FRAMES : 1;
    for (uint8_t n; n_due; n_due -= n, tick += n) {
        n = n_due < most ? (uint8_t)n_due : most;
        send_ticks(tick, n);
    }
}

static int listen_here(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&here, size) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&here, &size) < 0)
        err(EXIT_FAILURE, "listen");
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv) {
    coalesces = argc > 1 && strcmp(argv[1], "coalesce") == 0;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC), listener = listen_here();
    int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    timerfd_settime(timer_fd, 0, &(struct itimerspec){{0, TICK_NS}, {0, TICK_NS}}, NULL);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = &listener});
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = &timer_fd});
    for (;;) {
        struct epoll_event ready[EVENTS];
        int n = epoll_wait(epoll_fd, ready, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr == &listener)
                admit(listener, epoll_fd);
            else if (ready[i].data.ptr == &timer_fd)
                send_due(timer_fd);
            else
                receive(ready[i].data.ptr);
        }
    }
}

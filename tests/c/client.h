/*
 * The other end of an adopted socket, as small as a test needs it: sends masked frames, reads whole messages.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

enum { CLIENT_PATIENCE_MS = 5000, CLIENT_MESSAGE_BYTES = 1 << 17 };

typedef struct {
    int opcode; /* of the frame; -1: the socket ended or said nothing for CLIENT_PATIENCE_MS */
    uint64_t len_bytes;
    uint8_t payload[CLIENT_MESSAGE_BYTES];
} client_message;

/* Two ends of a stream: the core's, and the test's. */
static inline int client_pair(int *ours) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        abort();
    *ours = ends[1];
    return ends[0];
}

static inline bool client_read_exactly(int fd, void *to, size_t n) {
    for (size_t done = 0; done < n;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, CLIENT_PATIENCE_MS) <= 0)
            return false;
        ssize_t got = read(fd, (uint8_t *)to + done, n - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* The next frame; servers do not fragment. */
static inline client_message *client_read(int fd) {
    static _Thread_local client_message message;
    uint8_t head[2], length[8];
    message.opcode = -1;
    if (!client_read_exactly(fd, head, 2))
        return &message;
    message.len_bytes = head[1];
    if (head[1] >= 126) {
        int n = head[1] == 126 ? 2 : 8;
        if (!client_read_exactly(fd, length, (size_t)n))
            return &message;
        message.len_bytes = 0;
        for (int i = 0; i < n; i++)
            message.len_bytes = message.len_bytes << 8 | length[i];
    }
    if (message.len_bytes > sizeof message.payload ||
        !client_read_exactly(fd, message.payload, message.len_bytes))
        return &message;
    message.opcode = head[0] & 15;
    return &message;
}

/* Reads on until a frame of this opcode and, for binary ones, of this kind. */
static inline client_message *client_await(int fd, int opcode, int kind) {
    client_message *message;
    do
        message = client_read(fd);
    while (message->opcode >= 0 && (message->opcode != opcode || (kind && message->payload[0] != kind)));
    return message;
}

/* Reads on until the Close; its code, or -1. */
static inline int client_close_code(int fd) {
    const client_message *message = client_await(fd, 8, 0);
    return message->opcode == 8 && message->len_bytes >= 2 ? mc_get_u16(message->payload) : -1;
}

static inline void client_send_raw(int fd, const void *bytes, size_t n) {
    if (send(fd, bytes, n, MSG_NOSIGNAL) < 0)
        return;
}

static inline void client_send(int fd, int opcode, const void *payload, size_t n) {
    static const uint8_t mask[4] = {1, 2, 3, 4};
    uint8_t *frame = malloc(n + 14);
    if (!frame)
        abort();
    size_t at = 2;
    frame[0] = (uint8_t)(0x80 | opcode);
    frame[1] = (uint8_t)(0x80 | (n < 126 ? n : 126));
    if (n >= 126)
        mc_put_u16(frame + 2, (uint16_t)n), at = 4;
    memcpy(frame + at, mask, 4);
    for (size_t i = 0; i < n; i++)
        frame[at + 4 + i] = ((const uint8_t *)payload)[i] ^ mask[i % 4];
    client_send_raw(fd, frame, at + 4 + n);
    free(frame);
}

static inline void client_listen(int fd) {
    client_send(fd, 2, (uint8_t[]){MC_WIRE_LISTEN, 1, 1, 0}, 4);
}

static inline void client_talk(int fd, const mc_talk_frame *frame) {
    uint8_t message[10 + 1275] = {MC_WIRE_TALK, 1};
    mc_put_u16(message + 2, frame->sequence);
    mc_put_u32(message + 4, frame->timestamp);
    mc_put_u16(message + 8, frame->len_bytes);
    memcpy(message + 10, frame->payload, frame->len_bytes);
    client_send(fd, 2, message, 10 + (size_t)frame->len_bytes);
}

#endif

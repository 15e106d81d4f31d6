#include "conn.h"

#include "echo.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    UNSENT_BYTES = 4096,    /* the kernel's backlog for a slow listener: under a second of audio */
    CLOSE_ANSWER_MS = 2000, /* RFC 6455 section 7.1.1: the peer should have time to close */
};

static const mc_ws_limits limits = {.max_text_bytes = MC_ECHO ? MC_ECHO_MAX_BYTES : 1024,
                                    .max_binary_bytes = MC_ECHO ? MC_ECHO_MAX_BYTES : 8192};

double mc_bucket_take(mc_bucket *bucket, double per_s, uint64_t now_ms) {
    bucket->tokens += (double)(now_ms - bucket->filled_ms) * per_s / 1000;
    if (bucket->filled_ms == 0 || bucket->tokens > per_s)
        bucket->tokens = per_s;
    bucket->filled_ms = now_ms;
    return bucket->tokens -= 1;
}

/* Options are wishes: a socket that knows none of them works too. */
static void set_options(int fd) {
    int on = 1;
    int unsent_bytes = UNSENT_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof unsent_bytes);
}

mc_conn *mc_conn_new(int fd, uint64_t id, uint64_t person, uint64_t now_ms) {
    mc_conn *conn = calloc(1, sizeof *conn);
    int flags = fcntl(fd, F_GETFL);
    if (!conn || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        free(conn);
        close(fd);
        return NULL;
    }
    set_options(fd);
    conn->fd = fd;
    conn->id = id;
    conn->person = person;
    conn->opened_ms = conn->heard_from_ms = now_ms;
    conn->pace_frames = 1;
    mc_ws_reader_init(&conn->reader, &limits);
    return conn;
}

static int keep_rest(mc_conn *conn, const uint8_t *bytes, uint32_t len_bytes) {
    conn->rest = malloc(len_bytes);
    if (!conn->rest)
        return MC_E_MEMORY;
    memcpy(conn->rest, bytes, len_bytes);
    conn->rest_at = 0;
    conn->rest_bytes = len_bytes;
    return 0;
}

int mc_conn_make_plain(mc_conn *conn, uint32_t tick, uint16_t fill_bytes) {
    uint8_t headers[MC_OGG_HEADERS_BYTES];
    conn->is_plain = conn->listening = true;
    conn->cursor = tick;
    size_t len_bytes = mc_plain_begin(&conn->plain, (uint32_t)conn->id, tick, fill_bytes, headers);
    return keep_rest(conn, headers, (uint32_t)len_bytes);
}

void mc_conn_free(mc_conn *conn) {
    if (conn->fd >= 0)
        close(conn->fd);
    for (uint32_t i = 0; i < conn->n_queued; i++)
        mc_blob_release(conn->queue[(conn->queue_first + i) % conn->n_queue_room]);
    mc_ws_reader_deinit(&conn->reader);
    free(conn->queue);
    free(conn->rest);
    free(conn);
}

uint64_t mc_conn_waiting_bytes(const mc_conn *conn) {
    uint64_t n = conn->rest ? conn->rest_bytes - conn->rest_at : 0;
    for (uint32_t i = 0; i < conn->n_queued; i++)
        n += conn->queue[(conn->queue_first + i) % conn->n_queue_room]->len_bytes;
    return n - conn->sent_bytes;
}

static int grow_queue(mc_conn *conn) {
    uint32_t n_room = conn->n_queue_room ? conn->n_queue_room * 2 : 4;
    mc_blob **queue = malloc(n_room * sizeof(mc_blob *));
    if (!queue)
        return MC_E_MEMORY;
    for (uint32_t i = 0; i < conn->n_queued; i++)
        queue[i] = conn->queue[(conn->queue_first + i) % conn->n_queue_room];
    free(conn->queue);
    conn->queue = queue;
    conn->queue_first = 0;
    conn->n_queue_room = n_room;
    return 0;
}

int mc_conn_queue(mc_conn *conn, mc_blob *blob, uint64_t now_ms) {
    if (conn->state != MC_CONN_OPEN || conn->is_plain)
        return 0;
    if (conn->n_queued == conn->n_queue_room && grow_queue(conn) < 0)
        return MC_E_MEMORY;
    if (conn->n_queued == 0)
        conn->stalled_since_ms = now_ms;
    conn->queue[(conn->queue_first + conn->n_queued++) % conn->n_queue_room] = mc_blob_hold(blob);
    return 0;
}

/* Returns the bytes taken, 0 when the socket is full, MC_E_SYSTEM when it is broken. */
static ssize_t send_some(mc_conn *conn, const uint8_t *bytes, size_t len_bytes, mc_counters *counters) {
    ssize_t n;
    do
        n = send(conn->fd, bytes, len_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return MC_E_SYSTEM;
    conn->blocked = n < (ssize_t)len_bytes;
    if (n <= 0)
        return 0;
    counters->bytes_out += (uint64_t)n;
    return n;
}

static int send_rest(mc_conn *conn, mc_counters *counters) {
    if (!conn->rest)
        return 0;
    ssize_t n = send_some(conn, conn->rest + conn->rest_at, conn->rest_bytes - conn->rest_at, counters);
    if (n < 0)
        return MC_E_SYSTEM;
    conn->rest_at += (uint32_t)n;
    if (conn->rest_at == conn->rest_bytes) {
        free(conn->rest);
        conn->rest = NULL;
    }
    return 0;
}

static void drop_first_blob(mc_conn *conn, uint64_t now_ms) {
    mc_blob_release(conn->queue[conn->queue_first]);
    conn->queue_first = (conn->queue_first + 1) % conn->n_queue_room;
    conn->sent_bytes = 0;
    conn->stalled_since_ms = --conn->n_queued ? now_ms : 0;
}

static int send_queue(mc_conn *conn, uint64_t now_ms, mc_counters *counters) {
    while (conn->n_queued && !conn->blocked) {
        const mc_blob *blob = conn->queue[conn->queue_first];
        ssize_t n =
            send_some(conn, blob->bytes + conn->sent_bytes, blob->len_bytes - conn->sent_bytes, counters);
        if (n < 0)
            return MC_E_SYSTEM;
        conn->sent_bytes += (uint32_t)n;
        if (conn->sent_bytes < blob->len_bytes)
            break;
        drop_first_blob(conn, now_ms);
        counters->messages_out++;
    }
    return 0;
}

static int send_audio(mc_conn *conn, const mc_outbox *shared, const mc_outbox *own, mc_batch *batch,
                      uint32_t max_ticks, mc_counters *counters) {
    counters->frames_dropped += mc_outbox_catch_up(shared, &conn->cursor, max_ticks);
    mc_batch_build(batch, shared, own, conn->cursor);
    if (batch->len_bytes == 0) {
        conn->cursor = batch->to_tick;
        return 0;
    }
    ssize_t n = send_some(conn, batch->bytes, batch->len_bytes, counters);
    if (n <= 0)
        return n < 0 ? MC_E_SYSTEM : 0;
    conn->cursor = batch->to_tick;
    counters->messages_out += batch->n_messages;
    counters->frames_out += batch->n_frames;
    return n < batch->len_bytes ? keep_rest(conn, batch->bytes + n, batch->len_bytes - (uint32_t)n) : 0;
}

int mc_conn_flush(mc_conn *conn, const mc_outbox *shared, const mc_outbox *own, mc_batch *batch,
                  uint32_t max_ticks, uint64_t now_ms, mc_counters *counters) {
    conn->blocked = false;
    int status = send_rest(conn, counters);
    if (status == 0 && !conn->blocked)
        status = send_queue(conn, now_ms, counters);
    if (status == 0 && !conn->blocked && shared && conn->listening && conn->state == MC_CONN_OPEN)
        status = send_audio(conn, shared, own, batch, max_ticks, counters);
    if (status == 0 && conn->state == MC_CONN_CLOSING && !conn->n_queued && !conn->rest)
        shutdown(conn->fd, SHUT_WR);
    return status;
}

static int send_page(mc_conn *conn, const mc_outbox *shared, mc_ogg_page *page, uint32_t n_ticks, bool ends,
                     mc_counters *counters) {
    size_t len_bytes;
    const uint8_t *bytes = mc_plain_next(&conn->plain, page, shared, conn->cursor, n_ticks, ends, &len_bytes);
    conn->cursor += n_ticks;
    counters->messages_out++;
    counters->frames_out += n_ticks;
    ssize_t n = send_some(conn, bytes, len_bytes, counters);
    if (n < 0)
        return MC_E_SYSTEM;
    return n < (ssize_t)len_bytes ? keep_rest(conn, bytes + n, (uint32_t)(len_bytes - (size_t)n)) : 0;
}

static int send_pages(mc_conn *conn, const mc_outbox *shared, mc_ogg_page *page, uint32_t max_ticks,
                      mc_counters *counters) {
    int status = 0;
    counters->frames_dropped += mc_outbox_catch_up(shared, &conn->cursor, max_ticks);
    while (status == 0 && !conn->blocked && (int32_t)(shared->end_tick - conn->cursor) >= MC_PLAIN_TICKS)
        status = send_page(conn, shared, page, MC_PLAIN_TICKS, false, counters);
    if (status < 0 || conn->blocked || conn->state != MC_CONN_CLOSING || !conn->listening)
        return status;
    conn->listening = false;
    uint32_t n_left = shared->end_tick - conn->cursor;
    return send_page(conn, shared, page, n_left ? n_left : 1, true, counters);
}

int mc_conn_flush_plain(mc_conn *conn, const mc_outbox *shared, mc_ogg_page *page, uint32_t max_ticks,
                        uint64_t now_ms, mc_counters *counters) {
    uint64_t sent_bytes = counters->bytes_out;
    conn->blocked = false;
    int status = send_rest(conn, counters);
    if (status == 0 && !conn->blocked && conn->listening)
        status = send_pages(conn, shared, page, max_ticks, counters);
    if (counters->bytes_out != sent_bytes)
        conn->heard_from_ms = now_ms;
    if (status == 0 && conn->state == MC_CONN_CLOSING && !conn->listening && !conn->rest)
        shutdown(conn->fd, SHUT_WR);
    return status;
}

void mc_conn_close(mc_conn *conn, uint16_t code, const char *reason, uint64_t now_ms) {
    if (conn->state != MC_CONN_OPEN)
        return;
    mc_blob *blob = conn->is_plain ? NULL : mc_blob_close(code, reason);
    if (blob) {
        mc_conn_queue(conn, blob, now_ms);
        mc_blob_release(blob);
    }
    conn->state = MC_CONN_CLOSING;
    conn->listening = conn->is_plain; /* until its last page */
    conn->close_by_ms = now_ms + CLOSE_ANSWER_MS;
    conn->close_code = code;
    snprintf(conn->close_reason, sizeof conn->close_reason, "%s", reason);
}

void mc_conn_refuse(int fd, uint16_t code, const char *reason) {
    uint8_t frame[127];
    size_t len_bytes = mc_ws_write_close(frame, code, reason);
    send(fd, frame, len_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

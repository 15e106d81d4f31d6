#include "opus_file.h"

#include "file_io.h"
#include "mediacore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    WINDOW_BYTES = 256 * 1024,
    TOC_CELT_FULLBAND_20MS = 0xF8,
    SILENT_PAGE_BYTES = 27 + 2 * MC_OGG_PAGE_PACKETS,
    SILENT_PAGES = 64,
};

void mc_opus_file_init(mc_opus_file *file) {
    memset(file, 0, sizeof *file);
    file->fd = -1;
}

void mc_opus_file_deinit(mc_opus_file *file) {
    if (file->fd >= 0)
        close(file->fd); /* what was to be kept is synced; an error here has nothing to undo */
    mc_opus_file_init(file);
}

static int cut(mc_opus_file *file) {
    file->torn = mc_file_cut(file->fd, file->end) != 0;
    return file->torn ? MC_E_SYSTEM : 0;
}

/* Appends bytes that are whole pages, or nothing. */
static int append(mc_opus_file *file, const uint8_t *bytes, size_t len_bytes) {
    if (file->torn && cut(file))
        return MC_E_SYSTEM;
    if (mc_file_write(file->fd, bytes, len_bytes, file->end)) {
        int error = errno;
        cut(file);
        errno = error;
        return MC_E_SYSTEM;
    }
    file->end += len_bytes;
    file->n_bytes += len_bytes;
    file->unsynced = 1;
    return 0;
}

/* Looks from the end, a window at a time: a page that lies across two windows is whole in the second. */
static int find_end(int fd, uint64_t size, uint32_t serial, uint8_t *window, mc_ogg_found *last,
                    uint64_t *start) {
    uint64_t stop = size;
    do {
        *start = stop > WINDOW_BYTES ? stop - WINDOW_BYTES : 0;
        int status = mc_file_read(fd, window, stop - *start, *start);
        if (status)
            return status;
        if (mc_ogg_find_last(window, stop - *start, serial, last))
            return 0;
        stop = *start + MC_OGG_PAGE_BYTES;
    } while (*start > 0);
    return MC_E_CORRUPT;
}

static int take_up(mc_opus_file *file, uint64_t offset, const mc_ogg_found *last) {
    uint64_t n_packets = (last->granule + MC_TICK_SAMPLES - 1) / MC_TICK_SAMPLES;
    if (file->head.first_tick + n_packets > UINT32_MAX)
        return MC_E_CORRUPT;
    file->n_written = (uint32_t)n_packets;
    file->next_page = last->number + 1;
    file->end = offset + last->len_bytes;
    file->toc = n_packets ? last->toc : TOC_CELT_FULLBAND_20MS;
    file->finished = last->ends && n_packets;
    return 0;
}

/* Goes on behind the last page, whose closing packet becomes a tick of silence. */
static int reopen(mc_opus_file *file, uint8_t *page, size_t len_bytes) {
    file->finished = 0;
    mc_ogg_page_reopen(page, len_bytes, (uint64_t)file->n_written * MC_TICK_SAMPLES);
    return mc_file_write(file->fd, page, len_bytes, file->end - len_bytes);
}

static int load_end(mc_opus_file *file, uint64_t size, int to_write) {
    mc_ogg_found last;
    uint64_t start;
    uint8_t *window = malloc(WINDOW_BYTES);
    if (!window)
        return MC_E_MEMORY;
    int status = find_end(file->fd, size, file->head.serial, window, &last, &start);
    if (!status)
        status = take_up(file, start + last.offset, &last);
    if (!status && to_write && last.ends)
        status = reopen(file, window + last.offset, last.len_bytes);
    free(window);
    return status;
}

/* The packet that closes a file makes up for no more than its own length. */
static int is_closed_by_one_packet(const mc_ogg_head *head) {
    return head->preskip >= 1 && head->preskip <= MC_TICK_SAMPLES;
}

/* Finds where the file ends and cuts it there: at 0 when not even its headers are whole. */
static int load(mc_opus_file *file, int to_write) {
    uint8_t headers[MC_OGG_HEADERS_BYTES];
    int64_t length = mc_file_length(file->fd);
    if (length < 0)
        return MC_E_SYSTEM;
    uint64_t size = (uint64_t)length;
    size_t n = size < sizeof headers ? (size_t)size : sizeof headers;
    int status = mc_file_read(file->fd, headers, n, 0);
    if (!status)
        status = mc_ogg_headers_read(headers, n, &file->head);
    if (status > 0)
        status = is_closed_by_one_packet(&file->head) ? load_end(file, size, to_write) : MC_E_CORRUPT;
    return status || size == file->end ? status : cut(file);
}

static int begin(mc_opus_file *file, const mc_ogg_head *fresh) {
    uint8_t headers[MC_OGG_HEADERS_BYTES];
    file->head = *fresh;
    if (getrandom(&file->head.serial, sizeof file->head.serial, 0) != sizeof file->head.serial)
        return MC_E_SYSTEM;
    file->toc = TOC_CELT_FULLBAND_20MS;
    file->next_page = 2;
    return append(file, headers, mc_ogg_headers_write(headers, &file->head));
}

/* fresh == NULL: only to look, and to cut. */
static int open_file(mc_opus_file *file, int dir_fd, const char *name, const mc_ogg_head *fresh) {
    mc_opus_file_init(file);
    file->fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_CREAT : 0), 0600);
    if (file->fd < 0)
        return MC_E_SYSTEM;
    int status = load(file, fresh != NULL);
    if (!status && fresh && file->end == 0)
        status = begin(file, fresh);
    if (status) {
        int error = errno;
        mc_opus_file_deinit(file);
        errno = error;
    }
    return status;
}

int mc_opus_file_recover(mc_opus_file *file, int dir_fd, const char *name) {
    return open_file(file, dir_fd, name, NULL);
}

int mc_opus_file_open(mc_opus_file *file, int dir_fd, const char *name, const mc_ogg_head *fresh) {
    return open_file(file, dir_fd, name, fresh);
}

uint32_t mc_opus_file_end_tick(const mc_opus_file *file) {
    return file->head.first_tick + file->n_written + file->page.n_packets;
}

uint32_t mc_opus_file_n_ticks(const mc_opus_file *file) {
    return file->n_written - (file->finished ? 1 : 0);
}

static int write_page(mc_opus_file *file, uint64_t granule, int ends) {
    size_t len_bytes;
    uint32_t n_packets = file->page.n_packets;
    const uint8_t *page =
        mc_ogg_page_seal(&file->page, file->head.serial, file->next_page, granule, ends, &len_bytes);
    int status = append(file, page, len_bytes);
    if (status)
        return status;
    file->next_page++;
    file->n_written += n_packets;
    file->n_packets += n_packets;
    return 0;
}

int mc_opus_file_flush(mc_opus_file *file) {
    uint64_t n_packets = (uint64_t)file->n_written + file->page.n_packets;
    return file->page.n_packets ? write_page(file, n_packets * MC_TICK_SAMPLES, 0) : 0;
}

static int put_next(mc_opus_file *file, const uint8_t *packet, size_t len_bytes) {
    int status = mc_ogg_page_put(&file->page, packet, len_bytes);
    if (status)
        return status;
    file->toc = packet[0];
    return file->page.n_packets == MC_OGG_PAGE_PACKETS ? mc_opus_file_flush(file) : 0;
}

static int put_silence(mc_opus_file *file) {
    uint8_t silence = mc_ogg_silence(file->toc);
    return put_next(file, &silence, 1);
}

/* A page of silence behind `index` others that are not written yet. Returns its length. */
static size_t seal_silence(mc_opus_file *file, uint32_t index, uint8_t out[SILENT_PAGE_BYTES]) {
    const uint8_t silence = mc_ogg_silence(file->toc);
    const uint64_t n_packets = file->n_written + (index + 1) * (uint64_t)MC_OGG_PAGE_PACKETS;
    size_t len_bytes;
    while (!mc_ogg_page_put(&file->page, &silence, 1))
        ;
    const uint8_t *page = mc_ogg_page_seal(&file->page, file->head.serial, file->next_page + index,
                                           n_packets * MC_TICK_SAMPLES, 0, &len_bytes);
    memcpy(out, page, len_bytes);
    return len_bytes;
}

/* Silence goes many pages to a write: a voice first heard after an hour has 18,000 of them before it. */
static int write_silence(mc_opus_file *file, uint32_t n_pages) {
    uint8_t bytes[SILENT_PAGES * SILENT_PAGE_BYTES];
    size_t len_bytes = 0;
    for (uint32_t i = 0; i < n_pages; i++)
        len_bytes += seal_silence(file, i, bytes + len_bytes);
    int status = append(file, bytes, len_bytes);
    if (status)
        return status;
    file->next_page += n_pages;
    file->n_written += n_pages * MC_OGG_PAGE_PACKETS;
    file->n_packets += n_pages * MC_OGG_PAGE_PACKETS;
    return 0;
}

int mc_opus_file_fill(mc_opus_file *file, uint32_t tick) {
    int status = 0;
    while (!status && mc_opus_file_end_tick(file) < tick) {
        uint32_t n_pages = (tick - mc_opus_file_end_tick(file)) / MC_OGG_PAGE_PACKETS;
        if (file->page.n_packets || !n_pages)
            status = put_silence(file);
        else
            status = write_silence(file, n_pages < SILENT_PAGES ? n_pages : SILENT_PAGES);
    }
    return status;
}

int mc_opus_file_put(mc_opus_file *file, uint32_t tick, const uint8_t *packet, size_t len_bytes) {
    if (tick < mc_opus_file_end_tick(file))
        return 0;
    int status = mc_opus_file_fill(file, tick);
    return status ? status : put_next(file, packet, len_bytes);
}

void mc_opus_file_take_counts(mc_opus_file *file, uint64_t *n_bytes, uint64_t *n_packets) {
    *n_bytes = file->n_bytes;
    *n_packets = file->n_packets;
    file->n_bytes = file->n_packets = 0;
}

int mc_opus_file_sync(mc_opus_file *file) {
    if (!file->unsynced)
        return 0;
    if (fdatasync(file->fd))
        return MC_E_SYSTEM;
    file->unsynced = 0;
    return 0;
}

int mc_opus_file_finish(mc_opus_file *file) {
    uint8_t silence = mc_ogg_silence(file->toc);
    uint64_t n_packets = (uint64_t)file->n_written + file->page.n_packets;
    int status = mc_ogg_page_put(&file->page, &silence, 1);
    if (!status)
        status = write_page(file, n_packets * MC_TICK_SAMPLES + file->head.preskip, 1);
    file->finished = !status;
    return status ? status : mc_opus_file_sync(file);
}

/*
 * One Ogg Opus file on disk: written a page at a time, whole after each, continued where it ends. One thread.
 *
 * Functions return 0, MC_E_SYSTEM (errno says which), MC_E_CORRUPT or MC_E_MEMORY. After a failure the file
 * ends with its last whole page, what was not in it yet is forgotten, and the next call goes on from there.
 */
#ifndef MC_OPUS_FILE_H
#define MC_OPUS_FILE_H

#include "ogg_opus.h"

typedef struct {
    int fd;       /* -1: not open */
    int torn;     /* bytes behind `end` could not be cut off */
    int unsynced; /* written since the last sync */
    int finished; /* the last packet closes the stream: it is no tick's */
    uint8_t toc;  /* of the last packet */
    mc_ogg_head head;
    uint32_t next_page; /* sequence number */
    uint32_t n_written; /* packets in whole pages */
    uint64_t end;       /* bytes of whole pages */
    uint64_t n_bytes;   /* counted since the last mc_opus_file_take_counts() */
    uint64_t n_packets; /* with silence */
    mc_ogg_page page;   /* what comes after them */
} mc_opus_file;

void mc_opus_file_init(mc_opus_file *file);

/* Closes the descriptor and nothing more: no page is written. */
void mc_opus_file_deinit(mc_opus_file *file);

/* Opens to read where it ends, once what lies behind the last whole page is cut off. */
int mc_opus_file_recover(mc_opus_file *file, int dir_fd, const char *name);

/* Opens to write. `fresh` tells preskip and first_tick, should it be a new file. */
int mc_opus_file_open(mc_opus_file *file, int dir_fd, const char *name, const mc_ogg_head *fresh);

/* The room's tick behind the last packet. */
uint32_t mc_opus_file_end_tick(const mc_opus_file *file);

/* Ticks in whole pages. */
uint32_t mc_opus_file_n_ticks(const mc_opus_file *file);

/* Silence up to a tick. */
int mc_opus_file_fill(mc_opus_file *file, uint32_t tick);

/* The packet of a tick, after silence since the last one. A tick that is there already is left as it is. */
int mc_opus_file_put(mc_opus_file *file, uint32_t tick, const uint8_t *packet, size_t len_bytes);

/* Writes the page under way. */
int mc_opus_file_flush(mc_opus_file *file);

/* Bytes and packets that were written since it was asked last. */
void mc_opus_file_take_counts(mc_opus_file *file, uint64_t *n_bytes, uint64_t *n_packets);

int mc_opus_file_sync(mc_opus_file *file);

/*
 * Writes the last page: one more packet of silence brings out what the codecs still hold back, and the
 * granule position trims it so that as many ticks sound as were put (RFC 7845 4.4).
 */
int mc_opus_file_finish(mc_opus_file *file);

#endif

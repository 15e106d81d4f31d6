/*
 * Bytes that many sockets send: one WebSocket frame, built once, counted by its holders. Loops may free it.
 */
#ifndef MC_BLOB_H
#define MC_BLOB_H

#include <stdatomic.h>
#include <stdint.h>

#include "ws_frame.h"

typedef struct {
    atomic_int references;
    uint32_t len_bytes;
    uint8_t bytes[];
} mc_blob;

/* A whole frame with this payload, holding one reference. NULL when there is no memory. */
mc_blob *mc_blob_frame(mc_ws_opcode opcode, const void *payload, uint32_t len_bytes);

/* A whole Close frame (mc_ws_write_close()). NULL when there is no memory. */
mc_blob *mc_blob_close(uint16_t code, const char *reason);

mc_blob *mc_blob_hold(mc_blob *blob);
void mc_blob_release(mc_blob *blob);

#endif

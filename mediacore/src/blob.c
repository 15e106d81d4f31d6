#include "blob.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_HEADER_MAX_BYTES = 10, CLOSE_MAX_BYTES = 127 };

static mc_blob *blob_new(size_t room_bytes) {
    mc_blob *blob = malloc(sizeof *blob + room_bytes);
    if (blob)
        atomic_init(&blob->references, 1);
    return blob;
}

mc_blob *mc_blob_frame(mc_ws_opcode opcode, const void *payload, uint32_t len_bytes) {
    mc_blob *blob = blob_new(FRAME_HEADER_MAX_BYTES + (size_t)len_bytes);
    if (!blob)
        return NULL;
    size_t header_bytes = mc_ws_write_header(blob->bytes, opcode, len_bytes);
    if (len_bytes)
        memcpy(blob->bytes + header_bytes, payload, len_bytes);
    blob->len_bytes = (uint32_t)header_bytes + len_bytes;
    return blob;
}

mc_blob *mc_blob_close(uint16_t code, const char *reason) {
    mc_blob *blob = blob_new(CLOSE_MAX_BYTES);
    if (blob)
        blob->len_bytes = (uint32_t)mc_ws_write_close(blob->bytes, code, reason);
    return blob;
}

mc_blob *mc_blob_hold(mc_blob *blob) {
    atomic_fetch_add_explicit(&blob->references, 1, memory_order_relaxed);
    return blob;
}

void mc_blob_release(mc_blob *blob) {
    if (atomic_fetch_sub_explicit(&blob->references, 1, memory_order_acq_rel) == 1)
        free(blob);
}

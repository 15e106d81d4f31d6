/*
 * Reads Ogg Opus with libogg and libopus alone, and holds it against RFC 7845: what the recorder wrote must
 * mean to others what it means to us.
 */
#ifndef OPUS_ORACLE_H
#define OPUS_ORACLE_H

#include <ogg/ogg.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

typedef struct {
    uint32_t serial;
    uint32_t preskip;
    uint32_t first_tick;
    uint32_t n_pages; /* with the two header pages */
    uint32_t n_packets;
    uint32_t n_silent; /* of one byte */
    int ends;
    int64_t granule; /* of the last page */
    float *pcm;      /* after pre-skip, before end trimming */
    size_t n_samples;
    size_t capacity;
} oracle_stream;

static inline void oracle_free(oracle_stream *stream) {
    free(stream->pcm);
    stream->pcm = NULL;
}

/* What a player plays. */
static inline int64_t oracle_length(const oracle_stream *stream) {
    return stream->granule - stream->preskip;
}

static inline double oracle_energy(const oracle_stream *stream, size_t from, size_t to) {
    double sum = 0;
    for (size_t i = from; i < to && i < stream->n_samples; i++)
        sum += (double)stream->pcm[i] * stream->pcm[i];
    return to > from ? sum / (double)(to - from) : 0;
}

static inline void oracle_head(oracle_stream *stream, const ogg_packet *packet) {
    CHECK_EQ_INT(packet->bytes, 19);
    CHECK(memcmp(packet->packet, "OpusHead", 8) == 0);
    CHECK_EQ_INT(packet->packet[8], 1); /* version */
    CHECK_EQ_INT(packet->packet[9], 1); /* channels */
    stream->preskip = packet->packet[10] | (uint32_t)packet->packet[11] << 8;
    CHECK_EQ_INT(packet->packet[12] | packet->packet[13] << 8 | packet->packet[14] << 16, 48000);
    CHECK_EQ_INT(packet->packet[16] | packet->packet[17], 0); /* gain */
    CHECK_EQ_INT(packet->packet[18], 0);                      /* mapping family */
}

static inline void oracle_tags(oracle_stream *stream, const ogg_packet *packet) {
    static const char key[] = "PARLEY_FIRST_TICK=";
    const char *comment = memmem(packet->packet, (size_t)packet->bytes, key, sizeof key - 1);
    char digits[16] = "";
    CHECK(memcmp(packet->packet, "OpusTags", 8) == 0);
    if (!CHECK(comment != NULL))
        return;
    size_t len = (size_t)((const char *)packet->packet + packet->bytes - comment) - (sizeof key - 1);
    memcpy(digits, comment + sizeof key - 1, len < sizeof digits ? len : sizeof digits - 1);
    stream->first_tick = (uint32_t)strtoul(digits, NULL, 10);
}

static inline void oracle_audio(oracle_stream *stream, OpusDecoder *decoder, const ogg_packet *packet) {
    float pcm[5760];
    CHECK_EQ_INT(opus_packet_get_nb_samples(packet->packet, (int)packet->bytes, 48000), 960);
    int n = opus_decode_float(decoder, packet->packet, (int)packet->bytes, pcm, 5760, 0);
    if (!CHECK_EQ_INT(n, 960))
        return;
    size_t before = (size_t)stream->n_packets * 960;
    size_t to_skip = before >= stream->preskip ? 0 : stream->preskip - before;
    size_t skipped = to_skip < 960 ? to_skip : 960;
    while (stream->n_samples + 960 > stream->capacity) {
        stream->capacity = stream->capacity ? 2 * stream->capacity : 48000;
        stream->pcm = realloc(stream->pcm, stream->capacity * sizeof *stream->pcm);
    }
    memcpy(stream->pcm + stream->n_samples, pcm + skipped, (960 - skipped) * sizeof *pcm);
    stream->n_samples += 960 - skipped;
    stream->n_packets++;
    stream->n_silent += packet->bytes == 1;
}

static inline void oracle_page(oracle_stream *stream, ogg_stream_state *state, OpusDecoder *decoder,
                               ogg_page *page) {
    ogg_packet packet;
    int n_audio = 0;
    CHECK(!stream->ends); /* nothing comes after the end */
    CHECK_EQ_INT(ogg_page_pageno(page), stream->n_pages);
    CHECK_EQ_INT(ogg_page_bos(page) != 0, stream->n_pages == 0);
    CHECK_EQ_INT(ogg_page_continued(page), 0);
    CHECK_EQ_INT(ogg_stream_pagein(state, page), 0);
    int status;
    while ((status = ogg_stream_packetout(state, &packet)) == 1) {
        if (stream->n_pages == 0)
            oracle_head(stream, &packet);
        else if (stream->n_pages == 1)
            oracle_tags(stream, &packet);
        else
            oracle_audio(stream, decoder, &packet), n_audio++;
    }
    CHECK_EQ_INT(status, 0); /* no hole */
    stream->granule = ogg_page_granulepos(page);
    stream->ends = ogg_page_eos(page) != 0;
    CHECK(n_audio <= 10);
    if (stream->ends)
        CHECK(stream->granule <= 960 * (int64_t)stream->n_packets &&
              stream->granule > 960 * ((int64_t)stream->n_packets - 1));
    else
        CHECK_EQ_INT(stream->granule, 960 * (int64_t)stream->n_packets);
    stream->n_pages++;
}

/* Every page must be whole, in order, and nothing else may be there. To be given to oracle_free(). */
static inline oracle_stream oracle_read_bytes(const void *bytes, size_t len_bytes) {
    oracle_stream stream = {0};
    ogg_sync_state sync;
    ogg_stream_state state;
    ogg_page page;
    long step;
    int error;
    OpusDecoder *decoder = opus_decoder_create(48000, 1, &error);
    ogg_sync_init(&sync);
    memcpy(ogg_sync_buffer(&sync, (long)len_bytes + 1), bytes, len_bytes);
    ogg_sync_wrote(&sync, (long)len_bytes);
    size_t used = 0;
    while ((step = ogg_sync_pageseek(&sync, &page)) > 0) {
        used += (size_t)step;
        if (stream.n_pages == 0) {
            stream.serial = (uint32_t)ogg_page_serialno(&page);
            ogg_stream_init(&state, ogg_page_serialno(&page));
        }
        oracle_page(&stream, &state, decoder, &page);
    }
    CHECK_EQ_INT(used, len_bytes);
    if (stream.n_pages)
        ogg_stream_clear(&state);
    ogg_sync_clear(&sync);
    opus_decoder_destroy(decoder);
    return stream;
}

static inline uint8_t *oracle_load(const char *path, size_t *len_bytes) {
    FILE *file = fopen(path, "rb");
    *len_bytes = 0;
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *len_bytes = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*len_bytes + 1);
    if (fread(bytes, 1, *len_bytes, file) != *len_bytes)
        *len_bytes = 0;
    bytes[*len_bytes] = 0;
    fclose(file);
    return bytes;
}

static inline oracle_stream oracle_read(const char *path) {
    size_t len_bytes;
    uint8_t *bytes = oracle_load(path, &len_bytes);
    CHECK(bytes != NULL);
    oracle_stream stream = bytes ? oracle_read_bytes(bytes, len_bytes) : (oracle_stream){0};
    free(bytes);
    return stream;
}

#endif

/*
 * What people on a stage may send: TALK with any lengths, sequence, time and Opus, from two of them at once, with
 * mutes, other microphones and silences between. All the way to the mix, as the core goes: read, offered, put in
 * order, decoded, summed, limited, encoded. What everyone hears is Opus of 20 ms, no louder than the limiter says.
 */
#include <math.h>
#include <opus/opus.h>
#include <string.h>

#include "fuzz.h"
#include "room.h"

enum { SPEAKERS = 2, MAX_TICKS = 120, MAX_FRAMES = 300 };

typedef struct {
    mc_room *room;
    mc_speaker *speakers[SPEAKERS];
    OpusDecoder *ears;
    uint32_t n_ticks, n_heard, n_frames;
    mc_counters counters;
} stage;

static void hear(void *ctx, mc_room *room, const mc_heard *heard) {
    stage *s = ctx;
    MUST(heard->tick == room->tick);
    MUST(heard->len_bytes >= 1 && heard->len_bytes <= MC_ENCODED_MAX_BYTES);
    MUST(opus_packet_get_nb_samples(heard->payload, heard->len_bytes, 48000) == MC_TICK_SAMPLES);
    if (heard->person) {
        MUST(heard->stream == MC_STREAM_OWN);
        return;
    }
    float pcm[MC_TICK_SAMPLES];
    MUST(opus_decode_float(s->ears, heard->payload, heard->len_bytes, pcm, MC_TICK_SAMPLES, 0) ==
         MC_TICK_SAMPLES);
    for (int i = 0; i < MC_TICK_SAMPLES; i++)
        MUST(isfinite(pcm[i]));
    s->n_heard++;
}

static void levels(void *ctx, mc_room *room, const uint8_t *message, uint16_t len_bytes) {
    (void)ctx, (void)room;
    MUST(len_bytes >= 2 && len_bytes == 2 + 2 * message[1] && message[1] <= SPEAKERS);
    for (int i = 0; i < message[1]; i++)
        MUST(message[2 + 2 * i] < SPEAKERS && message[3 + 2 * i] & MC_LEVEL_VOICE);
}

static int record(void *ctx, mc_room *room, const mc_rec_item *item) {
    (void)ctx, (void)room, (void)item;
    return 0;
}

static void talking(void *ctx, mc_room *room, uint64_t person, bool talks) {
    (void)ctx, (void)room, (void)talks;
    MUST(person >= 1 && person <= SPEAKERS);
}

static void set_stage(stage *s, uint32_t first_tick) {
    mc_core_config config;
    mc_core_config_default(&config);
    config.application = MC_LOW_DELAY;
    config.complexity = 0;
    int error;
    MUST(mc_room_new(&config, 1, first_tick, &s->room) == 0);
    s->room->sink = (mc_room_sink){s, hear, levels, record, talking};
    s->ears = opus_decoder_create(48000, 1, &error);
    for (uint32_t i = 0; i < SPEAKERS; i++) {
        MUST(mc_speaker_new(&config, &(mc_member){.person = i + 1, .role = MC_SPEAKER, .seat = i},
                            &s->speakers[i]) == 0);
        mc_room_seat(s->room, s->speakers[i]);
    }
}

static void clear_stage(stage *s) {
    for (uint32_t i = 0; i < SPEAKERS; i++)
        mc_speaker_free(s->speakers[i]);
    opus_decoder_destroy(s->ears);
    mc_room_free(s->room);
}

enum { TICK_US = MC_TICK_MS * 1000 };

static void tick(stage *s) {
    s->room->now_us += TICK_US;
    mc_room_tick(s->room, &s->counters);
    MUST(s->n_heard == ++s->n_ticks);
    for (uint32_t i = 0; i < SPEAKERS; i++) {
        const mc_speaker *speaker = s->speakers[i];
        MUST(!speaker->packet ||
             opus_packet_get_nb_samples(speaker->packet->payload, speaker->packet->len_bytes, 48000) ==
                 MC_TICK_SAMPLES);
        MUST(!speaker->muted || !speaker->packet);
    }
}

/* A copy as long as the message, so that reading one byte too many is seen. */
static void talk(stage *s, mc_speaker *speaker, const uint8_t *bytes, size_t len_bytes) {
    mc_talk_frame frames[MC_TALK_MAX_FRAMES];
    uint8_t *message = malloc(len_bytes + !len_bytes);
    MUST(message != NULL);
    if (len_bytes)
        memcpy(message, bytes, len_bytes);
    const int n = mc_wire_read_talk(message, len_bytes, frames);
    MUST(n == MC_E_WIRE || (n >= 1 && n <= MC_TALK_MAX_FRAMES));
    for (int i = 0; i < n; i++) {
        MUST(frames[i].payload >= message && frames[i].payload + frames[i].len_bytes <= message + len_bytes);
        MUST(frames[i].sequence == (uint16_t)(frames[0].sequence + i));
        mc_speaker_offer(speaker, &frames[i], s->room->now_us + frames[i].timestamp % TICK_US);
        s->n_frames++;
    }
    free(message);
}

/* A message that is well formed around any packet. */
static void talk_of(stage *s, mc_speaker *speaker, uint16_t sequence, uint32_t timestamp, fuzz_input *input) {
    uint8_t message[10 + 255] = {MC_WIRE_TALK, 1};
    size_t len_bytes = fuzz_byte(input);
    const uint8_t *packet = fuzz_take(input, &len_bytes);
    mc_put_u16(message + 2, sequence);
    mc_put_u32(message + 4, timestamp);
    mc_put_u16(message + 8, (uint16_t)len_bytes);
    if (len_bytes)
        memcpy(message + 10, packet, len_bytes);
    talk(s, speaker, message, 10 + len_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    fuzz_input input = {data, len_bytes};
    stage s = {0};
    set_stage(&s, fuzz_u16(&input) * 65536U);
    uint16_t sequence[SPEAKERS] = {fuzz_u16(&input), 0};
    uint32_t timestamp[SPEAKERS] = {fuzz_u32(&input), 0};
    while (input.left_bytes && s.n_ticks < MAX_TICKS && s.n_frames < MAX_FRAMES) {
        const uint8_t what = fuzz_byte(&input), who = what >> 7;
        mc_speaker *speaker = s.speakers[who];
        switch (what & 7) {
        case 0: /* the stream goes on */
        case 1:
        case 2:
            talk_of(&s, speaker, sequence[who]++, timestamp[who], &input);
            timestamp[who] += MC_TICK_SAMPLES;
            tick(&s);
            break;
        case 3: /* any message */
        {
            size_t n = fuzz_byte(&input);
            const uint8_t *bytes = fuzz_take(&input, &n);
            talk(&s, speaker, bytes, n);
            break;
        }
        case 4: /* anywhere, or lost */
            sequence[who] += what & 64 ? fuzz_u16(&input) : (uint16_t)(what >> 3 & 7);
            timestamp[who] += what & 64 ? fuzz_u32(&input) : (what >> 3 & 7U) * MC_TICK_SAMPLES;
            break;
        case 5:
            mc_speaker_begin(speaker);
            break;
        case 6:
            speaker->muted = what & 8;
            break;
        case 7:
            for (int n = what >> 3 & 15; n >= 0 && s.n_ticks < MAX_TICKS; n--)
                tick(&s);
            break;
        }
    }
    for (int i = 0; i < 4; i++)
        tick(&s);
    clear_stage(&s);
    return 0;
}

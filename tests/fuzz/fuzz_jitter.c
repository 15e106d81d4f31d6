/*
 * Packets with any sequence and any time, at any tick: the jitter buffer keeps what its header promises, and what
 * comes out is what went in, each packet at most once and in order.
 */
#include <string.h>

#include "fuzz.h"
#include "jitter.h"
#include "mediacore.h"

enum { MARK_BYTES = 12 };

/* What the buffer has been told, from outside. */
typedef struct {
    mc_jitter jitter;
    uint32_t tick;
    uint32_t n_put;
    uint32_t accepted[1 << 10]; /* by mark: 1 accepted, 2 played */
    uint32_t n_lost;
} desk;

/* The payload says which packet it is, and shows whether all of it came out. */
static mc_packet packet(uint32_t mark, uint16_t sequence, uint32_t timestamp) {
    mc_packet p = {.sequence = sequence, .timestamp = timestamp, .len_bytes = MARK_BYTES};
    p.early = (uint16_t)(sequence * 37U % (MC_TICK_SAMPLES + 1));
    const uint32_t facts[3] = {mark, sequence, timestamp};
    memcpy(p.payload, facts, sizeof facts);
    return p;
}

static void put(desk *d, uint16_t sequence, uint32_t timestamp) {
    const uint32_t mark = d->n_put++;
    const mc_packet p = packet(mark, sequence, timestamp);
    const int dropped = mc_jitter_put(&d->jitter, d->tick, &p);
    MUST(dropped == 0 || dropped == 1);
    d->accepted[mark] = !dropped;
}

static void must_have_been_put(desk *d, const mc_packet *out, bool plays) {
    uint32_t facts[3];
    MUST(out->len_bytes == MARK_BYTES);
    memcpy(facts, out->payload, sizeof facts);
    MUST(facts[0] < d->n_put && facts[1] == out->sequence && facts[2] == out->timestamp);
    MUST(d->accepted[facts[0]] == 1);
    if (plays)
        d->accepted[facts[0]] = 2;
}

static void step(desk *d) {
    const mc_packet *out, *next;
    mc_jitter_result result = mc_jitter_get(&d->jitter, d->tick, &out, &next);
    if (result == MC_JITTER_SHED) {
        must_have_been_put(d, out, true);
        result = mc_jitter_get(&d->jitter, d->tick, &out, &next);
        MUST(result == MC_JITTER_PACKET);
    }
    MUST((out != NULL) == (result == MC_JITTER_PACKET));
    if (out)
        must_have_been_put(d, out, true);
    if (next)
        must_have_been_put(d, next, false);
    MUST(!next || result == MC_JITTER_LOST);
    d->n_lost = result == MC_JITTER_LOST ? d->n_lost + 1 : 0;
    MUST(d->n_lost <= 3);
    MUST(mc_jitter_delay_ms(&d->jitter) <= 200);
    const uint32_t target_ms = mc_jitter_target_ms(&d->jitter);
    MUST(target_ms <= 200 && target_ms % MC_TICK_MS == 0);
    d->tick++;
}

/* Once nothing comes any more, the buffer is empty after what it may keep and conceal. */
static void run_out(desk *d) {
    const mc_packet *out, *next;
    for (int i = 0; i < 2 * MC_JITTER_SLOTS + 4; i++)
        step(d);
    MUST(mc_jitter_get(&d->jitter, d->tick, &out, &next) == MC_JITTER_EMPTY || d->jitter.present);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    fuzz_input input = {data, len_bytes};
    static desk d;
    d = (desk){.tick = fuzz_u32(&input)};
    MUST(mc_jitter_init(&d.jitter) == 0);
    uint16_t sequence = fuzz_u16(&input);
    uint32_t timestamp = fuzz_u32(&input);
    while (input.left_bytes && d.n_put < sizeof d.accepted / sizeof *d.accepted) {
        const uint8_t what = fuzz_byte(&input);
        switch (what & 7) {
        case 0: /* the stream goes on */
        case 1:
        case 2:
            put(&d, sequence++, timestamp);
            timestamp += MC_TICK_SAMPLES;
            break;
        case 3: /* lost, or to come later */
            sequence += what >> 3;
            timestamp += (uint32_t)(what >> 3) * MC_TICK_SAMPLES;
            break;
        case 4: /* near by, either way */
            put(&d, (uint16_t)(sequence + (what >> 3) - 16),
                timestamp + ((what >> 3) - 16U) * MC_TICK_SAMPLES);
            break;
        case 5: /* anywhere */
            sequence = fuzz_u16(&input);
            timestamp = fuzz_u32(&input);
            break;
        case 6: /* the room skips */
            d.tick += what >> 3;
            break;
        case 7:
            for (int n = what >> 5; n >= 0; n--)
                step(&d);
            break;
        }
    }
    run_out(&d);
    mc_jitter_deinit(&d.jitter);
    return 0;
}

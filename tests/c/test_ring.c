#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "check.h"
#include "mediacore.h"
#include "ring.h"

static uint32_t next_random(uint32_t *state) {
    return *state = *state * 1664525u + 1013904223u;
}

static uint8_t pattern(uint32_t record, uint32_t i) {
    return (uint8_t)(record * 31 + i * 7);
}

static int push(mc_ring *ring, uint32_t record, uint32_t len_bytes) {
    uint8_t *space = mc_ring_reserve(ring, len_bytes);
    if (!space)
        return 0;
    for (uint32_t i = 0; i < len_bytes; i++)
        space[i] = pattern(record, i);
    mc_ring_commit(ring);
    return 1;
}

/* 1 when the oldest record is this one, byte by byte. */
static int pop(mc_ring *ring, uint32_t record, uint32_t expected_bytes) {
    uint32_t len_bytes = 0;
    const uint8_t *bytes = mc_ring_peek(ring, &len_bytes);
    if (!bytes || len_bytes != expected_bytes || (uintptr_t)bytes % 8)
        return 0;
    for (uint32_t i = 0; i < len_bytes; i++)
        if (bytes[i] != pattern(record, i))
            return 0;
    mc_ring_consume(ring);
    return 1;
}

static void test_capacity_must_be_a_power_of_two(void) {
    const uint32_t bad[] = {0, 1, 32, 63, 65, 96, 1000, (1u << 30) + 1, 1u << 31};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mc_ring ring;
        CHECK_EQ_INT(mc_ring_init(&ring, bad[i]), MC_E_ARGUMENT);
        mc_ring_deinit(&ring);
    }
}

static void test_records_come_out_whole_and_in_order(void) {
    mc_ring ring;
    if (!CHECK_EQ_INT(mc_ring_init(&ring, 256), 0))
        return;
    CHECK(push(&ring, 1, 5) && push(&ring, 2, 0) && push(&ring, 3, 64));
    CHECK(pop(&ring, 1, 5) && pop(&ring, 2, 0) && pop(&ring, 3, 64));
    uint32_t len_bytes;
    CHECK(mc_ring_peek(&ring, &len_bytes) == NULL);
    mc_ring_deinit(&ring);
}

static void test_full_ring_refuses_and_loses_nothing(void) {
    mc_ring ring;
    mc_ring_init(&ring, 64);
    CHECK(push(&ring, 1, 24) && push(&ring, 2, 24)); /* 32 bytes each with their headers */
    CHECK(mc_ring_reserve(&ring, 0) == NULL);
    CHECK(pop(&ring, 1, 24));
    CHECK(push(&ring, 3, 8));
    CHECK(pop(&ring, 2, 24) && pop(&ring, 3, 8));
    mc_ring_deinit(&ring);
}

static void test_half_the_capacity_fits_wherever_the_ring_stands(void) {
    mc_ring ring;
    mc_ring_init(&ring, 256);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK(push(&ring, i, 8) && pop(&ring, i, 8));
        CHECK(push(&ring, i, 120) && pop(&ring, i, 120));
        CHECK(mc_ring_reserve(&ring, 121) == NULL);
    }
    CHECK(mc_ring_reserve(&ring, UINT32_MAX) == NULL);
    mc_ring_deinit(&ring);
}

static void test_reservation_without_commit_is_forgotten(void) {
    mc_ring ring;
    mc_ring_init(&ring, 64);
    uint32_t len_bytes;
    CHECK(mc_ring_reserve(&ring, 24) != NULL);
    CHECK(mc_ring_peek(&ring, &len_bytes) == NULL);
    CHECK(push(&ring, 1, 3) && pop(&ring, 1, 3));
    mc_ring_deinit(&ring);
}

static void test_misplaced_calls_do_nothing(void) {
    mc_ring ring;
    mc_ring_init(&ring, 64);
    uint32_t len_bytes;
    mc_ring_commit(&ring);
    mc_ring_consume(&ring);
    CHECK(mc_ring_peek(&ring, &len_bytes) == NULL);
    push(&ring, 1, 8);
    mc_ring_commit(&ring);
    CHECK(pop(&ring, 1, 8));
    mc_ring_consume(&ring);
    CHECK(mc_ring_reserve(&ring, 1000) == NULL);
    mc_ring_commit(&ring);
    CHECK(mc_ring_peek(&ring, &len_bytes) == NULL);
    mc_ring_deinit(&ring);
}

static void test_counters_wrap(void) {
    mc_ring ring;
    mc_ring_init(&ring, 128);
    const uint32_t near_the_end = UINT32_MAX - 127;
    atomic_store(&ring.head, near_the_end);
    atomic_store(&ring.tail, near_the_end);
    ring.tail_seen = ring.reserved_head = ring.peeked_tail = near_the_end;
    for (uint32_t i = 0; i < 50; i++)
        CHECK(push(&ring, i, i % 57) && pop(&ring, i, i % 57));
    mc_ring_deinit(&ring);
}

/* Random pushes and pops beside a counting model: what is in there is exactly what went in and did not come
 * out. */
static void test_random_use_keeps_the_order(void) {
    mc_ring ring;
    mc_ring_init(&ring, 1024);
    uint32_t random = 1, pushed = 0, popped = 0, refused = 0;
    static uint32_t lengths[20000];
    while (popped < 20000) {
        const uint32_t len_bytes = (next_random(&random) >> 8) % 500;
        if (pushed < 20000 && next_random(&random) >> 31) {
            if (push(&ring, pushed, len_bytes))
                lengths[pushed++] = len_bytes;
            else
                refused++;
        } else if (popped < pushed) {
            if (!CHECK(pop(&ring, popped, lengths[popped])))
                break;
            popped++;
        }
    }
    CHECK(refused > 100);
    mc_ring_deinit(&ring);
}

enum { N_SHARED = 200000 };

static uint32_t shared_length(uint32_t record) {
    return record * 2654435761u >> 24;
}

static void *produce(void *ring) {
    for (uint32_t i = 0; i < N_SHARED; i++)
        while (!push(ring, i, shared_length(i)))
            sched_yield();
    return NULL;
}

static void test_two_threads_agree(void) {
    mc_ring ring;
    mc_ring_init(&ring, 4096);
    pthread_t producer;
    if (!CHECK_EQ_INT(pthread_create(&producer, NULL, produce, &ring), 0))
        return;
    uint32_t received = 0, wrong = 0, len_bytes;
    while (received < N_SHARED) {
        if (!mc_ring_peek(&ring, &len_bytes)) {
            sched_yield();
            continue;
        }
        if (!pop(&ring, received, shared_length(received))) {
            mc_ring_consume(&ring);
            wrong++;
        }
        received++;
    }
    CHECK_EQ_INT(wrong, 0);
    pthread_join(producer, NULL);
    mc_ring_deinit(&ring);
}

int main(void) {
    test_capacity_must_be_a_power_of_two();
    test_records_come_out_whole_and_in_order();
    test_full_ring_refuses_and_loses_nothing();
    test_half_the_capacity_fits_wherever_the_ring_stands();
    test_reservation_without_commit_is_forgotten();
    test_misplaced_calls_do_nothing();
    test_counters_wrap();
    test_random_use_keeps_the_order();
    test_two_threads_agree();
    return check_report();
}

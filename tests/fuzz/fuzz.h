/*
 * What the targets share: a contract that is broken is a crash, and an input is read from its front.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes);

/* Not assert(): the sanitizers show where it was called from. */
#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

typedef struct {
    const uint8_t *at;
    size_t left_bytes;
} fuzz_input;

/* The next byte, 0 when there is none left. */
static inline uint8_t fuzz_byte(fuzz_input *input) {
    if (!input->left_bytes)
        return 0;
    input->left_bytes--;
    return *input->at++;
}

static inline uint16_t fuzz_u16(fuzz_input *input) {
    const uint8_t high = fuzz_byte(input);
    return (uint16_t)(high << 8 | fuzz_byte(input));
}

static inline uint32_t fuzz_u32(fuzz_input *input) {
    const uint32_t high = fuzz_u16(input);
    return high << 16 | fuzz_u16(input);
}

/* Up to len_bytes of what is left; *len_bytes becomes as many. */
static inline const uint8_t *fuzz_take(fuzz_input *input, size_t *len_bytes) {
    const uint8_t *taken = input->at;
    *len_bytes = *len_bytes < input->left_bytes ? *len_bytes : input->left_bytes;
    input->at += *len_bytes;
    input->left_bytes -= *len_bytes;
    return taken;
}

#endif

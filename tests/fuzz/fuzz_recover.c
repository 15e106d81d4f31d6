/*
 * A recording's directory with anything in it, made whole, looked at again and gone on with: mix.opus, peaks and
 * turns are the input's. Whatever is said to be whole stays as it is, and what is written behind it is there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checksums.h"
#include "fuzz.h"
#include "mediacore.h"
#include "opus_file.h"

enum { MIX, PEAKS, TURNS, FILES };

static const char *const names[FILES] = {"mix.opus", "peaks.u8", "turns.ndjson"};
static char directory[] = "/dev/shm/fuzz_recover.XXXXXX";
static int dir_fd = -1;

static void leave(void) {
    for (int i = 0; i < FILES; i++)
        unlinkat(dir_fd, names[i], 0);
    rmdir(directory);
}

static void enter(void) {
    if (dir_fd >= 0)
        return;
    MUST(mkdtemp(directory) != NULL);
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
    MUST(dir_fd >= 0 && atexit(leave) == 0);
}

static void put_file(const char *name, const uint8_t *bytes, size_t len_bytes) {
    const int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    MUST(fd >= 0 && write(fd, bytes, len_bytes) == (ssize_t)len_bytes);
    close(fd);
}

static off_t length_of(const char *name) {
    struct stat info;
    MUST(fstatat(dir_fd, name, &info, 0) == 0);
    return info.st_size;
}

/* Three ticks behind the end, then the last page; all of it is found again. */
static void go_on(void) {
    static const uint8_t packet[] = {0xf8, 1, 2, 3};
    mc_opus_file file;
    const mc_ogg_head fresh = {.first_tick = 5, .preskip = 312};
    const int status = mc_opus_file_open(&file, dir_fd, names[MIX], &fresh);
    MUST(status == 0);
    const uint32_t end_tick = mc_opus_file_end_tick(&file);
    const uint32_t n_before = mc_opus_file_n_ticks(&file);
    if (end_tick > UINT32_MAX - 16) {
        mc_opus_file_deinit(&file);
        return;
    }
    for (uint32_t i = 0; i < 3; i++)
        MUST(mc_opus_file_put(&file, end_tick + i, packet, sizeof packet) == 0);
    MUST(mc_opus_file_finish(&file) == 0);
    mc_opus_file_deinit(&file);
    MUST(mc_opus_file_recover(&file, dir_fd, names[MIX]) == 0);
    MUST(file.finished && mc_opus_file_n_ticks(&file) == n_before + 3);
    mc_opus_file_deinit(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes) {
    fuzz_input input = {data, len_bytes};
    enter();
    size_t peaks_bytes = fuzz_byte(&input) & 15, turns_bytes = fuzz_byte(&input) & 127;
    const uint8_t *peaks = fuzz_take(&input, &peaks_bytes);
    const uint8_t *turns = fuzz_take(&input, &turns_bytes);
    uint8_t *mix = malloc(input.left_bytes + 1);
    MUST(mix != NULL);
    memcpy(mix, input.at, input.left_bytes);
    mend_checksums(mix, input.left_bytes);
    put_file(names[MIX], mix, input.left_bytes);
    put_file(names[PEAKS], peaks, peaks_bytes);
    put_file(names[TURNS], turns, turns_bytes);
    free(mix);

    uint32_t tick, again_tick;
    const int status = mc_recording_recover(directory, &tick);
    MUST(status == 0 || status == MC_E_CORRUPT);
    MUST(length_of(names[MIX]) <= (off_t)input.left_bytes);
    MUST(length_of(names[TURNS]) <= (off_t)turns_bytes);
    const off_t whole = length_of(names[MIX]), peaks_whole = length_of(names[PEAKS]);
    MUST(mc_recording_recover(directory, &again_tick) == status && again_tick == tick);
    MUST(length_of(names[MIX]) == whole && length_of(names[PEAKS]) == peaks_whole);
    if (status == 0)
        go_on();
    else
        MUST(whole == (off_t)input.left_bytes); /* what is not understood is left alone */
    return 0;
}

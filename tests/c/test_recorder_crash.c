#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "mediacore.h"
#include "recorder_rig.h"

static const float LOUD = 0.5f;

static uint32_t recover(rig *r, int expected_status) {
    uint32_t tick = 99;
    CHECK_EQ_INT(mc_recording_recover(r->dir, &tick), expected_status);
    return tick;
}

static size_t size_of(rig *r, const char *name) {
    struct stat info;
    return stat(rig_path(r, name), &info) ? 0 : (size_t)info.st_size;
}

/* Every line is one of ours, whole. */
static void check_turns(rig *r) {
    size_t len;
    char *turns = (char *)oracle_load(rig_path(r, "turns.ndjson"), &len);
    for (char *line = turns; line && *line;) {
        unsigned long person, start, end;
        int n = 0;
        sscanf(line, "{\"person\":%lu,\"start_ms\":%lu,\"end_ms\":%lu}%n", &person, &start, &end, &n);
        if (!CHECK(n > 0 && line[n] == '\n'))
            break;
        line += n + 1;
    }
    free(turns);
}

static void check_finished(rig *r, const char *name, uint32_t n_ticks) {
    oracle_stream stream = rig_read(r, name);
    CHECK_EQ_INT(stream.ends, 1);
    CHECK_EQ_INT(oracle_length(&stream), n_ticks * 960);
    oracle_free(&stream);
}

/* But for the closing packet. */
static uint32_t n_ticks_on_disk(rig *r, const char *name) {
    oracle_stream stream = rig_read(r, name);
    oracle_free(&stream);
    return stream.n_packets - (stream.ends ? 1 : 0);
}

static void check_peaks_are_as_long_as_the_mix(rig *r) {
    uint32_t n_ticks = size_of(r, "mix.opus") ? n_ticks_on_disk(r, "mix.opus") : 0;
    CHECK_EQ_INT(size_of(r, "peaks.u8"), (n_ticks + 4) / 5);
}

/* A room with a voice, peaks and turns; a turn of the writer each tick. */
static void record_room(rig *r, uint32_t from, uint32_t to, volatile uint32_t *pushed) {
    for (uint32_t tick = from; tick < to; tick++) {
        rig_mix(r, tick, LOUD);
        if (tick % 40 > 12)
            rig_track(r, "a.opus", tick, &r->voice);
        if (tick % 5 == 4)
            rig_peak(r, tick, (uint8_t)(tick + 1));
        if (tick % 20 == 19)
            rig_turn(r, 3, tick - 10, tick);
        if (pushed)
            *pushed = tick + 1;
        rig_run(r);
    }
}

/* In a child that dies in the middle of its k-th write. 0: it came to an end before. */
static int record_until_killed(rig *r, int k, volatile uint32_t *pushed) {
    int status = 0;
    *pushed = 0;
    pid_t child = fork();
    if (child == 0) {
        fault.kind = FAULT_KILL;
        fault.writes_left = k;
        rig_open(r, 0);
        record_room(r, 0, 70, pushed);
        rig_end(r);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void test_killed_recording_goes_on_as_one_stream(void) {
    volatile uint32_t *pushed =
        mmap(NULL, sizeof *pushed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rig r;
    rig_init(&r);
    int k = 1;
    for (; record_until_killed(&r, k, pushed); k++) {
        uint32_t tick = recover(&r, 0);
        CHECK(tick <= *pushed && *pushed - tick <= 10); /* 200 ms */
        check_peaks_are_as_long_as_the_mix(&r);
        check_turns(&r);
        r.n_events = 0;
        rig_open(&r, tick);
        record_room(&r, tick, tick + 50, NULL);
        rig_end(&r);
        check_finished(&r, "mix.opus", tick + 50);
        check_peaks_are_as_long_as_the_mix(&r);
        check_turns(&r);
        oracle_stream track = rig_read(&r, "a.opus");
        CHECK_EQ_INT(track.ends, 1);
        oracle_free(&track);
        rig_empty(&r);
    }
    CHECK(k > 30);
    rig_deinit(&r);
    munmap((void *)pushed, sizeof *pushed);
}

/* 25 packets of a few bytes: 3 pages, the last of them the closing one when `ends`. */
static uint8_t *small_file(rig *r, int ends, size_t *len_bytes) {
    rig_open(r, 0);
    for (uint32_t tick = 0; tick < 25; tick++) {
        mc_rec_item item = {.kind = MC_REC_MIX,
                            .tick = tick,
                            .payload = (const uint8_t *)"\xF8OggS",
                            .len_bytes = 1 + tick % 5};
        CHECK_EQ_INT(rig_push(r, item), 0);
        rig_run(r);
    }
    if (!ends) {
        uint8_t *bytes = oracle_load(rig_path(r, "mix.opus"), len_bytes);
        rig_end(r);
        return bytes;
    }
    rig_end(r);
    return oracle_load(rig_path(r, "mix.opus"), len_bytes);
}

/* The time that the whole pages of the first len_bytes hold: by libogg, not by us. */
static uint32_t ticks_within(const uint8_t *bytes, size_t len_bytes) {
    ogg_sync_state sync;
    ogg_page page;
    int64_t n_samples = 0;
    ogg_sync_init(&sync);
    memcpy(ogg_sync_buffer(&sync, (long)len_bytes + 1), bytes, len_bytes);
    ogg_sync_wrote(&sync, (long)len_bytes);
    while (ogg_sync_pageseek(&sync, &page) > 0)
        n_samples = ogg_page_granulepos(&page) - (ogg_page_eos(&page) ? 624 : 0);
    ogg_sync_clear(&sync);
    return (uint32_t)(n_samples / 960);
}

static void test_file_cut_at_any_byte_goes_on(void) {
    for (int ends = 0; ends <= 1; ends++) {
        rig r;
        size_t len_bytes;
        rig_init(&r);
        uint8_t *bytes = small_file(&r, ends, &len_bytes);
        for (size_t len = 0; len <= len_bytes; len++) {
            uint32_t expected = ticks_within(bytes, len);
            rig_empty(&r);
            rig_write(&r, "mix.opus", bytes, len);
            CHECK_EQ_INT(recover(&r, 0), expected);
            CHECK(size_of(&r, "mix.opus") <= len);
            if (expected)
                CHECK_EQ_INT(n_ticks_on_disk(&r, "mix.opus"), expected);
            r.n_events = 0;
            rig_open(&r, expected);
            rig_ticks(&r, expected, expected + 12, LOUD);
            rig_end(&r);
            check_finished(&r, "mix.opus", expected + 12);
            CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_INTERRUPTED), 0);
        }
        free(bytes);
        rig_deinit(&r);
    }
}

/* The writer repairs by itself what nobody recovered. */
static void test_torn_file_is_mended_when_it_is_continued(void) {
    rig r;
    size_t len_bytes;
    rig_init(&r);
    uint8_t *bytes = small_file(&r, 0, &len_bytes);
    rig_write(&r, "mix.opus", bytes, len_bytes - 1);
    rig_write(&r, "turns.ndjson", "{\"person\":3,\"start_ms\":0,\"end_ms\":20}\n{\"pers", 44);
    rig_open(&r, 10);
    rig_ticks(&r, 10, 30, LOUD);
    rig_turn(&r, 4, 10, 20);
    rig_end(&r);
    check_finished(&r, "mix.opus", 30);
    check_turns(&r);
    free(bytes);
    rig_deinit(&r);
}

static void test_garbage_behind_the_end_is_cut_however_long(void) {
    enum { WINDOW_BYTES = 256 * 1024 };
    rig r;
    size_t len_bytes;
    rig_init(&r);
    uint8_t *bytes = small_file(&r, 0, &len_bytes);
    uint8_t *longer = calloc(1, len_bytes + 3 * WINDOW_BYTES);
    memcpy(longer, bytes, len_bytes);
    for (size_t n = WINDOW_BYTES - 300; n < 3 * WINDOW_BYTES; n += n < WINDOW_BYTES + 10 ? 1 : 99991) {
        rig_write(&r, "mix.opus", longer, len_bytes + n);
        CHECK_EQ_INT(recover(&r, 0), 20);
        CHECK_EQ_INT(size_of(&r, "mix.opus"), len_bytes);
    }
    free(longer);
    free(bytes);
    rig_deinit(&r);
}

static void test_whole_recording_is_left_as_it_is(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    record_room(&r, 0, 60, NULL);
    rig_end(&r);
    size_t before, after;
    uint8_t *mix = oracle_load(rig_path(&r, "mix.opus"), &before);
    size_t n_peaks = size_of(&r, "peaks.u8"), n_turns = size_of(&r, "turns.ndjson");
    CHECK_EQ_INT(recover(&r, 0), 60);
    uint8_t *again = oracle_load(rig_path(&r, "mix.opus"), &after);
    CHECK(before == after && memcmp(mix, again, before) == 0);
    CHECK_EQ_INT(size_of(&r, "peaks.u8"), n_peaks);
    CHECK_EQ_INT(size_of(&r, "turns.ndjson"), n_turns);
    free(mix);
    free(again);
    rig_deinit(&r);
}

static void test_longest_file_tells_the_tick(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 500);
    rig_ticks(&r, 500, 520, LOUD);
    for (uint32_t tick = 520; tick < 540; tick++) {
        rig_track(&r, "a.opus", tick, &r.voice);
        rig_run(&r);
    }
    CHECK_EQ_INT(recover(&r, 0), 540);
    rig_deinit(&r);
}

static void test_peaks_are_fitted_to_the_mix(void) {
    rig r;
    size_t len_bytes, n_peaks;
    rig_init(&r);
    uint8_t *bytes = small_file(&r, 0, &len_bytes);
    rig_write(&r, "mix.opus", bytes, len_bytes);
    rig_write(&r, "peaks.u8", "\x09\x08", 2);
    CHECK_EQ_INT(recover(&r, 0), 20);
    uint8_t *peaks = oracle_load(rig_path(&r, "peaks.u8"), &n_peaks);
    CHECK(n_peaks == 4 && memcmp(peaks, "\x09\x08\0\0", 4) == 0);
    free(peaks);
    rig_write(&r, "peaks.u8", "123456789", 9);
    recover(&r, 0);
    CHECK_EQ_INT(size_of(&r, "peaks.u8"), 4);
    free(bytes);
    rig_deinit(&r);
}

static void test_torn_turn_is_cut_at_any_byte(void) {
    static const char turns[] =
        "{\"person\":3,\"start_ms\":0,\"end_ms\":20}\n{\"person\":4,\"start_ms\":20,\"end_ms\":40}\n";
    static const size_t first = 38;
    rig r;
    rig_init(&r);
    for (size_t len = 0; len < sizeof turns; len++) {
        rig_write(&r, "turns.ndjson", turns, len);
        recover(&r, 0);
        CHECK_EQ_INT(size_of(&r, "turns.ndjson"), len == sizeof turns - 1 ? len : len >= first ? first : 0);
    }
    char *no_newline = malloc(10000);
    memset(no_newline, 'x', 10000);
    rig_write(&r, "turns.ndjson", no_newline, 10000);
    recover(&r, 0);
    CHECK_EQ_INT(size_of(&r, "turns.ndjson"), 0);
    free(no_newline);
    rig_deinit(&r);
}

static void test_foreign_file_is_reported_and_not_touched(void) {
    rig r;
    size_t len_bytes;
    static uint8_t junk[5000];
    rig_init(&r);
    uint8_t *bytes = small_file(&r, 0, &len_bytes);
    memset(junk, 'O', sizeof junk);
    rig_write(&r, "mix.opus", bytes, len_bytes - 1);
    rig_write(&r, "a.opus", junk, sizeof junk);
    CHECK_EQ_INT(recover(&r, MC_E_CORRUPT), 10); /* the others are mended all the same */
    CHECK_EQ_INT(size_of(&r, "a.opus"), sizeof junk);
    r.n_events = 0;
    rig_open(&r, 10);
    rig_mix(&r, 10, LOUD);
    rig_track(&r, "a.opus", 10, &r.voice);
    rig_run(&r);
    CHECK_EQ_INT(r.n_events, 1);
    CHECK_EQ_INT(r.events[0].kind, MC_EV_RECORD_INTERRUPTED);
    CHECK_EQ_INT(r.events[0].code, EBADMSG);
    rig_end(&r);
    check_finished(&r, "mix.opus", 11);
    CHECK_EQ_INT(size_of(&r, "a.opus"), sizeof junk);
    free(bytes);
    rig_deinit(&r);
}

/* One packet closes a file, so a pre-skip of none or of several would make it a tick too short or too long. */
static void test_preskip_that_one_packet_does_not_make_up_for_is_refused(void) {
    static const uint16_t preskips[] = {0, 1, 960, 961, 65535};
    rig r;
    size_t len_bytes;
    rig_init(&r);
    uint8_t *bytes = small_file(&r, 1, &len_bytes);
    for (size_t i = 0; i < sizeof preskips / sizeof *preskips; i++) {
        const bool good = preskips[i] >= 1 && preskips[i] <= 960;
        memcpy(bytes + 38, &preskips[i], sizeof preskips[i]);
        ogg_page_checksum_set(&(ogg_page){bytes, 28, bytes + 28, 19});
        rig_empty(&r);
        rig_write(&r, "mix.opus", bytes, len_bytes);
        CHECK_EQ_INT(recover(&r, good ? 0 : MC_E_CORRUPT), good ? 25 : 0);
        CHECK_EQ_INT(size_of(&r, "mix.opus"), len_bytes);
    }
    free(bytes);
    rig_deinit(&r);
}

static void test_link_is_not_followed(void) {
    rig r;
    rig_init(&r);
    CHECK_EQ_INT(symlink("/dev/zero", rig_path(&r, "a.opus")), 0);
    CHECK_EQ_INT(recover(&r, MC_E_SYSTEM), 0);
    rig_deinit(&r);
}

static void test_empty_and_missing_directories_are_told_apart(void) {
    rig r;
    uint32_t tick = 99;
    rig_init(&r);
    CHECK_EQ_INT(recover(&r, 0), 0);
    CHECK_EQ_INT(mc_recording_recover("/dev/shm/parley-nowhere", &tick), MC_E_SYSTEM);
    CHECK_EQ_INT(tick, 0);
    CHECK_EQ_INT(mc_recording_recover(NULL, &tick), MC_E_ARGUMENT);
    rig_deinit(&r);
}

int main(void) {
    test_killed_recording_goes_on_as_one_stream();
    test_file_cut_at_any_byte_goes_on();
    test_torn_file_is_mended_when_it_is_continued();
    test_garbage_behind_the_end_is_cut_however_long();
    test_whole_recording_is_left_as_it_is();
    test_longest_file_tells_the_tick();
    test_peaks_are_fitted_to_the_mix();
    test_torn_turn_is_cut_at_any_byte();
    test_foreign_file_is_reported_and_not_touched();
    test_preskip_that_one_packet_does_not_make_up_for_is_refused();
    test_link_is_not_followed();
    test_empty_and_missing_directories_are_told_apart();
    return check_report();
}

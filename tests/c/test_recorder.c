#include <sys/resource.h>

#include "recorder_rig.h"

static const float LOUD = 0.5f, SILENT = 0.f;

static double energy_of_ticks(const oracle_stream *stream, uint32_t from, uint32_t to) {
    return oracle_energy(stream, from * 960, to * 960);
}

static void test_mix_is_whole_after_every_tick(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    for (uint32_t tick = 0; tick < 45; tick++) {
        rig_ticks(&r, tick, tick + 1, LOUD);
        oracle_stream mix = rig_read(&r, "mix.opus");
        CHECK_EQ_INT(mix.n_packets, (tick + 1) / 10 * 10);
        CHECK_EQ_INT(mix.ends, 0);
        oracle_free(&mix);
    }
    rig_deinit(&r);
}

static void test_ended_recording_lasts_as_many_ticks_as_were_pushed(void) {
    for (uint32_t n_ticks = 0; n_ticks <= 31; n_ticks++) {
        rig r;
        rig_init(&r);
        rig_open(&r, 0);
        for (uint32_t tick = 0; tick < n_ticks; tick++) {
            rig_mix(&r, tick, LOUD);
            rig_track(&r, "a.opus", tick, &r.voice);
            rig_run(&r);
        }
        rig_end(&r);
        oracle_stream mix = rig_read(&r, "mix.opus");
        CHECK_EQ_INT(mix.ends, 1);
        CHECK_EQ_INT(mix.preskip, 624);
        CHECK_EQ_INT(oracle_length(&mix), n_ticks * 960);
        oracle_free(&mix);
        if (n_ticks) {
            oracle_stream track = rig_read(&r, "a.opus");
            CHECK_EQ_INT(track.preskip, 312);
            CHECK_EQ_INT(oracle_length(&track), n_ticks * 960);
            oracle_free(&track);
        }
        CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_CLOSED), 1);
        CHECK_EQ_INT(r.events[0].value, n_ticks * 20);
        CHECK_EQ_INT(r.events[0].room, 7);
        rig_deinit(&r);
    }
}

/* Two who speak in turn: each is heard on their own track when they spoke, and nobody else is. */
static void test_tracks_keep_the_time_of_the_mix(void) {
    rig r;
    voice ana, ben;
    rig_init(&r);
    voice_init(&ana);
    voice_init(&ben);
    rig_open(&r, 0);
    for (uint32_t tick = 0; tick < 200; tick++) {
        rig_mix(&r, tick, LOUD);
        voice *who = tick >= 50 && tick < 100 ? &ana : tick >= 120 && tick < 150 ? &ben : NULL;
        if (who) {
            voice_say(who, LOUD);
            rig_track(&r, who == &ana ? "ana.opus" : "ben.opus", tick, who);
        }
        rig_run(&r);
    }
    rig_end(&r);
    oracle_stream a = rig_read(&r, "ana.opus"), b = rig_read(&r, "ben.opus");
    CHECK_EQ_INT(a.n_packets, 101); /* no silence is written behind a voice, but for the closing packet */
    CHECK_EQ_INT(a.n_silent, 51);
    CHECK_EQ_INT(b.n_packets, 151);
    CHECK(energy_of_ticks(&a, 0, 49) < 1e-9 && energy_of_ticks(&b, 0, 119) < 1e-9);
    CHECK(energy_of_ticks(&a, 51, 99) > 0.05 && energy_of_ticks(&b, 121, 149) > 0.05);
    oracle_free(&a);
    oracle_free(&b);
    voice_deinit(&ana);
    voice_deinit(&ben);
    rig_deinit(&r);
}

static double correlation(const float *a, const float *b, size_t n) {
    double ab = 0, aa = 1e-12, bb = 1e-12;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

/* By how many samples b comes after a, looking up to 1,000 either way. */
static int lag_of(const float *a, const float *b, size_t n_samples) {
    int best = 0;
    double best_r = -1;
    for (int lag = -1000; lag <= 1000; lag++) {
        double r = correlation(a + 1000, b + 1000 + lag, n_samples - 2000);
        if (r > best_r)
            best_r = r, best = lag;
    }
    CHECK(best_r > 0.7);
    return best;
}

/* Microphone, track and mix, each through its own codecs, must lie on one line. */
static void test_track_and_mix_are_aligned_to_the_microphone(void) {
    enum { N_TICKS = 25, N_SAMPLES = N_TICKS * 960 };
    static float microphone[N_SAMPLES];
    float heard[960];
    rig r;
    voice speaker;
    int error;
    OpusDecoder *decoder = opus_decoder_create(48000, 1, &error);
    rig_init(&r);
    voice_init(&speaker);
    for (int i = 0; i < N_SAMPLES; i++) /* 300 to 2,700 Hz */
        microphone[i] =
            0.4f * sinf(6.2831853f * (300.f + 2400.f * (float)i / N_SAMPLES) * (float)i / 48000.f);
    rig_open(&r, 0);
    for (uint32_t tick = 0; tick < N_TICKS; tick++) {
        voice_encode(&speaker, microphone + tick * 960);
        rig_track(&r, "a.opus", tick, &speaker);
        CHECK_EQ_INT(opus_decode_float(decoder, speaker.packet, (int)speaker.len_bytes, heard, 960, 0), 960);
        voice_encode(&r.voice, heard);
        mc_rec_item mix = {
            .kind = MC_REC_MIX, .tick = tick, .payload = r.voice.packet, .len_bytes = r.voice.len_bytes};
        CHECK_EQ_INT(rig_push(&r, mix), 0);
        rig_run(&r);
    }
    rig_end(&r);
    oracle_stream track = rig_read(&r, "a.opus"), mix = rig_read(&r, "mix.opus");
    CHECK(abs(lag_of(microphone, track.pcm, N_SAMPLES)) <= 2);
    CHECK(abs(lag_of(track.pcm, mix.pcm, N_SAMPLES)) <= 2);
    oracle_free(&track);
    oracle_free(&mix);
    opus_decoder_destroy(decoder);
    voice_deinit(&speaker);
    rig_deinit(&r);
}

static void test_ticks_that_never_came_are_silence(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 50, LOUD);
    rig_ticks(&r, 87, 120, LOUD);
    rig_end(&r);
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(oracle_length(&mix), 120 * 960);
    CHECK_EQ_INT(mix.n_silent, 37 + 1);
    CHECK(energy_of_ticks(&mix, 70, 86) < 1e-3 && energy_of_ticks(&mix, 90, 119) > 0.05);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void test_voice_first_heard_late_has_silence_before_it(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_mix(&r, 0, LOUD);
    rig_track(&r, "a.opus", 1999, &r.voice);
    rig_end(&r);
    oracle_stream track = rig_read(&r, "a.opus");
    CHECK_EQ_INT(oracle_length(&track), 2000 * 960);
    CHECK_EQ_INT(track.n_silent, 1999 + 1);
    CHECK_EQ_INT(track.n_pages, 2 + 200 + 1);
    oracle_free(&track);
    rig_deinit(&r);
}

static void test_voice_that_falls_silent_is_on_disk_200_ms_later(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    for (uint32_t tick = 0; tick < 9; tick++) {
        rig_mix(&r, tick, LOUD);
        if (tick < 4)
            rig_track(&r, "a.opus", tick, &r.voice);
        rig_run(&r);
    }
    CHECK_EQ_INT(rig_packets(&r, "a.opus"), 0);
    rig_ticks(&r, 9, 10, LOUD);
    CHECK_EQ_INT(rig_packets(&r, "a.opus"), 4);
    rig_deinit(&r);
}

static void test_recording_begun_late_has_its_own_time(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 1000);
    for (uint32_t tick = 1000; tick < 1050; tick++) {
        rig_mix(&r, tick, LOUD);
        if (tick == 1020)
            rig_track(&r, "a.opus", tick, &r.voice);
        if (tick % 5 == 4)
            rig_peak(&r, tick, 9);
        rig_run(&r);
    }
    rig_turn(&r, 3, 1010, 1030);
    rig_end(&r);
    oracle_stream mix = rig_read(&r, "mix.opus"), track = rig_read(&r, "a.opus");
    CHECK_EQ_INT(mix.first_tick, 1000);
    CHECK_EQ_INT(track.first_tick, 1000);
    CHECK_EQ_INT(oracle_length(&mix), 50 * 960);
    CHECK_EQ_INT(oracle_length(&track), 21 * 960);
    CHECK_EQ_INT(r.events[0].value, 1000);
    size_t len;
    uint8_t *peaks = oracle_load(rig_path(&r, "peaks.u8"), &len);
    CHECK_EQ_INT(len, 10);
    CHECK_EQ_INT(peaks[0], 9);
    char *turns = (char *)oracle_load(rig_path(&r, "turns.ndjson"), &len);
    CHECK(strcmp(turns, "{\"person\":3,\"start_ms\":200,\"end_ms\":600}\n") == 0);
    free(peaks);
    free(turns);
    oracle_free(&mix);
    oracle_free(&track);
    rig_deinit(&r);
}

static void test_ended_recording_goes_on_in_the_same_stream(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 100);
    rig_ticks(&r, 100, 125, LOUD);
    rig_end(&r);
    oracle_stream before = rig_read(&r, "mix.opus");
    rig_open(&r, 200);
    rig_ticks(&r, 200, 217, LOUD);
    rig_end(&r);
    oracle_stream after = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(after.serial, before.serial);
    CHECK_EQ_INT(after.first_tick, 100);
    CHECK_EQ_INT(oracle_length(&after), 117 * 960);
    CHECK_EQ_INT(after.n_silent, 75 + 1);
    CHECK_EQ_INT(r.events[1].value, 117 * 20);
    oracle_free(&before);
    oracle_free(&after);
    rig_deinit(&r);
}

static void test_ticks_that_are_recorded_are_not_written_twice(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 20, LOUD);
    rig_ticks(&r, 5, 21, LOUD);
    rig_end(&r);
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(oracle_length(&mix), 21 * 960);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void test_peaks_that_never_came_are_zero(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 33, LOUD);
    rig_peak(&r, 4, 200);
    rig_peak(&r, 19, 100);
    rig_end(&r);
    static const uint8_t expected[] = {200, 0, 0, 100, 0, 0, 0};
    size_t len;
    uint8_t *peaks = oracle_load(rig_path(&r, "peaks.u8"), &len);
    CHECK_EQ_INT(len, sizeof expected);
    CHECK(memcmp(peaks, expected, sizeof expected) == 0);
    free(peaks);
    rig_deinit(&r);
}

static void test_files_are_synced_each_second_if_written(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_run(&r);
    fault.n_syncs = 0;
    rig_ticks(&r, 0, 49, LOUD);
    CHECK_EQ_INT(fault.n_syncs, 0);
    rig_ticks(&r, 49, 50, LOUD);
    CHECK_EQ_INT(fault.n_syncs, 1);
    for (int i = 0; i < 500; i++)
        rig_run(&r);
    CHECK_EQ_INT(fault.n_syncs, 1);
    rig_deinit(&r);
}

static void test_short_writes_are_gone_on_with(void) {
    rig r;
    rig_init(&r);
    fault.kind = FAULT_SHORT;
    rig_open(&r, 0);
    rig_ticks(&r, 0, 25, LOUD);
    rig_end(&r);
    fault.kind = FAULT_NONE;
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(oracle_length(&mix), 25 * 960);
    CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_INTERRUPTED), 0);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void limit_file_size(rlim_t n_bytes) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = n_bytes == RLIM_INFINITY ? limit.rlim_max : n_bytes;
    CHECK_EQ_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full from tick 100 to tick 300. */
static void test_full_disk_costs_what_it_lasted_and_no_more(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 100, LOUD);
    struct stat info;
    CHECK_EQ_INT(stat(rig_path(&r, "mix.opus"), &info), 0);
    limit_file_size((rlim_t)info.st_size + 40); /* the next page is torn; not even silence fits */
    rig_ticks(&r, 100, 300, LOUD);
    limit_file_size(RLIM_INFINITY);
    CHECK_EQ_INT(rig_packets(&r, "mix.opus"), 100);
    CHECK_EQ_INT(r.n_events, 1);
    CHECK_EQ_INT(r.events[0].kind, MC_EV_RECORD_INTERRUPTED);
    CHECK_EQ_INT(r.events[0].code, EFBIG);

    rig_ticks(&r, 300, 400, SILENT);
    rig_ticks(&r, 400, 450, LOUD);
    rig_end(&r);
    CHECK_EQ_INT(r.n_events, 3);
    CHECK_EQ_INT(r.events[1].kind, MC_EV_RECORD_RESUMED);
    uint64_t resumed_tick = 100 + r.events[1].value / 20;
    CHECK(resumed_tick >= 300 && resumed_tick <= 351);
    CHECK_EQ_INT(r.events[2].kind, MC_EV_RECORD_CLOSED);
    CHECK_EQ_INT(r.events[2].value, 450 * 20);
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(oracle_length(&mix), 450 * 960);
    CHECK(energy_of_ticks(&mix, 120, 400) < 1e-3 && energy_of_ticks(&mix, 402, 449) > 0.05);
    mc_counters counters = {0};
    mc_recorder_counts(r.recorder, &counters);
    CHECK(counters.record_errors >= 4 && counters.record_errors <= 6); /* a try a second */
    CHECK_EQ_INT(counters.record_packets, 450 + 1);
    CHECK_EQ_INT(stat(rig_path(&r, "mix.opus"), &info), 0);
    CHECK_EQ_INT(counters.record_bytes, info.st_size);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void test_disk_that_stays_full_leaves_a_whole_file(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 50, LOUD);
    limit_file_size(1000);
    rig_ticks(&r, 50, 200, LOUD);
    rig_end(&r);
    limit_file_size(RLIM_INFINITY);
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(mix.n_packets, 50);
    CHECK_EQ_INT(mix.ends, 0);
    CHECK_EQ_INT(r.n_events, 2);
    CHECK_EQ_INT(r.events[1].kind, MC_EV_RECORD_CLOSED);
    CHECK_EQ_INT(r.events[1].value, 1000);
    oracle_free(&mix);
    rig_deinit(&r);
}

/* Whichever write meets a disk that is full for a moment, the timeline holds in every file. */
static void test_every_single_write_may_fail(void) {
    for (int k = 1; k > 0; k++) {
        rig r;
        rig_init(&r);
        fault.kind = FAULT_FULL;
        fault.writes_left = k;
        rig_open(&r, 0);
        for (uint32_t tick = 0; tick < 100; tick++) {
            rig_mix(&r, tick, LOUD);
            if (tick >= 13 && tick < 29)
                rig_track(&r, "a.opus", tick, &r.voice);
            if (tick % 5 == 4)
                rig_peak(&r, tick, (uint8_t)tick);
            if (tick == 40)
                rig_turn(&r, 3, 13, 29);
            rig_run(&r);
        }
        rig_end(&r);
        int was_met = fault.writes_left == 0;
        fault.kind = FAULT_NONE;
        fault.writes_left = 0;
        oracle_stream mix = rig_read(&r, "mix.opus"), track = rig_read(&r, "a.opus");
        CHECK_EQ_INT(oracle_length(&mix), mix.ends ? 100 * 960 : (int64_t)mix.n_packets * 960 - 624);
        CHECK(mix.n_packets >= 90 && track.n_packets >= 20);
        CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_CLOSED), 1);
        CHECK(rig_count(&r, MC_EV_RECORD_RESUMED) <= rig_count(&r, MC_EV_RECORD_INTERRUPTED));
        oracle_free(&mix);
        oracle_free(&track);
        rig_deinit(&r);
        if (!was_met) {
            CHECK(k > 30);
            break;
        }
    }
}

static void test_failed_sync_is_an_interruption(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 45, LOUD);
    fault.sync_error = EIO;
    rig_ticks(&r, 45, 60, LOUD);
    fault.sync_error = 0;
    CHECK_EQ_INT(r.n_events, 1);
    CHECK_EQ_INT(r.events[0].code, EIO);
    rig_ticks(&r, 60, 130, LOUD);
    CHECK_EQ_INT(r.n_events, 2);
    CHECK_EQ_INT(r.events[1].kind, MC_EV_RECORD_RESUMED);
    rig_deinit(&r);
}

static void test_directory_that_comes_late_is_taken(void) {
    rig r;
    rig_init(&r);
    rmdir(r.dir);
    rig_open(&r, 0);
    rig_ticks(&r, 0, 30, LOUD);
    CHECK_EQ_INT(r.n_events, 1);
    CHECK_EQ_INT(r.events[0].kind, MC_EV_RECORD_INTERRUPTED);
    CHECK_EQ_INT(r.events[0].code, ENOENT);
    CHECK_EQ_INT(mkdir(r.dir, 0700), 0);
    rig_ticks(&r, 30, 100, LOUD);
    rig_peak(&r, 99, 1);
    rig_end(&r);
    CHECK_EQ_INT(r.n_events, 3);
    CHECK_EQ_INT(r.events[1].kind, MC_EV_RECORD_RESUMED);
    CHECK_EQ_INT(r.events[1].value, 51 * 20);
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(oracle_length(&mix), 100 * 960);
    CHECK_EQ_INT(stat(rig_path(&r, "peaks.u8"), &(struct stat){0}), 0);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void test_track_that_fails_leaves_the_mix_alone(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    CHECK_EQ_INT(mkdir(rig_path(&r, "a.opus"), 0700), 0);
    for (uint32_t tick = 0; tick < 60; tick++) {
        rig_mix(&r, tick, LOUD);
        rig_track(&r, "a.opus", tick, &r.voice);
        rig_run(&r);
    }
    rmdir(rig_path(&r, "a.opus"));
    rig_end(&r);
    oracle_stream mix = rig_read(&r, "mix.opus"), track = rig_read(&r, "a.opus");
    CHECK_EQ_INT(oracle_length(&mix), 60 * 960);
    CHECK_EQ_INT(mix.n_silent, 1);
    CHECK_EQ_INT(oracle_length(&track), 60 * 960);
    CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_INTERRUPTED), 1);
    CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_RESUMED), 1);
    oracle_free(&mix);
    oracle_free(&track);
    rig_deinit(&r);
}

static void test_full_queue_is_counted_and_becomes_silence(void) {
    rig r;
    uint32_t tick = 0, n_taken;
    rig_init(&r);
    rig_open(&r, 0);
    voice_say(&r.voice, LOUD);
    mc_rec_item item = {.kind = MC_REC_MIX, .payload = r.voice.packet, .len_bytes = r.voice.len_bytes};
    while (item.tick = tick, rig_push(&r, item) == 0)
        tick++;
    n_taken = tick;
    while (rig_push(&r, (mc_rec_item){.kind = MC_REC_TURN}) == 0)
        n_taken++;
    CHECK_EQ_INT(rig_push(&r, (mc_rec_item){.kind = MC_REC_END}), MC_E_FULL);
    CHECK_EQ_INT(mc_recorder_run(r.recorder, r.now_ms), n_taken);
    rig_ticks(&r, tick + 5, tick + 6, LOUD);
    rig_end(&r);
    mc_counters counters = {0};
    mc_recorder_counts(r.recorder, &counters);
    CHECK_EQ_INT(counters.record_overrun, 3);
    CHECK_EQ_INT(counters.record_packets, tick + 6 + 1);
    CHECK_EQ_INT(r.events[0].value, (tick + 6) * 20);
    rig_deinit(&r);
}

static void test_freed_recorder_ends_what_is_open(void) {
    rig r;
    rig_init(&r);
    rig_open(&r, 0);
    for (uint32_t tick = 0; tick < 5; tick++)
        rig_mix(&r, tick, LOUD);
    mc_recorder_free(r.recorder);
    r.recorder = NULL;
    oracle_stream mix = rig_read(&r, "mix.opus");
    CHECK_EQ_INT(mix.ends, 1);
    CHECK_EQ_INT(oracle_length(&mix), 5 * 960);
    CHECK_EQ_INT(rig_count(&r, MC_EV_RECORD_CLOSED), 1);
    oracle_free(&mix);
    rig_deinit(&r);
}

static void test_descriptors_are_all_given_back(void) {
    rig r;
    rig_init(&r);
    int before = dup(0);
    for (int i = 0; i < 3; i++) {
        rig_open(&r, 0);
        rig_ticks(&r, 0, 12, LOUD);
        rig_track(&r, "a.opus", 12, &r.voice);
        rig_end(&r);
    }
    int after = dup(0);
    CHECK_EQ_INT(after, before + 1);
    close(before);
    close(after);
    rig_deinit(&r);
}

static void test_what_breaks_the_contract_is_refused(void) {
    rig r;
    uint8_t packet[1276] = {0xF8};
    mc_recording *recording;
    rig_init(&r);
    rig_open(&r, 0);
    char name[65];
    memset(name, 'a', 64);
    name[64] = 0;
    mc_rec_item good = {.kind = MC_REC_TRACK, .track = "a.opus", .payload = packet, .len_bytes = 1},
                bad = good;
    CHECK_EQ_INT(rig_push(&r, good), 0);
    bad.kind = 0;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad = good, bad.len_bytes = 0;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad = good, bad.len_bytes = 1276;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad = good, bad.track = "../a.opus";
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad.track = "";
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad.track = NULL;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad.track = name;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    bad = good, bad.kind = MC_REC_PEAK, bad.len_bytes = 2;
    CHECK_EQ_INT(rig_push(&r, bad), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_recorder_push(r.recorder, 1, &good), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_recording_open(r.recorder, 7, r.dir, 0, 649, &recording), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_recording_open(r.recorder, 7, NULL, 0, 312, &recording), MC_E_ARGUMENT);
    mc_recorder_config config = {.n_producers = 0, .emit = rig_event};
    mc_recorder *recorder;
    CHECK_EQ_INT(mc_recorder_new(&config, &recorder), MC_E_ARGUMENT);
    mc_recorder_free(NULL);
    rig_deinit(&r);
}

static void test_writer_that_stands_still_is_not_alive(void) {
    rig r;
    rig_init(&r);
    rig_run(&r);
    CHECK_EQ_INT(mc_recorder_lag_ms(r.recorder, r.now_ms + 1000), 1000);
    CHECK_EQ_INT(mc_recorder_alive(r.recorder, r.now_ms + 1000), 0);
    CHECK_EQ_INT(mc_recorder_alive(r.recorder, r.now_ms + 1001), MC_E_STATE);
    rig_deinit(&r);
}

int main(void) {
    signal(SIGXFSZ, SIG_IGN);
    test_mix_is_whole_after_every_tick();
    test_ended_recording_lasts_as_many_ticks_as_were_pushed();
    test_tracks_keep_the_time_of_the_mix();
    test_track_and_mix_are_aligned_to_the_microphone();
    test_ticks_that_never_came_are_silence();
    test_voice_first_heard_late_has_silence_before_it();
    test_voice_that_falls_silent_is_on_disk_200_ms_later();
    test_recording_begun_late_has_its_own_time();
    test_ended_recording_goes_on_in_the_same_stream();
    test_ticks_that_are_recorded_are_not_written_twice();
    test_peaks_that_never_came_are_zero();
    test_files_are_synced_each_second_if_written();
    test_short_writes_are_gone_on_with();
    test_full_disk_costs_what_it_lasted_and_no_more();
    test_disk_that_stays_full_leaves_a_whole_file();
    test_every_single_write_may_fail();
    test_failed_sync_is_an_interruption();
    test_directory_that_comes_late_is_taken();
    test_track_that_fails_leaves_the_mix_alone();
    test_full_queue_is_counted_and_becomes_silence();
    test_freed_recorder_ends_what_is_open();
    test_descriptors_are_all_given_back();
    test_what_breaks_the_contract_is_refused();
    test_writer_that_stands_still_is_not_alive();
    return check_report();
}

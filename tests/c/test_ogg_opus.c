#include "ogg_opus.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "mediacore.h"
#include "opus_oracle.h"

static const mc_ogg_head HEAD = {.serial = 0xC0FFEE11, .first_tick = 4294967295u, .preskip = 624};

/* A stream in memory, as a file would hold it. */
typedef struct {
    uint8_t bytes[64 * 1024];
    size_t len_bytes;
    size_t page_end[32];
    uint32_t n_pages;
    uint32_t n_packets;
} stream;

static void begin(stream *s) {
    *s = (stream){0};
    s->len_bytes = mc_ogg_headers_write(s->bytes, &HEAD);
    s->page_end[1] = s->len_bytes;
    s->n_pages = 2;
}

static void add_page(stream *s, mc_ogg_page *page, int ends) {
    size_t len_bytes;
    s->n_packets += page->n_packets;
    uint64_t granule = (uint64_t)s->n_packets * 960 - (ends ? 336 : 0);
    const uint8_t *bytes = mc_ogg_page_seal(page, HEAD.serial, s->n_pages, granule, ends, &len_bytes);
    memcpy(s->bytes + s->len_bytes, bytes, len_bytes);
    s->len_bytes += len_bytes;
    s->page_end[s->n_pages++] = s->len_bytes;
}

/* One-byte TOC 0xF8, then bytes that libopus will not refuse: 20 ms of CELT are any bytes at all. */
static void put(mc_ogg_page *page, size_t len_bytes) {
    uint8_t packet[MC_OGG_PACKET_BYTES];
    memset(packet, 'O', sizeof packet);
    packet[0] = 0xF8;
    CHECK_EQ_INT(mc_ogg_page_put(page, packet, len_bytes), 0);
}

static stream *make_stream(void) {
    static stream s;
    mc_ogg_page page = {0};
    begin(&s);
    for (size_t i = 0; i < 25; i++) {
        put(&page, 1 + i * 7);
        if (page.n_packets == 10 || i == 24)
            add_page(&s, &page, i == 24);
    }
    return &s;
}

static void test_headers_are_what_others_read(void) {
    uint8_t bytes[MC_OGG_HEADERS_BYTES];
    oracle_stream read = oracle_read_bytes(bytes, mc_ogg_headers_write(bytes, &HEAD));
    CHECK_EQ_INT(read.n_pages, 2);
    CHECK_EQ_INT(read.serial, HEAD.serial);
    CHECK_EQ_INT(read.preskip, HEAD.preskip);
    CHECK_EQ_INT(read.first_tick, HEAD.first_tick);
    oracle_free(&read);
}

static void test_headers_come_back(void) {
    stream *s = make_stream();
    mc_ogg_head head;
    CHECK_EQ_INT(mc_ogg_headers_read(s->bytes, s->len_bytes, &head), s->page_end[1]);
    CHECK_EQ_INT(head.serial, HEAD.serial);
    CHECK_EQ_INT(head.preskip, HEAD.preskip);
    CHECK_EQ_INT(head.first_tick, HEAD.first_tick);
}

static void test_headers_cut_anywhere_are_not_there(void) {
    stream *s = make_stream();
    for (size_t len = 0; len < s->page_end[1]; len++) {
        mc_ogg_head head;
        uint8_t *bytes = guard_copy(s->bytes, len);
        CHECK_EQ_INT(mc_ogg_headers_read(bytes, len, &head), 0);
        guard_free(bytes, len);
    }
}

static void test_headers_with_any_bit_wrong_are_corrupt(void) {
    stream *s = make_stream();
    mc_ogg_head head;
    for (size_t bit = 0; bit < s->page_end[1] * 8; bit++) {
        s->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_EQ_INT(mc_ogg_headers_read(s->bytes, s->len_bytes, &head), MC_E_CORRUPT);
        s->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* The same page with another body: lengths as they are, checksum right. */
static void reseal(uint8_t *page, size_t len_bytes) {
    mc_ogg_page_reopen(page, len_bytes, 0);
}

static void test_tags_that_lie_about_their_lengths_are_corrupt(void) {
    static const uint32_t lies[] = {0, 1, 29, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    stream *s = make_stream();
    size_t tags = 47, tags_bytes = s->page_end[1] - tags, vendor = 28 + 8, comment = vendor + 4 + 6 + 4;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        for (size_t field = vendor; field <= comment; field += comment - vendor) {
            mc_ogg_head head;
            uint8_t *bytes = guard_copy(s->bytes, s->page_end[1]);
            memcpy(bytes + tags + field, &lies[i], 4);
            reseal(bytes + tags, tags_bytes);
            CHECK_EQ_INT(mc_ogg_headers_read(bytes, s->page_end[1], &head), 0);
            guard_free(bytes, s->page_end[1]);
        }
    }
}

/* Header pages that are not the first two of their stream, or say that audio has gone by: checksums right. */
static void test_headers_out_of_place_are_corrupt(void) {
    enum { TAGS = 47, AT_FLAGS = 5, AT_GRANULE = 6, AT_NUMBER = 18 };
    static const size_t places[] = {AT_FLAGS, AT_GRANULE, AT_GRANULE + 7, AT_NUMBER, AT_NUMBER + 3};
    for (size_t i = 0; i < 2 * sizeof places / sizeof *places; i++) {
        stream *s = make_stream();
        const size_t at = i % 2 ? TAGS : 0, len_bytes = i % 2 ? s->page_end[1] - TAGS : TAGS;
        mc_ogg_head head;
        s->bytes[at + places[i / 2]] ^= 2;
        ogg_page_checksum_set(&(ogg_page){s->bytes + at, 28, s->bytes + at + 28, (long)len_bytes - 28});
        CHECK_EQ_INT(mc_ogg_headers_read(s->bytes, s->len_bytes, &head), MC_E_CORRUPT);
    }
}

static void test_pages_are_what_others_read(void) {
    stream *s = make_stream();
    oracle_stream read = oracle_read_bytes(s->bytes, s->len_bytes);
    CHECK_EQ_INT(read.n_pages, 5);
    CHECK_EQ_INT(read.n_packets, 25);
    CHECK_EQ_INT(read.ends, 1);
    CHECK_EQ_INT(oracle_length(&read), 25 * 960 - 336 - 624);
    oracle_free(&read);
}

static void test_packets_of_every_length_fit(void) {
    for (size_t len = 1; len <= MC_OGG_PACKET_BYTES; len++) {
        mc_ogg_page page = {0};
        stream s;
        begin(&s);
        for (int i = 0; i < MC_OGG_PAGE_PACKETS; i++)
            put(&page, len);
        add_page(&s, &page, 0);
        mc_ogg_found found;
        CHECK_EQ_INT(mc_ogg_find_last(s.bytes, s.len_bytes, HEAD.serial, &found), 1);
        CHECK_EQ_INT(found.len_bytes, 27 + 10 * (len / 255 + 1) + 10 * len);
        CHECK_EQ_INT(found.toc, 0xF8);
        if (len % 85 == 0) {
            oracle_stream read = oracle_read_bytes(s.bytes, s.len_bytes);
            CHECK_EQ_INT(read.n_packets, 10);
            oracle_free(&read);
        }
    }
}

static void test_page_refuses_what_it_cannot_hold(void) {
    uint8_t packet[MC_OGG_PACKET_BYTES + 1] = {0xF8};
    mc_ogg_page page = {0};
    CHECK_EQ_INT(mc_ogg_page_put(&page, packet, 0), MC_E_ARGUMENT);
    CHECK_EQ_INT(mc_ogg_page_put(&page, packet, sizeof packet), MC_E_ARGUMENT);
    for (int i = 0; i < MC_OGG_PAGE_PACKETS; i++)
        put(&page, 1);
    CHECK_EQ_INT(mc_ogg_page_put(&page, packet, 1), MC_E_FULL);
}

static uint32_t whole_pages(const stream *s, size_t len_bytes) {
    uint32_t n = 0;
    while (n < s->n_pages && s->page_end[n] <= len_bytes)
        n++;
    return n;
}

static void test_last_whole_page_is_found_wherever_the_end_was_cut(void) {
    stream *s = make_stream();
    s->page_end[0] = 47;
    for (size_t len = 0; len <= s->len_bytes; len++) {
        mc_ogg_found found;
        uint8_t *bytes = guard_copy(s->bytes, len);
        uint32_t n = whole_pages(s, len);
        CHECK_EQ_INT(mc_ogg_find_last(bytes, len, HEAD.serial, &found), n > 0);
        if (n) {
            CHECK_EQ_INT(found.offset + found.len_bytes, s->page_end[n - 1]);
            CHECK_EQ_INT(found.number, n - 1);
            CHECK_EQ_INT(found.ends, n == s->n_pages);
        }
        guard_free(bytes, len);
    }
}

static void test_page_with_any_bit_wrong_is_passed_over(void) {
    stream *s = make_stream();
    size_t start = s->page_end[3];
    for (size_t bit = start * 8; bit < s->len_bytes * 8; bit++) {
        mc_ogg_found found;
        s->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_EQ_INT(mc_ogg_find_last(s->bytes, s->len_bytes, HEAD.serial, &found), 1);
        CHECK_EQ_INT(found.number, 3);
        s->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_page_behind_damage_is_found(void) {
    stream *s = make_stream();
    mc_ogg_found found;
    memset(s->bytes + s->page_end[1], 0, s->page_end[3] - s->page_end[1] + 9);
    CHECK_EQ_INT(mc_ogg_find_last(s->bytes, s->len_bytes, HEAD.serial, &found), 1);
    CHECK_EQ_INT(found.number, 1);
    s = make_stream();
    memset(s->bytes + s->page_end[1], 0, s->page_end[3] - s->page_end[1]);
    CHECK_EQ_INT(mc_ogg_find_last(s->bytes, s->len_bytes, HEAD.serial, &found), 1);
    CHECK_EQ_INT(found.number, 4);
}

static void test_pages_of_another_stream_do_not_count(void) {
    stream *s = make_stream();
    mc_ogg_found found;
    CHECK_EQ_INT(mc_ogg_find_last(s->bytes, s->len_bytes, HEAD.serial + 1, &found), 0);
}

/* Bytes that look like pages often enough to reach every length field. */
static void test_hostile_bytes_are_survived(void) {
    srand(1);
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[600];
        size_t len = (size_t)(rand() % (int)sizeof bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(rand() % 4 ? rand() : 255);
        for (size_t i = 0; i + 18 <= len; i += (size_t)(rand() % 90) + 1) {
            memcpy(bytes + i, "OggS\0\0", 6);
            memcpy(bytes + i + 14, &HEAD.serial, 4);
        }
        mc_ogg_found found;
        mc_ogg_head head;
        uint8_t *guarded = guard_copy(bytes, len);
        CHECK_EQ_INT(mc_ogg_find_last(guarded, len, HEAD.serial, &found), 0);
        CHECK(mc_ogg_headers_read(guarded, len, &head) <= 0);
        guard_free(guarded, len);
    }
}

static void test_reopened_stream_goes_on(void) {
    stream *s = make_stream();
    mc_ogg_page page = {0};
    mc_ogg_page_reopen(s->bytes + s->page_end[3], s->len_bytes - s->page_end[3], 25 * 960);
    put(&page, 3);
    add_page(s, &page, 1);
    oracle_stream read = oracle_read_bytes(s->bytes, s->len_bytes);
    CHECK_EQ_INT(read.n_packets, 26);
    CHECK_EQ_INT(read.ends, 1);
    oracle_free(&read);
}

static void test_silence_is_20_ms_of_the_same_kind(void) {
    for (int i = 0; i < 256; i++) {
        uint8_t toc = (uint8_t)i, silence = mc_ogg_silence(toc);
        CHECK_EQ_INT(opus_packet_get_nb_samples(&silence, 1, 48000), 960);
        CHECK_EQ_INT(opus_packet_get_bandwidth(&silence), opus_packet_get_bandwidth(&toc));
        CHECK_EQ_INT(opus_packet_get_nb_channels(&silence), opus_packet_get_nb_channels(&toc));
        CHECK_EQ_INT(mc_ogg_silence(silence), silence);
    }
}

int main(void) {
    test_headers_are_what_others_read();
    test_headers_come_back();
    test_headers_cut_anywhere_are_not_there();
    test_headers_with_any_bit_wrong_are_corrupt();
    test_tags_that_lie_about_their_lengths_are_corrupt();
    test_headers_out_of_place_are_corrupt();
    test_pages_are_what_others_read();
    test_packets_of_every_length_fit();
    test_page_refuses_what_it_cannot_hold();
    test_last_whole_page_is_found_wherever_the_end_was_cut();
    test_page_with_any_bit_wrong_is_passed_over();
    test_page_behind_damage_is_found();
    test_pages_of_another_stream_do_not_count();
    test_hostile_bytes_are_survived();
    test_reopened_stream_goes_on();
    test_silence_is_20_ms_of_the_same_kind();
    return check_report();
}

#include "beside.h"

#include "file_io.h"
#include "mediacore.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void mc_beside_init(mc_beside *beside) {
    *beside = (mc_beside){.peaks_fd = -1, .turns_fd = -1};
}

void mc_beside_deinit(mc_beside *beside) {
    if (beside->peaks_fd >= 0)
        close(beside->peaks_fd);
    if (beside->turns_fd >= 0)
        close(beside->turns_fd);
    mc_beside_init(beside);
}

/* *fd stays -1 when there is no such file and none is to be made. */
static int open_at(int dir_fd, const char *name, int create, int *fd) {
    *fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
    return *fd < 0 && (create || errno != ENOENT) ? MC_E_SYSTEM : 0;
}

/* Where the last whole line ends. */
static int64_t end_of_lines(int fd) {
    uint8_t bytes[4096];
    int64_t stop = mc_file_length(fd);
    while (stop > 0) {
        int64_t start = stop > (int64_t)sizeof bytes ? stop - (int64_t)sizeof bytes : 0;
        int status = mc_file_read(fd, bytes, (size_t)(stop - start), (uint64_t)start);
        if (status)
            return status;
        const uint8_t *newline = memrchr(bytes, '\n', (size_t)(stop - start));
        if (newline)
            return start + (newline - bytes) + 1;
        stop = start;
    }
    return stop;
}

static int mend_turns(mc_beside *beside) {
    int64_t end = end_of_lines(beside->turns_fd);
    if (end < 0 || mc_file_cut(beside->turns_fd, (uint64_t)end))
        return MC_E_SYSTEM;
    beside->turns_bytes = (uint64_t)end;
    return 0;
}

static int open_turns(mc_beside *beside, int dir_fd, int create) {
    int status = open_at(dir_fd, "turns.ndjson", create, &beside->turns_fd);
    if (beside->turns_fd >= 0 && (status = mend_turns(beside))) {
        int error = errno;
        close(beside->turns_fd);
        beside->turns_fd = -1;
        errno = error;
    }
    return status;
}

int mc_beside_open(mc_beside *beside, int dir_fd, int create) {
    int status = 0;
    if (beside->turns_fd < 0)
        status = open_turns(beside, dir_fd, create);
    if (!status && beside->peaks_fd < 0)
        status = open_at(dir_fd, "peaks.u8", create, &beside->peaks_fd);
    return status;
}

int mc_beside_peak(mc_beside *beside, uint32_t tick, uint8_t peak) {
    if (beside->peaks_fd < 0)
        return MC_E_SYSTEM;
    beside->unsynced = 1;
    return mc_file_write(beside->peaks_fd, &peak, 1, tick / MC_PEAK_TICKS);
}

int mc_beside_turn(mc_beside *beside, uint64_t person, uint32_t tick, uint32_t end_tick) {
    char line[96];
    if (beside->turns_fd < 0)
        return MC_E_SYSTEM;
    int len = snprintf(line, sizeof line,
                       "{\"person\":%" PRIu64 ",\"start_ms\":%" PRIu64 ",\"end_ms\":%" PRIu64 "}\n", person,
                       (uint64_t)tick * MC_TICK_MS, (uint64_t)end_tick * MC_TICK_MS);
    beside->unsynced = 1;
    if (mc_file_write(beside->turns_fd, (const uint8_t *)line, (size_t)len, beside->turns_bytes)) {
        mc_file_cut(beside->turns_fd, beside->turns_bytes);
        return MC_E_SYSTEM;
    }
    beside->turns_bytes += (uint64_t)len;
    return 0;
}

int mc_beside_fit(mc_beside *beside, uint32_t n_ticks) {
    if (beside->peaks_fd < 0)
        return 0;
    beside->unsynced = 1;
    return mc_file_cut(beside->peaks_fd, ((uint64_t)n_ticks + MC_PEAK_TICKS - 1) / MC_PEAK_TICKS);
}

int mc_beside_sync(mc_beside *beside) {
    if (!beside->unsynced)
        return 0;
    if ((beside->peaks_fd >= 0 && fdatasync(beside->peaks_fd)) ||
        (beside->turns_fd >= 0 && fdatasync(beside->turns_fd)))
        return MC_E_SYSTEM;
    beside->unsynced = 0;
    return 0;
}

#include "beside.h"
#include "mediacore.h"
#include "opus_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int is_opus(const char *name) {
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".opus") == 0;
}

static int recover_opus(int dir_fd, const char *name, uint32_t *end_tick, uint32_t *n_mix_ticks) {
    mc_opus_file file;
    int status = mc_opus_file_recover(&file, dir_fd, name);
    if (status)
        return status;
    uint32_t n_ticks = mc_opus_file_n_ticks(&file);
    if (n_ticks && file.head.first_tick + n_ticks > *end_tick)
        *end_tick = file.head.first_tick + n_ticks;
    if (strcmp(name, "mix.opus") == 0)
        *n_mix_ticks = n_ticks;
    mc_opus_file_deinit(&file);
    return 0;
}

static int recover_beside(int dir_fd, uint32_t n_mix_ticks) {
    mc_beside beside;
    mc_beside_init(&beside);
    int status = mc_beside_open(&beside, dir_fd, 0);
    if (!status)
        status = mc_beside_fit(&beside, n_mix_ticks);
    mc_beside_deinit(&beside);
    return status;
}

/* One bad file does not keep the others from being mended; the first failure is reported. */
static int recover_all(DIR *dir, uint32_t *end_tick) {
    int status = 0;
    uint32_t n_mix_ticks = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        int one =
            is_opus(entry->d_name) ? recover_opus(dirfd(dir), entry->d_name, end_tick, &n_mix_ticks) : 0;
        status = status ? status : one;
    }
    int beside = recover_beside(dirfd(dir), n_mix_ticks);
    return status ? status : beside;
}

int mc_recording_recover(const char *directory, uint32_t *tick) {
    if (!directory || !tick)
        return MC_E_ARGUMENT;
    *tick = 0;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return MC_E_SYSTEM;
    }
    int status = recover_all(dir, tick);
    closedir(dir);
    return status;
}

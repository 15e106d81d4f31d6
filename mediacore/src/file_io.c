#include "file_io.h"

#include "mediacore.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int mc_file_read(int fd, uint8_t *out, size_t len_bytes, uint64_t offset) {
    for (size_t done = 0; done < len_bytes;) {
        ssize_t n = pread(fd, out + done, len_bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? MC_E_SYSTEM : MC_E_CORRUPT;
        done += (size_t)n;
    }
    return 0;
}

int mc_file_write(int fd, const uint8_t *bytes, size_t len_bytes, uint64_t offset) {
    for (size_t done = 0; done < len_bytes;) {
        ssize_t n = pwrite(fd, bytes + done, len_bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return MC_E_SYSTEM;
        done += (size_t)n;
    }
    return 0;
}

int mc_file_cut(int fd, uint64_t len_bytes) {
    while (ftruncate(fd, (off_t)len_bytes))
        if (errno != EINTR)
            return MC_E_SYSTEM;
    return 0;
}

int64_t mc_file_length(int fd) {
    struct stat info;
    return fstat(fd, &info) ? MC_E_SYSTEM : info.st_size;
}

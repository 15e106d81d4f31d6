/*
 * pread and pwrite that finish: interrupted and short calls are gone on with. MC_E_SYSTEM: errno says which.
 */
#ifndef MC_FILE_IO_H
#define MC_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

/* MC_E_CORRUPT when the file ends before. */
int mc_file_read(int fd, uint8_t *out, size_t len_bytes, uint64_t offset);

/* After a failure some of the bytes may have been written. */
int mc_file_write(int fd, const uint8_t *bytes, size_t len_bytes, uint64_t offset);

/* Cuts, or lengthens with zeros. */
int mc_file_cut(int fd, uint64_t len_bytes);

/* 0 or more: its length. */
int64_t mc_file_length(int fd);

#endif

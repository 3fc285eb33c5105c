/* Folders and small whole files of the data folder.
 * knows: paths, modes, fsync, locks. knows not: what a file is for. owns: nothing; returned
 * descriptors are the caller's. After ERR_IO errno says why. */
#ifndef IO_DISK_H
#define IO_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Makes the folder with mode 0700 when it is not there (its parent must be), checks that it is a
 * folder of ours that we can write to, and gives its absolute path. ERR_IO, ERR_LIMIT (path). */
enum err disk_folder_make(const char *path, char *absolute, size_t cap);
/* The absolute form of an existing path. ERR_IO, ERR_LIMIT. */
enum err disk_absolute(const char *path, char *absolute, size_t cap);
/* folder/name into out. ERR_LIMIT. */
enum err disk_join(char *out, size_t cap, const char *folder, const char *name);
/* An exclusive lock on folder/name, held until the descriptor closes. ERR_BUSY when another process
 * has it. */
enum err disk_lock(const char *folder, const char *name, int *fd);
/* Replaces a file as a whole (temporary file, fsync, rename, fsync of the folder), mode 0600. */
enum err disk_replace(const char *path, struct span content);
/* Reads a whole file. ERR_NOT_FOUND, ERR_LIMIT (longer than cap), ERR_IO. */
enum err disk_read(const char *path, void *out, size_t cap, size_t *len);
/* Points a symbolic link at target, replacing what was there. */
enum err disk_link(const char *path, const char *target);
bool disk_exists(const char *path);
/* True when a process of ours could make a file in the folder. */
bool disk_writable(const char *folder);

#endif

/* The built web client in memory: a table from path to bytes, filled before the sandbox. What is
 * not in the table does not exist, so no request can reach any other file. knows: folders, content
 * types. knows not: HTTP. owns: the files' bytes until web_static_close. */
#ifndef IO_WEB_STATIC_H
#define IO_WEB_STATIC_H

#include "base/err.h"
#include "base/span.h"

enum { WEB_FILES_MAX = 512, WEB_FILE_BYTES = 32 << 20, WEB_ETAG = 34 };

struct web_file {
    char *path; /* "/assets/main-1a2b.js" */
    const char *type;
    struct span plain, gzip; /* gzip empty when there is no .gz beside it */
    char etag[WEB_ETAG + 1]; /* with its quotes */
    bool immutable;          /* its name holds a hash of its content */
};

struct web_static {
    uint32_t count;
    struct web_file file[WEB_FILES_MAX];
};

/* Loads a folder and its sub-folders; links and special files are passed over. An empty name gives
 * an empty table. ERR_IO (errno), ERR_LIMIT (too many files or too large). */
enum err web_static_open(struct web_static *s, const char *folder);
void web_static_close(struct web_static *s);
/* NULL when there is no such file. */
const struct web_file *web_static_find(const struct web_static *s, struct span path);

#endif

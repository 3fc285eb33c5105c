/* The list of data centres in force, kept in the data folder for the next start. Front, whose list
 * it is and who judged it, has no files. */
#include <stdlib.h>
#include <string.h>

#include "base/logline.h"
#include "bin/role_store.h"
#include "io/disk.h"
#include "io/logger.h"
#include "proto/note.h"

void role_store_list(const char *data, const struct ipc_list_part *part)
{
    static uint8_t note[NOTE_BYTES];
    static size_t len;
    char path[IPC_PATH_MAX + 32];
    if (part->first)
        len = 0;
    if (part->len > sizeof note - len)
        return;
    memcpy(note + len, part->bytes, part->len);
    len += part->len;
    if (!part->last)
        return;
    enum err e = disk_join(path, sizeof path, data, "datacentres.note");
    if (e == ERR_OK)
        e = disk_replace(path, span_of(note, len));
    struct logline l;
    logline_start(&l, "store", e == ERR_OK ? "list_kept" : "list_not_kept");
    logline_str(&l, "error", err_name(e));
    log_line(&l);
}

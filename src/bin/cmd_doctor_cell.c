/* `conclave doctor` about a node among data centres: who it is, for how long, and which list it
 * would begin with. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bin/cmd_doctor.h"
#include "bin/config_addr.h"
#include "bin/list_read.h"
#include "bin/supervisor.h"
#include "io/disk.h"
#include "proto/note.h"

enum { DAY_S = 86400, SOON_DAYS = 14 };

/* False: there is no use in looking further. */
static bool check_identity(struct findings *f, struct ipc_cell *cell)
{
    struct complaint why;
    int64_t now = (int64_t)time(NULL), till = 0;
    if (config_cell_identity(cell, now, &till, &why) != ERR_OK) {
        finding_add(f, "node", FINDING_FAILED, "%s", why.text);
        return false;
    }
    long days = (long)((till - now) / DAY_S);
    finding_add(f, "node", days < SOON_DAYS ? FINDING_NOTE : FINDING_OK,
                "This is node %s of data centre %s in zone %s; its certificate holds for %ld more "
                "days%s.",
                cell->node, cell->centre, cell->zone, days,
                days < SOON_DAYS ? ", so have `conclave dc issue` make another" : "");
    return true;
}

static bool read_list(const char *file, const struct ipc_cell *cell, struct list *out,
                      struct json_read *r)
{
    static uint8_t bytes[NOTE_BYTES];
    size_t len = 0;
    enum err e = disk_read(file, bytes, sizeof bytes, &len);
    if (e != ERR_OK)
        return json_read_wrong(r, "it cannot be read");
    return list_read_note(out, r, span_of(bytes, len), cell->list_key);
}

static void check_list(struct findings *f, const struct ipc_cell *cell)
{
    static struct list list;
    struct json_read r = {{0}};
    if (!read_list(cell->list, cell, &list, &r)) {
        finding_add(f, "datacentres", FINDING_FAILED,
                    "The list of data centres %s is not in force: %s; get the newest one from who "
                    "signs it.",
                    cell->list, r.wrong);
        return;
    }
    const struct list_centre *own = list_centre_of(&list, cell->centre);
    bool here = own && strcmp(list.zone[own->zone].id, cell->zone) == 0;
    if (!here)
        finding_add(
            f, "datacentres", FINDING_FAILED,
            "The list %s does not have data centre %s in zone %s, as node_certificate says; "
            "have it signed with that.",
            cell->list, cell->centre, cell->zone);
    else if (own->state == LIST_WITHDRAWN)
        finding_add(f, "datacentres", FINDING_NOTE,
                    "Version %lld of the list has withdrawn data centre %s: nobody enters here.",
                    (long long)list.version, cell->centre);
    else
        finding_add(f, "datacentres", FINDING_OK,
                    "Version %lld of the list has %u data centres, and this one.",
                    (long long)list.version, (unsigned)list.centres);
}

static void check_port(struct findings *f, const struct ipc_addr *at)
{
    char text[CONFIG_ADDR_TEXT];
    config_addr_print(at, text);
    if (f->running)
        return; /* it is ours */
    int fd = setup_tcp(at);
    if (fd >= 0)
        close(fd);
    finding_add(f, "node_listen", fd >= 0 ? FINDING_OK : FINDING_FAILED,
                fd >= 0 ? "The port %s for other nodes is free."
                        : "The port %s for other nodes cannot be had; correct node_listen.",
                text);
}

void doctor_check_cell(struct findings *f, const struct config *c)
{
    struct ipc_cell cell = c->cell;
    if (!cell.on)
        return;
    if (check_identity(f, &cell))
        check_list(f, &cell);
    check_port(f, &c->node_listen);
}

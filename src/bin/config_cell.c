/* Configuration of a node among data centres: its keys, their bounds, their sentences, and who it
 * is by its certificates. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/config.h"
#include "bin/config_addr.h"
#include "bin/dc_files.h"
#include "crypt/crypt.h"
#include "io/disk.h"

static enum err set_file(char path[IPC_PATH_MAX + 1], const char *key, const char *value,
                         const char *where, struct complaint *why)
{
    size_t len = strlen(value);
    if (len == 0 || len > IPC_PATH_MAX)
        return complain(why, "%s: %s is empty or too long.", where, key);
    memcpy(path, value, len + 1);
    return ERR_OK;
}

static enum err set_key(uint8_t out[32], const char *key, const char *value, const char *where,
                        struct complaint *why)
{
    size_t len = 0;
    if (text_unbase64url(out, 32, &len, span_str(value)) == ERR_OK && len == 32)
        return ERR_OK;
    return complain(why,
                    "%s: %s is \"%.80s\", but must be a public key of 43 characters, as `conclave "
                    "dc key` prints it.",
                    where, key, value);
}

static bool centre_fine(const char *name)
{
    return authority_name_fine(name) && strlen(name) <= IPC_CENTRE_MAX;
}

/* "sha 10.0.0.2:7443": a data centre and the address of one of its nodes. */
static enum err add_peer(struct ipc_cell *cell, const char *value, const char *where,
                         struct complaint *why)
{
    struct ipc_node_peer peer;
    const char *blank = strchr(value, ' ');
    size_t len = blank ? (size_t)(blank - value) : 0;
    bool any = false, ok = len > 0 && len < sizeof peer.centre;
    memset(&peer, 0, sizeof peer);
    if (ok)
        memcpy(peer.centre, value, len);
    ok = ok && centre_fine(peer.centre) && config_addr_parse(blank + 1, &peer.at, &any) && !any &&
         peer.at.port != 0;
    if (!ok)
        return complain(why,
                        "%s: node_peers has \"%.80s\", but each must be a data centre of at most "
                        "%d characters and the address and port of one of its nodes, such as fra "
                        "10.0.0.2:7443.",
                        where, value, IPC_CENTRE_MAX);
    if (cell->peers == IPC_PEERS_MAX)
        return complain(why, "%s: node_peers takes at most %d nodes.", where, IPC_PEERS_MAX);
    cell->peer[cell->peers++] = peer;
    return ERR_OK;
}

enum err config_cell_set(struct config *c, const char *key, const char *value, const char *where,
                         struct complaint *why)
{
    struct ipc_cell *cell = &c->cell;
    bool any = false;
    if (strcmp(key, "node_key") == 0)
        return set_file(cell->key, key, value, where, why);
    if (strcmp(key, "node_certificate") == 0)
        return set_file(cell->certificate, key, value, where, why);
    if (strcmp(key, "zone_certificate") == 0)
        return set_file(cell->authority, key, value, where, why);
    if (strcmp(key, "datacentres") == 0)
        return set_file(cell->list, key, value, where, why);
    if (strcmp(key, "node_root") == 0)
        return set_key(cell->root, key, value, where, why);
    if (strcmp(key, "datacentres_key") == 0)
        return set_key(cell->list_key, key, value, where, why);
    if (strcmp(key, "node_peers") == 0)
        return add_peer(cell, value, where, why);
    if (strcmp(key, "node_listen") != 0)
        return ERR_NOT_FOUND;
    if (config_addr_parse(value, &c->node_listen, &any) && !any && c->node_listen.port != 0)
        return ERR_OK;
    return complain(why,
                    "%s: node_listen is \"%.80s\", but must be the address and port at which other "
                    "nodes reach this one, such as 10.0.0.1:7443.",
                    where, value);
}

static bool no_key(const uint8_t key[32])
{
    static const uint8_t none[32];
    return memcmp(key, none, sizeof none) == 0;
}

/* All of them or none. */
enum err config_cell_finish(struct config *c, struct complaint *why)
{
    struct ipc_cell *cell = &c->cell;
    const struct {
        const char *key;
        bool given;
    } keys[] = {{"node_key", cell->key[0]},
                {"node_certificate", cell->certificate[0]},
                {"zone_certificate", cell->authority[0]},
                {"node_root", !no_key(cell->root)},
                {"node_listen", c->node_listen.family != 0},
                {"datacentres", cell->list[0]},
                {"datacentres_key", !no_key(cell->list_key)}};
    const char *missing = NULL;
    bool given = cell->peers > 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        given = given || keys[i].given;
        if (!keys[i].given)
            missing = keys[i].key;
    }
    if (!given)
        return ERR_OK;
    if (missing)
        return complain(why,
                        "A node among data centres needs %s as well; set it, or leave out all of "
                        "node_key, node_certificate, zone_certificate, node_root, node_listen, "
                        "node_peers, datacentres and datacentres_key.",
                        missing);
    cell->on = 1;
    TRY(config_file_find(cell->key, "node_key", why));
    TRY(config_file_find(cell->certificate, "node_certificate", why));
    TRY(config_file_find(cell->authority, "zone_certificate", why));
    return config_file_find(cell->list, "datacentres", why);
}

static enum err read_certificate(const char *file, struct authority_der *out, struct complaint *why)
{
    static char pem[AUTHORITY_PEM];
    size_t len = 0;
    if (disk_read(file, pem, sizeof pem, &len) != ERR_OK)
        return complain(why, "The certificate %s cannot be read, or is too long.", file);
    if (authority_of_pem(span_of(pem, len), out) != ERR_OK)
        return complain(why, "%s is no certificate of `conclave dc`.", file);
    return ERR_OK;
}

enum err config_cell_identity(struct ipc_cell *cell, int64_t now_s, int64_t *till_s,
                              struct complaint *why)
{
    struct authority_der zone, node;
    struct authority_node who;
    uint8_t seed[SIGN_SEED], own[SIGN_PUBLIC];
    TRY(read_certificate(cell->authority, &zone, why));
    TRY(read_certificate(cell->certificate, &node, why));
    enum authority_fault fault = authority_check(cell->root, span_of(zone.bytes, zone.len),
                                                 span_of(node.bytes, node.len), now_s, &who);
    if (fault != AUTHORITY_FINE)
        return complain(why,
                        "node_certificate: the certificate %s, by node_root and the one of "
                        "its zone; see docs/wire/datacentres.md.",
                        authority_fault_words(fault));
    if (!dc_key_read(cell->key, seed)) /* it has said why */
        return complain(why, "node_key cannot be used.");
    sign_public(seed, own);
    crypt_wipe(seed, sizeof seed);
    if (memcmp(own, who.key, sizeof own) != 0)
        return complain(why, "node_key is not the key of node_certificate.");
    if (!centre_fine(who.centre))
        return complain(why,
                        "node_certificate names the data centre %s; one that runs has an id of at "
                        "most %d characters.",
                        who.centre, IPC_CENTRE_MAX);
    (void)snprintf(cell->centre, sizeof cell->centre, "%.11s", who.centre);
    (void)snprintf(cell->zone, sizeof cell->zone, "%s", who.zone);
    (void)snprintf(cell->node, sizeof cell->node, "%s", who.node);
    cell->government = who.government;
    *till_s = who.till_s;
    return ERR_OK;
}

/* A42: a machine that poses as a node: no certificate, another root's, a zone's own for another
 * zone, one that has run out, one of the other realm; and a rightful node that breaks the rules of
 * frames. Expected: no connection comes about, or it ends; the reason is logged; the meeting is
 * unhurt. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crypt/authority.h"
#include "crypt/openssl.h"
#include "crypt/sign.h"
#include "proto/frame.h"
#include "proto/note.h"
#include "rig/honest.h"

static const uint8_t root_seed[32] = {1}, eu_seed[32] = {2}, us_seed[32] = {3}, own_seed[32] = {4},
                     rogue_seed[32] = {5}, other_root[32] = {6}, list_seed[32] = {7};
static char folder[] = "/tmp/conclave-a42-XXXXXX";
static uint16_t node_port;

/* ---- certificates and the configuration of the node fra ---- */

static struct span der(const struct authority_der *d)
{
    return span_of(d->bytes, d->len);
}

static void write_file(const char *name, const char *text, size_t len, mode_t mode)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    NEED(fd >= 0 && write(fd, text, len) == (ssize_t)len && close(fd) == 0, "a file is written");
}

struct plan {
    const uint8_t *root, *zone_seed;
    const char *zone, *claims, *centre;
    bool government;
    int64_t from_s, till_s; /* from now, of the node */
};

struct papers {
    struct authority_der zone, node;
};

static struct papers issue(const struct plan *p, const uint8_t seed[32])
{
    struct papers out;
    int64_t now = (int64_t)time(NULL);
    struct authority_node z = {.from_s = now - 1000000, .till_s = now + 1000000};
    struct authority_node n = {
        .from_s = now + p->from_s, .till_s = now + p->till_s, .government = p->government};
    (void)snprintf(z.zone, sizeof z.zone, "%s", p->zone);
    sign_public(p->zone_seed, z.key);
    NEED(authority_sign_zone(p->root, &z, &out.zone) == ERR_OK, "a zone is certified");
    struct authority_der above = out.zone;
    (void)snprintf(z.zone, sizeof z.zone, "%s", p->claims);
    if (strcmp(p->zone, p->claims) != 0) /* its holder makes a certificate of their own */
        NEED(authority_sign_zone(p->zone_seed, &z, &above) == ERR_OK,
             "a zone claims to be another");
    (void)snprintf(n.zone, sizeof n.zone, "%s", p->claims);
    (void)snprintf(n.centre, sizeof n.centre, "%s", p->centre);
    (void)snprintf(n.node, sizeof n.node, "%s-1", p->centre);
    sign_public(seed, n.key);
    NEED(authority_sign_node(p->zone_seed, der(&above), &n, &out.node) == ERR_OK,
         "a node is certified");
    return out;
}

static void key_text(const uint8_t seed[32], char out[44])
{
    uint8_t public[SIGN_PUBLIC];
    sign_public(seed, public);
    text_base64url(out, span_of(public, sizeof public));
}

static void write_list(void)
{
    static uint8_t note[4096];
    char text[2048], eu[44], us[44];
    key_text(eu_seed, eu);
    key_text(us_seed, us);
    int len = snprintf(text, sizeof text,
                       "{\"version\":1,\"issued\":%lld,\"zones\":[{\"id\":\"eu\",\"fenced\":false,"
                       "\"countries\":[\"DE\"],"
                       "\"authority\":\"%s\"},{\"id\":\"us\",\"fenced\":false,\"countries\":["
                       "\"US\"],\"authority\":\"%s\"}],"
                       "\"datacentres\":[{\"id\":\"fra\",\"name\":\"Frankfurt\",\"url\":\"https://"
                       "127.0.0.1:1\",\"country\":\"DE\","
                       "\"latitude\":50,\"longitude\":8,\"zone\":\"eu\",\"realm\":\"commercial\","
                       "\"kind\":\"colocated\",\"state\":\"up\","
                       "\"capacity\":100},{\"id\":\"iad\",\"name\":\"Ashburn\",\"url\":\"https://"
                       "127.0.0.1:2\",\"country\":\"US\","
                       "\"latitude\":39,\"longitude\":-77,\"zone\":\"us\",\"realm\":\"commercial\","
                       "\"kind\":\"colocated\",\"state\":"
                       "\"up\",\"capacity\":100}]}\n",
                       (long long)time(NULL) - 10, eu, us);
    struct writer w = writer_of(note, sizeof note);
    note_write(&w, span_of(text, (size_t)len), "conclave-list", list_seed);
    NEED(writer_ok(&w), "a list is signed");
    write_file("list.note", (const char *)note, writer_len(&w), 0600);
}

static void write_pem(const char *name, const struct authority_der *d)
{
    char pem[AUTHORITY_PEM];
    NEED(authority_to_pem(d, pem) == ERR_OK, "a certificate as text");
    write_file(name, pem, strlen(pem), 0600);
}

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
             getsockname(fd, (struct sockaddr *)&at, &len) == 0,
         "a free port");
    close(fd);
    return ntohs(at.sin_port);
}

static void make_node(char config[80])
{
    static const struct plan fra = {root_seed, eu_seed, "eu", "eu", "fra", false, -100, 1000};
    struct papers papers = issue(&fra, own_seed);
    char text[1024], root[44], list[44], key[64] = "conclave-key ";
    NEED(mkdtemp(folder), "a folder");
    key_text(root_seed, root);
    key_text(list_seed, list);
    text_base64url(key + 13, span_of(own_seed, 32));
    key[56] = '\n';
    write_file("fra.key", key, 57, 0600);
    write_pem("fra.pem", &papers.node);
    write_pem("eu.pem", &papers.zone);
    write_list();
    node_port = free_port();
    int len =
        snprintf(text, sizeof text,
                 "node_key: %s/fra.key\nnode_certificate: %s/fra.pem\nzone_certificate: %s/eu.pem\n"
                 "node_root: %s\nnode_listen: 127.0.0.1:%u\ndatacentres: %s/list.note\n"
                 "datacentres_key: %s\n",
                 folder, folder, folder, root, node_port, folder, list);
    write_file("node.yaml", text, (size_t)len, 0600);
    (void)snprintf(config, 80, "%s/node.yaml", folder);
}

/* ---- a connection of the attacker's, who believes whatever the server shows ---- */

struct wire {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static X509 *x509(const struct authority_der *d)
{
    const uint8_t *at = d->bytes;
    return d2i_X509(NULL, &at, (long)d->len);
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(node_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {10, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(connect(fd, (struct sockaddr *)&at, sizeof at) == 0, "the port of nodes is open");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static void wire_open(struct wire *w, const struct papers *p, const uint8_t seed[32])
{
    w->ctx = SSL_CTX_new(TLS_client_method());
    NEED(SSL_CTX_set_min_proto_version(w->ctx, TLS1_3_VERSION), "TLS 1.3");
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    if (p) {
        X509 *node = x509(&p->node);
        NEED(SSL_CTX_use_certificate(w->ctx, node) && SSL_CTX_use_PrivateKey(w->ctx, key) &&
                 SSL_CTX_add_extra_chain_cert(w->ctx, x509(&p->zone)),
             "the attacker shows its papers");
        X509_free(node);
    }
    EVP_PKEY_free(key);
    w->fd = dial();
    w->ssl = SSL_new(w->ctx);
    NEED(SSL_set_fd(w->ssl, w->fd), "a connection");
    (void)SSL_connect(w->ssl);
}

static void wire_close(struct wire *w)
{
    SSL_free(w->ssl);
    SSL_CTX_free(w->ctx);
    close(w->fd);
}

static void wire_say(struct wire *w, uint8_t kind, uint8_t last, uint32_t session,
                     struct span bytes)
{
    uint8_t out[FRAME_MOST];
    const struct frame f = {kind, last, session, bytes};
    (void)SSL_write(w->ssl, out, (int)frame_write(out, &f));
}

/* The next frame that is no ping; false: the connection ended. */
static bool wire_hear(struct wire *w, struct frame *f)
{
    static uint8_t in[FRAME_MOST];
    size_t len = 0, used = 0;
    do {
        for (len = 0; frame_read(f, &used, span_of(in, len)) == ERR_AGAIN;) {
            size_t want = len < FRAME_HEAD ? FRAME_HEAD - len
                                           : FRAME_HEAD + ((size_t)in[0] << 8 | in[1]) - len;
            int n = SSL_read(w->ssl, in + len, (int)want);
            if (n <= 0)
                return false;
            len += (size_t)n;
        }
    } while (f->kind == FRAME_PING);
    return true;
}

static bool wire_ends(struct wire *w)
{
    struct frame f;
    int frames = 0;
    while (wire_hear(w, &f))
        NEED(++frames < 100, "it ends");
    return SSL_get_error(w->ssl, -1) != SSL_ERROR_WANT_READ;
}

/* A rightful node, up to the greeting. */
static void wire_rightful(struct wire *w)
{
    static const struct plan iad = {root_seed, us_seed, "us", "us", "iad", false, -100, 1000};
    const uint8_t version = FRAME_VERSION;
    struct papers p = issue(&iad, rogue_seed);
    struct frame f;
    wire_open(w, &p, rogue_seed);
    NEED(wire_hear(w, &f) && f.kind == FRAME_HELLO, "a rightful node is greeted");
    wire_say(w, FRAME_HELLO, 1, 0, span_of(&version, 1));
}

/* ---- the attacks ---- */

static void strangers(struct honest *h)
{
    static const struct {
        struct plan plan;
        const char *words;
    } bad[] = {
        {{other_root, us_seed, "us", "us", "iad", false, -100, 1000},
         "not signed by the one above"},
        {{root_seed, us_seed, "us", "eu", "fra", false, -100, 1000}, "not signed by the one above"},
        {{root_seed, us_seed, "us", "us", "iad", false, -1000, -10}, "no longer valid"},
        {{root_seed, us_seed, "us", "us", "iad", false, 600, 1000}, "not valid yet"},
        {{root_seed, us_seed, "us", "us", "iad", true, -100, 1000}, "other realm"},
    };
    struct wire w;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct papers p = issue(&bad[i].plan, rogue_seed);
        wire_open(&w, &p, rogue_seed);
        NEED(wire_ends(&w), "wrong papers open no way");
        wire_close(&w);
        unsigned times = 0;
        for (size_t k = 0; k <= i; k++)
            times += strcmp(bad[k].words, bad[i].words) == 0;
        printf("      %s\n", bad[i].words);
        NEED(RIG_WAIT(&h->rig, 3000, rig_log_count(&h->rig, bad[i].words) == times),
             "and the reason is logged");
    }
    CHECK(true, "wrong papers open no way, and the log says why");
    wire_open(&w, NULL, rogue_seed);
    CHECK(wire_ends(&w), "no papers open no way");
    wire_close(&w);
    int fd = dial();
    uint8_t rubbish[512];
    memset(rubbish, 0x42, sizeof rubbish);
    NEED(write(fd, rubbish, sizeof rubbish) > 0, "rubbish is sent");
    CHECK(recv(fd, rubbish, sizeof rubbish, 0) <= 0 || recv(fd, rubbish, sizeof rubbish, 0) <= 0,
          "nor does rubbish");
    close(fd);
    CHECK(rig_metric(&h->rig, "conclave_ways") == 0, "nobody is a node by now");
}

/* What a rightful node must not do: each ends its connection. */
static void rule_breakers(struct honest *h)
{
    struct wire w;
    uint8_t open[FRAME_OPEN_MOST], long_text[FRAME_BYTES];
    const struct frame_open came = {span_str("0123456789ab"), span_of(NULL, 0)};
    struct span opening = span_of(open, frame_open_write(open, &came));
    const uint8_t version = FRAME_VERSION;
    memset(long_text, 'x', sizeof long_text);
    for (int i = 0; i < 5; i++) {
        wire_rightful(&w);
        if (i == 0)
            wire_say(&w, FRAME_HELLO, 1, 0, span_of(&version, 1));
        if (i == 1)
            NEED(SSL_write(w.ssl, "\377\377\377\377\377\377\377\377", 8) == 8, "no frame");
        if (i >= 2)
            wire_say(&w, FRAME_OPEN, 1, 1, opening);
        if (i == 2)
            wire_say(&w, FRAME_OPEN, 1, 1, opening);
        for (int n = 0; i == 3 && n < 40; n++) /* 160 KB that never end */
            wire_say(&w, FRAME_TEXT, 0, 1, span_of(long_text, sizeof long_text));
        if (i == 4) {
            wire_say(&w, FRAME_TEXT, 0, 1, span_of(long_text, 10));
            wire_say(&w, FRAME_TEXT, 1, 2, span_of(long_text, 10));
        }
        NEED(wire_ends(&w), "a broken rule ends the connection");
        wire_close(&w);
    }
    NEED(rig_log_count(&h->rig, "what its side may not") == 1 &&
             rig_log_count(&h->rig, "what no node says") == 1 &&
             rig_log_count(&h->rig, "opens a session wrongly") == 1 &&
             rig_log_count(&h->rig, "its pieces do not fit") == 2,
         "each for what it did, and none because it fell silent");
    CHECK(RIG_WAIT(&h->rig, 3000, rig_metric(&h->rig, "conclave_taken") == 0),
          "whoever breaks the rules of frames is hung up on, and their sessions with them");
}

static bool says(struct wire *w, const char *words, uint32_t session)
{
    struct frame f;
    while (wire_hear(w, &f))
        if (f.session == session && memmem(f.bytes.ptr, f.bytes.len, words, strlen(words)))
            return true;
    return false;
}

/* Through a rightful node a client is a client: no more is believed, and nothing is passed on. */
static void as_a_client(struct honest *h)
{
    struct wire w;
    char hello[600];
    struct rig_meeting m = h->meeting;
    wire_rightful(&w);
    for (uint32_t session = 1; session <= 4; session++) {
        wire_say(&w, FRAME_OPEN, 1, session, span_of((const uint8_t *)"\0\0", 2));
        (void)snprintf(m.id, sizeof m.id, "%s", h->meeting.id);
        if (session == 2)
            memcpy(m.id, "iad", 3);
        if (session == 3)
            memset(m.access, 0, sizeof m.access);
        json_t *o = rig_hello(&m, false);
        json_object_set_new(o, "n", json_integer(1));
        char *text = json_dumps(o, JSON_COMPACT);
        (void)snprintf(hello, sizeof hello, "%s", session == 4 ? "{" : text);
        free(text);
        json_decref(o);
        wire_say(&w, FRAME_TEXT, 1, session, span_str(hello));
        if (session == 1)
            CHECK(says(&w, "\"welcome\"", 1), "a rightful node's client comes in by its link");
        if (session == 2)
            CHECK(says(&w, "not_found", 2),
                  "a session for elsewhere is not passed on a second time");
        if (session == 3)
            CHECK(says(&w, "not_found", 3), "without the link there is no meeting");
        if (session == 4)
            CHECK(says(&w, "", 4), "a message that is none ends that session alone");
    }
    CHECK(rig_metric(&h->rig, "conclave_ways") == 1, "and the connection stands");
    wire_close(&w);
    CHECK(RIG_WAIT(&h->rig, 3000, rig_metric(&h->rig, "conclave_ways") == 0), "until it goes");
}

static void crowd(struct honest *h)
{
    int fd[200];
    struct wire w;
    for (size_t i = 0; i < 200; i++)
        fd[i] = dial();
    wire_rightful(&w);
    CHECK(RIG_WAIT(&h->rig, 3000, rig_metric(&h->rig, "conclave_ways") == 1),
          "two hundred who never shake hands keep no node away");
    wire_close(&w);
    for (size_t i = 0; i < 200; i++)
        close(fd[i]);
}

static void forget(void)
{
    static const char *const files[] = {"fra.key", "fra.pem", "eu.pem", "list.note", "node.yaml"};
    char path[64];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

int main(void)
{
    struct honest h;
    char config[80];
    make_node(config);
    honest_open_as(&h, &(struct rig_options){.extra = {"--config", config}, .prefix = "fra"});
    strangers(&h);
    rule_breakers(&h);
    as_a_client(&h);
    crowd(&h);
    honest_close(&h);
    forget();
    return 0;
}

/* The meetings to load: read from links, or made by the server's API. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "bin/bot.h"
#include "bin/load_conclave.h"
#include "crypt/crypt.h"

enum { TRIES = 20, TRY_TIMEOUT_S = 10, BODY_MAX = 512 };

static enum err room_of_link(struct hall_room *r, const char *text, struct complaint *why)
{
    struct bot_link *link = calloc(1, sizeof *link);
    uint8_t proof[E2EE_PROOF];
    if (!link)
        return complain(why, "There is not enough memory.");
    enum err e = bot_link_parse(link, text, why);
    if (e == ERR_OK) {
        memcpy(r->meeting, link->meeting, sizeof r->meeting);
        memcpy(r->origin, link->origin, sizeof r->origin);
        memcpy(r->host, link->host, sizeof r->host);
        memcpy(r->address, link->address, sizeof r->address);
        r->port = link->port;
        e2ee_access_proof(&link->keys, proof);
        text_base64url(r->access, span_of(proof, sizeof proof));
        if (link->keys.host) {
            e2ee_host_proof(&link->keys, proof);
            text_base64url(r->host_proof, span_of(proof, sizeof proof));
        }
        crypt_wipe(proof, sizeof proof);
    }
    crypt_wipe(link, sizeof *link);
    free(link);
    return e;
}

/* ---- made by POST /api/meetings ---- */

static enum err draw(struct hall_room *r, char body[BODY_MAX])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 5 bits each */
    uint8_t id[HALL_ID], access[32], host[32];
    char host_text[HALL_PROOF + 1];
    TRY(crypt_random(id, sizeof id));
    TRY(crypt_random(access, sizeof access));
    TRY(crypt_random(host, sizeof host));
    for (int i = 0; i < HALL_ID; i++)
        r->meeting[i] = letters[id[i] & 31];
    r->meeting[HALL_ID] = '\0';
    text_base64url(r->access, span_of(access, sizeof access));
    text_base64url(host_text, span_of(host, sizeof host));
    /* The descriptor is between clients and the server reads none: nobody here will check it. */
    (void)snprintf(body, BODY_MAX,
                   "{\"access\":\"%s\",\"host\":\"%s\",\"id\":\"%s\",\"descriptor\":\"bG9hZA\"}",
                   r->access, host_text, r->meeting);
    return ERR_OK;
}

static size_t swallow(char *bytes, size_t size, size_t count, void *nowhere)
{
    (void)bytes;
    (void)nowhere;
    return size * count;
}

/* The status, 0 when the server was not reached. */
static long post(CURL *c, const char *body)
{
    long status = 0;
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(c) == CURLE_OK)
        (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static void wait_a_second(void)
{
    struct timespec t = {1, 0};
    (void)nanosleep(&t, NULL);
}

/* The server takes a few at once and then one a second: 429 says to come again. */
static enum err make_room(CURL *c, struct hall_room *r, struct complaint *why)
{
    char body[BODY_MAX];
    long status = 0;
    for (int i = 0; i < TRIES; i++) {
        if (draw(r, body) != ERR_OK)
            return complain(why, "The cryptographic library does not work.");
        status = post(c, body);
        if (status == 201)
            return ERR_OK;
        if (status != 429)
            break;
        wait_a_second();
    }
    return complain(why, "%.200s made no meeting (status %ld).", r->origin, status);
}

static CURL *open_api(const struct load_options *o, const char *origin, struct curl_slist **list)
{
    char url[HALL_HOST_MAX + 32];
    CURL *c = curl_easy_init();
    if (!c)
        return NULL;
    (void)snprintf(url, sizeof url, "Origin: %s", origin);
    *list = curl_slist_append(NULL, url);
    *list = curl_slist_append(*list, "Content-Type: application/json");
    (void)snprintf(url, sizeof url, "%s/api/meetings", origin);
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, *list);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)TRY_TIMEOUT_S);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, swallow);
    if (o->ca)
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, o->ca);
    if (o->insecure) {
        (void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        (void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return c;
}

static enum err make_rooms(const struct load_options *o, struct hall_room *rooms,
                           struct complaint *why)
{
    /* The server's address is read as the part of a link before its meeting. */
    char like[HALL_HOST_MAX + 80];
    struct hall_room first = {.port = 443};
    (void)snprintf(like, sizeof like, "%.250s/m/%s", o->server,
                   "aaaaaaaaaaaaaaaaaaaa#v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA");
    if (room_of_link(&first, like, why) != ERR_OK)
        return complain(why, "--server takes https://host:port, not \"%.100s\".", o->server);
    struct curl_slist *list = NULL;
    CURL *c = open_api(o, first.origin, &list);
    enum err e = c ? ERR_OK : complain(why, "The HTTP library could not start.");
    for (uint32_t i = 0; e == ERR_OK && i < o->rooms; i++) {
        rooms[i] = first;
        e = make_room(c, &rooms[i], why);
    }
    curl_slist_free_all(list);
    curl_easy_cleanup(c);
    return e;
}

enum err hall_rooms(const struct load_options *o, struct hall_room *rooms, struct complaint *why)
{
    enum err e = ERR_OK;
    if (o->create)
        return make_rooms(o, rooms, why);
    for (uint32_t i = 0; e == ERR_OK && i < o->link_count; i++)
        e = room_of_link(&rooms[i], o->links[i], why);
    return e;
}

/* `conclave meeting create`: draws a meeting's id and secrets here, signs its descriptor, tells the
 * running server only what it may know, and prints the links.
 * With --draft no server is asked: a program sends the same with an organisation's key.
 * knows: the control socket. knows not: the server's insides, what is derived from a link (e2ee/).
 * owns: the secrets, until they are printed. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "bin/cmd_args.h"
#include "bin/cmd_control.h"
#include "cell/meeting_id.h"
#include "crypt/authority.h"
#include "crypt/crypt.h"
#include "e2ee/e2ee.h"
#include "e2ee/suite.h"
#include "io/disk.h"
#include "policy/setting.h"

enum { ID_LEN = 20, CREATE_TRIES = 3, PASSCODE_DIGITS = 6 };

static const char help[] =
    "conclave meeting create: makes a meeting on the running server and prints its links.\n"
    "\n"
    "  --data DIR      the data folder of that server (data)\n"
    "  --config FILE   its configuration file, instead of --data\n"
    "  --waiting-room  people wait until a host lets them in\n"
    "  --profile NAME  default, education, health, government or webinar: what the meeting allows\n"
    "  --passcode WORD what guests must know besides the link, 4 to 64 characters; a profile that\n"
    "                  needs one draws one\n"
    "  --json          prints {\"id\",\"link\",\"host_link\",\"passcode\"}\n"
    "  --draft URL     asks no server: prints the same and \"meeting\", the body of a program's\n"
    "                  POST URL/api/v1/meetings (docs/wire/api.md)\n"
    "  --centre ID     of a draft: the data centre whose address URL is, where there are several\n"
    "\n"
    "The part of a link after # is made here and is never sent to the server.\n";

#define B64(n) (TEXT_BASE64URL_LEN(n) + 1)

/* Everything about a new meeting; what its members alone may know comes first. */
struct meeting_secrets {
    char secret[B64(E2EE_SECRET)], host_secret[B64(E2EE_SECRET)];
    char id[ID_LEN + 1], host_key_hash[B64(E2EE_SECRET)];
    char access[B64(E2EE_PROOF)], host[B64(E2EE_PROOF)]; /* the proofs, as the server sees them */
    char descriptor[B64(E2EE_DESCRIPTOR_MAX)];
    char passcode[LIMIT_PASSCODE + 1]; /* "": none */
    enum profile profile;
    bool waiting_room;
    char prefix[MEETING_ID_CENTRE + 1]; /* the data centre that the server wants before ids */
    char full[LIMIT_MEETING_ID + 1];    /* the id with it */
};

static enum err describe(struct meeting_secrets *m, const struct e2ee_link *link)
{
    uint8_t bytes[E2EE_DESCRIPTOR_MAX], proof[E2EE_PROOF];
    struct writer w = writer_of(bytes, sizeof bytes);
    struct e2ee_terms terms = {.waiting_room = m->waiting_room,
                               .max_members = LIMIT_ROOM_PEERS,
                               .created_s = (uint64_t)time(NULL)};
    TRY(e2ee_descriptor_make(link, &terms, &w));
    text_base64url(m->descriptor, writer_span(&w));
    text_base64url(m->host_key_hash, span_of(link->host_key_hash, sizeof link->host_key_hash));
    e2ee_access_proof(link, proof);
    text_base64url(m->access, span_of(proof, sizeof proof));
    e2ee_host_proof(link, proof);
    text_base64url(m->host, span_of(proof, sizeof proof));
    crypt_wipe(proof, sizeof proof);
    return ERR_OK;
}

static enum err draw(struct meeting_secrets *m)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 5 bits each */
    uint8_t bytes[ID_LEN];
    struct e2ee_link link = {.host = true};
    TRY(crypt_random(bytes, sizeof bytes));
    TRY(crypt_random(link.secret, sizeof link.secret));
    TRY(crypt_random(link.host_secret, sizeof link.host_secret));
    for (size_t i = 0; i < ID_LEN; i++)
        m->id[i] = letters[bytes[i] & 31];
    m->id[ID_LEN] = '\0';
    (void)snprintf(m->full, sizeof m->full, "%s%s%s", m->prefix, m->prefix[0] ? "-" : "", m->id);
    link.meeting = span_str(m->id);
    e2ee_host_key_hash(&link, link.host_key_hash);
    text_base64url(m->secret, span_of(link.secret, sizeof link.secret));
    text_base64url(m->host_secret, span_of(link.host_secret, sizeof link.host_secret));
    enum err e = describe(m, &link);
    crypt_wipe(&link, sizeof link);
    return e;
}

/* What the server is told of it. */
static json_t *told(const struct meeting_secrets *m)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s*}", "id", m->full, "access", m->access,
                     "host", m->host, "descriptor", m->descriptor, "waiting", (int)m->waiting_room,
                     "profile", profile_name(m->profile), "passcode",
                     m->passcode[0] ? m->passcode : NULL);
}

/* As JSON, with what the server is to be told when that is a draft. */
static void print_object(const struct meeting_secrets *m, const char *link, const char *host_link,
                         bool draft)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s*, s:o*}", "id", m->full, "link", link, "host_link",
                          host_link, "passcode", m->passcode[0] ? m->passcode : NULL, "meeting",
                          draft ? told(m) : NULL);
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    json_decref(o);
    printf("\n");
}

static void print_links(const struct meeting_secrets *m, const char *base,
                        const struct server_flags *flags)
{
    char link[400], host_link[440];
    (void)snprintf(link, sizeof link, "%.200s/m/%s#v1.%s.%s", base, m->full, m->secret,
                   m->host_key_hash);
    (void)snprintf(host_link, sizeof host_link, "%s.%s", link, m->host_secret);
    if (flags->json || flags->draft) {
        print_object(m, link, host_link, flags->draft != NULL);
    } else {
        printf("Send this link to those whom you invite:\n  %s\n"
               "Keep this link for yourself, it makes you the host:\n  %s\n",
               link, host_link);
        if (m->passcode[0])
            printf("Tell those whom you invite this passcode by another way:\n  %s\n", m->passcode);
    }
    fflush(stdout);
}

/* The server's data centre, which ids must begin with. False: it names none that can be. */
static bool take_prefix(struct meeting_secrets *m, json_t *answer)
{
    const char *prefix = json_string_value(json_object_get(answer, "prefix"));
    if (!prefix || strlen(prefix) >= sizeof m->prefix || strcmp(prefix, m->prefix) == 0)
        return false;
    memcpy(m->prefix, prefix, strlen(prefix) + 1);
    return true;
}

/* ERR_OK, ERR_CONFLICT (draw again), or any other with a sentence. */
static enum err ask_server(const char *data, struct meeting_secrets *m, char base[201],
                           struct complaint *why)
{
    json_t *ask = told(m), *answer = NULL;
    (void)json_object_set_new(ask, "do", json_string("meeting_create"));
    enum err e = control_ask(data, ask, &answer, why);
    json_decref(ask);
    if (e != ERR_OK)
        return e;
    const char *got = json_string_value(json_object_get(answer, "base"));
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    if (json_is_true(json_object_get(answer, "ok")) && got)
        (void)snprintf(base, 201, "%.200s", got);
    else if (reason && strcmp(reason, "conflict") == 0)
        e = ERR_CONFLICT;
    else if (reason && strcmp(reason, "prefix") == 0 && take_prefix(m, answer))
        e = ERR_CONFLICT;
    else
        e = complain(why, "The server could not make the meeting (%.60s); its log says more.",
                     reason ? reason : "it gave no reason");
    json_decref(answer);
    return e;
}

/* What the flags ask for and the profile needs: a waiting room, a passcode. EXIT_DONE, or the exit
 * status after a sentence. */
static int protect(struct meeting_secrets *m, const struct server_flags *flags)
{
    struct settings s;
    uint8_t digits[PASSCODE_DIGITS];
    m->profile = profile_named(flags->profile ? flags->profile : "default");
    if (m->profile == PROFILE_COUNT_) {
        fprintf(stderr,
                "There is no profile \"%s\"; choose default, education, health, government "
                "or webinar.\n",
                flags->profile);
        return EXIT_USAGE;
    }
    settings_begin(&s, m->profile);
    m->waiting_room = flags->waiting_room || setting_on(&s, SETTING_waiting_room);
    size_t len = flags->passcode ? strlen(flags->passcode) : 0;
    if (flags->passcode && (len < 4 || len > LIMIT_PASSCODE)) {
        fprintf(stderr, "A passcode has 4 to %d characters.\n", LIMIT_PASSCODE);
        return EXIT_USAGE;
    }
    if (flags->passcode)
        memcpy(m->passcode, flags->passcode, len + 1);
    else if (setting_on(&s, SETTING_passcode) && crypt_random(digits, sizeof digits) == ERR_OK)
        for (size_t i = 0; i < sizeof digits; i++)
            m->passcode[i] = (char)('0' + digits[i] % 10);
    return EXIT_DONE;
}

/* Of a draft: where its links lead. */
static bool url_ok(const char *url)
{
    size_t len = strlen(url);
    return strncmp(url, "https://", 8) == 0 && len > 8 && len <= 200 && url[len - 1] != '/' &&
           strcspn(url, "#? \"") == len;
}

/* A draft's data centre: nobody is asked for it. */
static int take_centre(struct meeting_secrets *m, const struct server_flags *flags)
{
    if (!flags->centre)
        return EXIT_DONE;
    if (!flags->draft) {
        fprintf(stderr, "--centre is for a draft; a server that is asked says where it stands.\n");
        return EXIT_USAGE;
    }
    if (!authority_name_fine(flags->centre) || strlen(flags->centre) >= sizeof m->prefix) {
        fprintf(stderr,
                "--centre takes the id of a data centre, 1 to %d of a to z, 0 to 9 and -.\n",
                MEETING_ID_CENTRE);
        return EXIT_USAGE;
    }
    memcpy(m->prefix, flags->centre, strlen(flags->centre) + 1);
    return EXIT_DONE;
}

/* Secrets and what the server must know of them; with a draft it is not asked. */
static enum err make(struct meeting_secrets *m, const struct server_flags *flags, char base[201],
                     struct complaint *why)
{
    TRY(draw(m));
    if (!flags->draft)
        return ask_server(flags->config.data, m, base, why);
    (void)snprintf(base, 201, "%.200s", flags->draft);
    return ERR_OK;
}

static int create(const struct server_flags *flags)
{
    struct complaint why = {"No free meeting id was found; try again."};
    struct meeting_secrets m;
    memset(&m, 0, sizeof m);
    if (flags->draft && !url_ok(flags->draft)) {
        fprintf(stderr, "--draft takes the server's address, as in https://meet.example.org.\n");
        return EXIT_USAGE;
    }
    int status = protect(&m, flags);
    if (status == EXIT_DONE)
        status = take_centre(&m, flags);
    if (status != EXIT_DONE)
        return status;
    char base[201];
    enum err e = crypt_init();
    if (e == ERR_OK)
        e = suite_start();
    for (int i = 0; e == ERR_OK && i < CREATE_TRIES; i++) {
        e = make(&m, flags, base, &why);
        if (e != ERR_CONFLICT)
            break;
        e = i + 1 < CREATE_TRIES ? ERR_OK : e;
    }
    if (e == ERR_CRYPTO)
        (void)complain(&why,
                       "A cryptographic library does not work; reinstall libssl3 and libsodium23.");
    if (e == ERR_OK)
        print_links(&m, base, flags);
    crypt_wipe(&m, sizeof m);
    return e == ERR_OK ? EXIT_DONE : cmd_fail(flags->json, why.text);
}

int cmd_meeting(int argc, char **argv)
{
    static struct server_flags flags;
    bool named = argc > 0 && strcmp(argv[0], "create") == 0;
    if (argc > 0 && cmd_meetings_has(argv[0]))
        return cmd_meetings(argc, argv);
    if (!named && argc > 0 && strcmp(argv[0], "--help") != 0 && strcmp(argv[0], "-h") != 0) {
        fprintf(stderr,
                "There is no `conclave meeting %s`; there are create, list, show and end.\n",
                argv[0]);
        return EXIT_USAGE;
    }
    if (argc == 0) {
        fprintf(stderr,
                "Say what to do with a meeting: `conclave meeting create`, list, show or end.\n");
        return EXIT_USAGE;
    }
    struct args a = args_of("conclave meeting create", argc - named, argv + named);
    int status = cmd_server_flags(&a, false, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    return create(&flags);
}

/* `conclave user` and `conclave org`: people and organisations of the running server, over its
 * control socket. knows: the words of a command line. knows not: rows, rules: the server answers.
 * owns: nothing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/cmd_args.h"
#include "bin/cmd_control.h"
#include "crypt/crypt.h"

enum { WORDS_MAX = 3, PASSWORD_MAX = 256, DRAWN = 15 /* bytes: 120 bits, 20 characters */ };

struct verb {
    const char *name, *what; /* as typed, as asked */
    const char *keys[WORDS_MAX];
    bool list;
    const char *before, *after; /* a sentence around the first word */
};

static const struct verb user_verbs[] = {
    {"create", "user_create", {"name"}, false, "There is a user ", " now."},
    {"list", "user_list", {NULL}, true, "", ""},
    {"disable", "user_disable", {"name"}, false, "", " is signed out everywhere and stays out."},
    {"enable", "user_enable", {"name"}, false, "", " may sign in again."},
    {"sign-out", "user_sign_out", {"name"}, false, "", " is signed out everywhere."},
};

static const struct verb org_verbs[] = {
    {"create", "org_create", {"org", "name"}, false, "There is an organisation ", " now."},
    {"list", "org_list", {NULL}, true, "", ""},
    {"set", "org_set", {"org", "name", "role"}, false, "That is the role in ", " now."},
    {"remove", "org_remove", {"org", "name"}, false, "", " has one member less."},
    {"members", "org_members", {"org"}, true, "", ""},
};

static const struct verb key_verbs[] = {
    {"create", "key_create", {"org", "label"}, false, "A program may act for ", " with this key."},
    {"list", "key_list", {"org"}, true, "", ""},
    {"revoke", "key_revoke", {"org", "id"}, false, "That key of ", " is refused from now on."},
};

static const char user_help[] =
    "conclave user: people who have an account on the running server. Guests need none.\n"
    "\n"
    "  create NAME    makes an account; its password is one line on standard input, or is\n"
    "                 drawn and printed when there is none\n"
    "  list           everybody, in the order of names\n"
    "  disable NAME   signs NAME out everywhere, at once, and lets nobody in as NAME\n"
    "  enable NAME    lets NAME sign in again\n"
    "  sign-out NAME  ends all sessions of NAME\n"
    "\n"
    "  --data DIR, --config FILE   which server (data)\n"
    "  --json                      prints objects\n";

static const char org_help[] =
    "conclave org: organisations of the running server.\n"
    "\n"
    "  create ORG OWNER     makes one; the user OWNER is its first owner\n"
    "  list                 all of them\n"
    "  members ORG          who is in it\n"
    "  set ORG USER ROLE    makes USER an owner, admin or member of it\n"
    "  remove ORG USER      takes USER out; an organisation keeps an owner\n"
    "  key create ORG NAME  makes a key for a program that acts for ORG, and prints it once\n"
    "  key list ORG         its keys, by id\n"
    "  key revoke ORG ID    that key is refused from now on\n"
    "\n"
    "  --data DIR, --config FILE   which server (data)\n"
    "  --json                      prints objects\n";

/* ---- refusals ---- */

static int refused(bool json, const char *reason)
{
    static const struct {
        const char *reason, *sentence;
    } known[] = {
        {"bad_message", "That is no name or password: names have 2 to 64 letters, digits or . - _ "
                        "@ +, passwords 10 to 256 bytes; a role is owner, admin or member; ids are "
                        "those of `conclave org key list`."},
        {"taken", "There is already something of that name."},
        {"not_found", "There is nobody, or nothing, of that name."},
        {"last", "An organisation keeps an owner: make somebody else an owner first."},
        {"limit", "There are as many of these as there may be."},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i].reason, reason) == 0)
            return cmd_fail(json, known[i].sentence);
    return cmd_fail(json, "The server could not do it now; its log may say why.");
}

/* *answer is *owned* by the caller; NULL after a sentence, with *status set. */
static json_t *ask_server(const struct server_flags *flags, json_t *ask, int *status)
{
    struct complaint why;
    json_t *answer = NULL;
    enum err e = control_ask(flags->config.data, ask, &answer, &why);
    if (e != ERR_OK) {
        *status = cmd_fail(flags->json, why.text);
        return NULL;
    }
    if (json_is_true(json_object_get(answer, "ok")))
        return answer;
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    *status = refused(flags->json, reason ? reason : "");
    json_decref(answer);
    return NULL;
}

/* ---- lists ---- */

static void print_row(const json_t *row, bool json)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    const char *org = json_string_value(json_object_get(row, "org"));
    const char *role = json_string_value(json_object_get(row, "role"));
    if (json) {
        (void)json_dumpf(row, stdout, JSON_COMPACT);
        printf("\n");
        return;
    }
    if (json_object_get(row, "label")) {
        printf("%s  %s\n", json_string_value(json_object_get(row, "id")),
               json_string_value(json_object_get(row, "label")));
        return;
    }
    printf("%s%s%s%s\n",
           org    ? org
           : name ? name
                  : "",
           role ? "  " : "", role ? role : "",
           json_is_true(json_object_get(row, "disabled")) ? "  (disabled)" : "");
}

/* Page after page, each from the last name of the one before. */
static int list(const struct server_flags *flags, const struct verb *v, char **words)
{
    bool more = true, orgs = strcmp(v->what, "org_list") == 0;
    char after[128] = "";
    int status = EXIT_DONE;
    while (more) {
        json_t *ask = json_pack("{s:s, s:s}", "do", v->what, orgs ? "org" : "name", after);
        if (v->keys[0])
            (void)json_object_set_new(ask, v->keys[0], json_string(words[0]));
        json_t *answer = ask_server(flags, ask, &status);
        json_decref(ask);
        if (!answer)
            return status;
        size_t i;
        json_t *row, *rows = json_object_get(answer, "list");
        json_array_foreach(rows, i, row)
        {
            const char *name = json_string_value(json_object_get(row, orgs ? "org" : "name"));
            print_row(row, flags->json);
            (void)snprintf(after, sizeof after, "%s", name ? name : "");
        }
        more = json_is_true(json_object_get(answer, "more")) && i > 0;
        json_decref(answer);
    }
    return EXIT_DONE;
}

/* ---- changes ---- */

/* A line of standard input when something is connected there, else one that we draw. */
static bool get_password(char out[PASSWORD_MAX + 2], bool *drawn)
{
    uint8_t bytes[DRAWN];
    *drawn = isatty(STDIN_FILENO) || !fgets(out, PASSWORD_MAX + 2, stdin) || out[0] == '\n';
    if (!*drawn) {
        out[strcspn(out, "\r\n")] = '\0';
        return true;
    }
    if (crypt_init() != ERR_OK || crypt_random(bytes, sizeof bytes) != ERR_OK)
        return false;
    text_base64url(out, span_of(bytes, sizeof bytes));
    crypt_wipe(bytes, sizeof bytes);
    return true;
}

/* A secret that the server made, and keeps only a hash of. */
static void print_key(const struct server_flags *flags, const char *id, const char *key)
{
    if (flags->json)
        printf("{\"ok\":true,\"id\":\"%s\",\"key\":\"%s\"}\n", id, key);
    else
        printf("The key %s, shown here only: %s\n", id, key);
}

static void print_done(const struct server_flags *flags, const struct verb *v, const char *word,
                       const char *password)
{
    if (flags->json) {
        json_t *o = password ? json_pack("{s:b, s:s}", "ok", 1, "password", password)
                             : json_pack("{s:b}", "ok", 1);
        (void)json_dumpf(o, stdout, JSON_COMPACT);
        json_decref(o);
        printf("\n");
        return;
    }
    printf("%s%s%s\n", v->before, word, v->after);
    if (password)
        printf("The password, shown here only: %s\n", password);
}

static void finish(const struct server_flags *flags, const struct verb *v, const char *word,
                   const json_t *answer, const char *password)
{
    const char *key = json_string_value(json_object_get(answer, "key"));
    const char *id = json_string_value(json_object_get(answer, "id"));
    if (!key || !flags->json)
        print_done(flags, v, word, password);
    if (key && id)
        print_key(flags, id, key);
}

static int change(const struct server_flags *flags, const struct verb *v, char **words)
{
    char password[PASSWORD_MAX + 2];
    bool drawn = false, create = strcmp(v->what, "user_create") == 0;
    int status = EXIT_DONE;
    json_t *ask = json_pack("{s:s}", "do", v->what);
    for (size_t i = 0; i < WORDS_MAX && v->keys[i]; i++)
        (void)json_object_set_new(ask, v->keys[i], json_string(words[i]));
    if (create && !get_password(password, &drawn)) {
        json_decref(ask);
        return cmd_fail(flags->json, "No password could be drawn; reinstall libssl3.");
    }
    if (create)
        (void)json_object_set_new(ask, "password", json_string(password));
    json_t *answer = ask_server(flags, ask, &status);
    if (answer)
        finish(flags, v, words[0], answer, drawn ? password : NULL);
    json_decref(ask);
    json_decref(answer);
    crypt_wipe(password, sizeof password);
    return status;
}

/* ---- command lines ---- */

struct command {
    const char *name, *help;
    const struct verb *verbs;
    size_t count;
};

static size_t words_of(const struct verb *v)
{
    size_t n = 0;
    while (n < WORDS_MAX && v->keys[n])
        n++;
    return n;
}

static int run(const struct command *c, int argc, char **argv)
{
    static struct server_flags flags;
    const struct verb *v = NULL;
    for (size_t i = 0; argc > 0 && i < c->count; i++)
        if (strcmp(argv[0], c->verbs[i].name) == 0)
            v = &c->verbs[i];
    bool help = argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
    if (!v && !help) {
        fprintf(stderr,
                "Say what to do, for example `conclave %s list`; see `conclave %s --help`.\n",
                c->name, c->name);
        return EXIT_USAGE;
    }
    size_t need = v ? words_of(v) : 0, have = 0;
    while (v && (int)have + 1 < argc && argv[have + 1][0] != '-')
        have++;
    struct args a = args_of(c->name, argc - (v ? 1 + (int)have : 0), argv + (v ? 1 + have : 0));
    int status = cmd_server_flags(&a, false, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help || !v) {
        fputs(c->help, stdout);
        return EXIT_DONE;
    }
    if (have != need) {
        fprintf(stderr, "`conclave %s %s` takes %zu word%s after it; see `conclave %s --help`.\n",
                c->name, v->name, need, need == 1 ? "" : "s", c->name);
        return EXIT_USAGE;
    }
    return v->list ? list(&flags, v, argv + 1) : change(&flags, v, argv + 1);
}

int cmd_user(int argc, char **argv)
{
    static const struct command c = {"user", user_help, user_verbs, ARRAY_LEN(user_verbs)};
    return run(&c, argc, argv);
}

int cmd_org(int argc, char **argv)
{
    static const struct command keys = {"org key", org_help, key_verbs, ARRAY_LEN(key_verbs)};
    if (argc > 0 && strcmp(argv[0], "key") == 0)
        return run(&keys, argc - 1, argv + 1);
    static const struct command c = {"org", org_help, org_verbs, ARRAY_LEN(org_verbs)};
    return run(&c, argc, argv);
}

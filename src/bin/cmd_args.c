/* Command lines: flags with and without a value, and the sentences about wrong ones. */
#include "bin/cmd_args.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/bug.h"

enum { FLAG_TEXT = 64 };

struct args args_of(const char *command, int argc, char **argv)
{
    return (struct args){.count = argc, .words = argv, .command = command};
}

bool args_next(struct args *a)
{
    static char name[FLAG_TEXT];
    if (a->at >= a->count)
        return false;
    char *word = a->words[a->at++];
    char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    a->flag = word;
    a->inline_value = equals ? equals + 1 : NULL;
    if (equals) {
        (void)snprintf(name, sizeof name, "%.*s", (int)(equals - word), word);
        a->flag = name;
    }
    return true;
}

bool args_is(const struct args *a, const char *flag)
{
    return strcmp(a->flag, flag) == 0;
}

const char *args_value(struct args *a)
{
    if (a->inline_value)
        return a->inline_value;
    if (a->at < a->count)
        return a->words[a->at++];
    fprintf(stderr, "%s needs a value after it; see `%s --help`.\n", a->flag, a->command);
    return NULL;
}

int args_refuse(const struct args *a)
{
    fprintf(stderr, "`%s` does not know \"%s\"; see `%s --help`.\n", a->command, a->flag,
            a->command);
    return EXIT_USAGE;
}

int cmd_fail(bool json, const char *sentence)
{
    if (json) {
        json_t *o = json_pack("{s:s}", "error", sentence);
        (void)json_dumpf(o, stdout, JSON_COMPACT);
        json_decref(o);
        printf("\n");
    } else {
        fprintf(stderr, "%s\n", sentence);
    }
    return EXIT_FAILED;
}

struct flag_key {
    const char *flag, *key;
    bool all_only;
};

static const struct flag_key flag_keys[] = {
    {"--data", "data", false}, {"--listen", "listen", true},   {"--public-ip", "public_ip", true},
    {"--web", "web", true},    {"--metrics", "metrics", true}, {"--database", "database", false},
};

static const struct flag_key *find_flag(const struct args *a, bool all)
{
    for (size_t i = 0; i < ARRAY_LEN(flag_keys); i++)
        if (args_is(a, flag_keys[i].flag) && (all || !flag_keys[i].all_only))
            return &flag_keys[i];
    return NULL;
}

/* The file is read first, so that flags can override it. */
static int load_file(struct args a, struct server_flags *out, struct complaint *why)
{
    const char *file = NULL;
    while (args_next(&a)) {
        if (args_is(&a, "--json"))
            out->json = true;
        if (!args_is(&a, "--config"))
            continue;
        file = args_value(&a);
        if (!file)
            return EXIT_USAGE;
    }
    config_init(&out->config);
    if (file && config_load(&out->config, file, why) != ERR_OK)
        return cmd_fail(out->json, why->text);
    return EXIT_DONE;
}

static int take_flag(struct args *a, bool all, struct server_flags *out, struct complaint *why)
{
    if (args_is(a, "--json"))
        return EXIT_DONE;
    if (args_is(a, "--help") || args_is(a, "-h")) {
        out->help = true;
        return EXIT_DONE;
    }
    if (args_is(a, "--meeting") && all) {
        out->meeting = true;
        return EXIT_DONE;
    }
    if (args_is(a, "--waiting-room") && !all) {
        out->waiting_room = true;
        return EXIT_DONE;
    }
    if (args_is(a, "--profile") && !all)
        return (out->profile = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--passcode") && !all)
        return (out->passcode = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--draft") && !all)
        return (out->draft = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--centre") && !all)
        return (out->centre = args_value(a)) ? EXIT_DONE : EXIT_USAGE;
    if (args_is(a, "--config"))
        return args_value(a) ? EXIT_DONE : EXIT_USAGE;
    const struct flag_key *f = find_flag(a, all);
    if (!f)
        return args_refuse(a);
    const char *value = args_value(a);
    if (!value)
        return EXIT_USAGE;
    if (config_set(&out->config, f->key, value, f->flag, why) == ERR_OK)
        return EXIT_DONE;
    fprintf(stderr, "%s\n", why->text);
    return EXIT_USAGE;
}

int cmd_server_flags(struct args *a, bool all, struct server_flags *out)
{
    struct complaint why;
    bool flag_ips = false;
    *out = (struct server_flags){.json = false};
    int status = load_file(*a, out, &why);
    while (status == EXIT_DONE && args_next(a)) {
        if (args_is(a, "--public-ip") && !flag_ips)
            out->config.public_count = 0; /* the first flag replaces the file's list */
        flag_ips = flag_ips || args_is(a, "--public-ip");
        status = take_flag(a, all, out, &why);
    }
    if (status == EXIT_DONE && !out->help && config_finish(&out->config, &why) != ERR_OK)
        status = cmd_fail(out->json, why.text);
    return status;
}

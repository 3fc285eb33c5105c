/* What the words of `conclave dc` share: their flags. knows: argv. knows not: keys, lists. */
#ifndef BIN_CMD_DC_H
#define BIN_CMD_DC_H

#include <stdint.h>

#include "bin/cmd_args.h"

struct dc_flags {
    const char *root, *certificate, *zone, *centre, *node, *realm;       /* *borrowed*, */
    const char *public, *key, *list, *sign, *check, *after, *out, *data; /* or NULL */
    int64_t days;
    int64_t now_s; /* the clock's, or --now's */
    bool json;
};

/* cmd_dc_list.c */
int dc_list(const struct dc_flags *f);
int dc_withdraw(const struct dc_flags *f);
/* cmd_dc_load.c */
int dc_load(const struct dc_flags *f);
int dc_show(const struct dc_flags *f);
/* Whether the flag was given; a sentence otherwise. */
bool dc_needs(const char *value, const char *flag);

#endif

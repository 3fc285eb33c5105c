/* `conclave doctor`: findings, and the checks that make them.
 * knows: what the server needs. knows not: how it serves. owns: nothing. */
#ifndef BIN_CMD_DOCTOR_H
#define BIN_CMD_DOCTOR_H

#include <stddef.h>

#include "bin/config.h"

enum finding_level { FINDING_OK, FINDING_NOTE, FINDING_FAILED };

struct finding {
    const char *name;
    enum finding_level level;
    struct complaint says; /* one sentence; a failure's ends with its fix */
};

enum { FINDINGS_MAX = 32 };

struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
    bool running; /* our server runs on the data folder */
};

/* Adds one; further ones than FINDINGS_MAX are a bug. */
__attribute__((format(printf, 4, 5))) void finding_add(struct findings *f, const char *name,
                                                       enum finding_level level, const char *format,
                                                       ...);

/* A node among data centres: its certificate, the list, its port. Nothing for another. */
void doctor_check_cell(struct findings *f, const struct config *c);

/* Port, public addresses: is the port free or ours, and does each public address lead here? */
void doctor_check_network(struct findings *f, const struct config *c);

#endif

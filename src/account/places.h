/* A choice of data centres as it is stored: one line of text with ids, so that it outlives any list
 * of data centres. An id that left the list lets nothing in and keeps nothing out.
 *
 *     p.in=fra,par;p.out=sin;t.in=;t.out=sha;s.in=fra;zones=cn;realm=government;country=FR;
 *
 * p, t, s: processing, transit, storage. No x.in: all of them. Neither t.in nor t.out: transit goes
 * as processing does. Each key at most once, in this order; nothing at all: nothing was chosen.
 * knows: the text, the table of data centres. knows not: JSON, who chose. owns: nothing. */
#ifndef ACCOUNT_PLACES_H
#define ACCOUNT_PLACES_H

#include "base/err.h"
#include "base/span.h"
#include "policy/choice.h"

enum { PLACES_ID = 32, PLACES_NAME = 48, PLACES_TEXT = 640 };

struct centre_row {
    char id[PLACES_ID + 1]; /* a to z, 0 to 9, '-' */
    char name[PLACES_NAME + 1];
    char country[3]; /* two capitals; "": not said */
    double latitude, longitude;
    bool located; /* they mean something */
};

/* The data centres of this service: its facts and, at the same places, their names. */
struct centre_table {
    struct choice_world world;
    struct centre_row row[CHOICE_CENTRES];
    uint32_t zones;
    char zone[FENCE_ZONES][PLACES_ID + 1];
};

/* One data centre, this server, of one zone that is not fenced. */
void places_here(struct centre_table *out);

struct places_fault {
    char key[24];             /* "processing.opt_in"; "": none */
    char name[PLACES_ID + 1]; /* the id that it is about; "": none */
    const char *word, *why;   /* static */
};

/* Reads a text. known: an id that is none of the table's is refused. ERR_MALFORMED: it is no such
 * text, or (with *fault) names what is not there; then *out lets nothing in. */
enum err places_read(struct choice *out, struct span text, const struct centre_table *t, bool known,
                     struct places_fault *fault);

/* What a judgement says, with names. */
void places_fault_of(const struct choice_verdict *v, const struct centre_table *t,
                     struct places_fault *out);

/* Two capitals as a number; 0: they are none. */
uint16_t places_country(struct span two);

#endif

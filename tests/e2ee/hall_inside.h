/* Between hall.c (people, mail, time) and hall_server.c (the delivery service). */
#ifndef TEST_E2EE_HALL_INSIDE_H
#define TEST_E2EE_HALL_INSIDE_H

#include "e2ee/hall.h"

struct span hall_group(const struct hall *h);
bool hall_anything_wanted(const struct hall *h);
void hall_ask(struct hall *h); /* the next committer */
void hall_serve(struct hall *h, struct hall_mail *m);
void hall_show(struct hall *h, int who, int to);
void hall_note_bytes(struct hall *h, struct span s);

#endif

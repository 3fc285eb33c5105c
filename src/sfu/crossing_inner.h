/* Between the parts of sfu/crossing: not for others. */
#ifndef SFU_CROSSING_INNER_H
#define SFU_CROSSING_INNER_H

#include "sfu/crossing.h"

/* A batch that may not pass is counted and told. */
void crossing_stopped(struct crossing *c, const struct relay_batch *b, enum passage why,
                      bool leaving);
/* Seals one datagram into c->datagram. */
bool crossing_seal(struct crossing *c, const struct bridge_text *text, struct crossing_effect *e,
                   instant_us now);

/* crossing_out.c */
void crossing_out_message(struct crossing *c, struct span message, bool relayed);
void crossing_out_asked(struct crossing *c, struct span body);
bool crossing_out_poll(struct crossing *c, struct crossing_effect *e, instant_us now);

/* crossing_in.c */
void crossing_in_text(struct crossing *c, const struct bridge_text *text, instant_us now);
bool crossing_in_poll(struct crossing *c, struct crossing_effect *e, instant_us now);

#endif

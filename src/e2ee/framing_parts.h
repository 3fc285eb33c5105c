/* What PublicMessage and PrivateMessage have in common: FramedContent and its authentication (RFC
 * 9420 sections 6 and 6.1). Only for framing*.c. owns: nothing. */
#ifndef E2EE_FRAMING_PARTS_H
#define E2EE_FRAMING_PARTS_H

#include "e2ee/framing.h"

enum { MLS_VERSION = 1 }; /* mls10 */

/* The content by its type: application data, a Proposal, a Commit; sets m->content. */
void framed_read_content(struct reader *r, struct framed *m);
void framed_write_content(const struct framed *m, struct writer *w);
/* FramedContentAuthData: signature and, of a commit, the confirmation tag. */
void framed_read_auth(struct reader *r, struct framed *m);
void framed_write_auth(const struct framed *m, struct writer *w);

#endif

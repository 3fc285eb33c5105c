/* Single sign-on in the front role: the identity provider's addresses and keys, fetched by the
 * fetch process, and the two pages of a sign-in, "start" and "back". knows: JSON, which answer
 * belongs to whom. knows not: how a host is reached (io/fetch.h), what a token must say
 * (account/oidc.h). Shared by front_provider.c, front_account.c and front_link.c only. */
#ifndef BIN_FRONT_PROVIDER_H
#define BIN_FRONT_PROVIDER_H

#include "bin/front_account.h"

struct provider;

/* NULL when none is configured, or its secret cannot be read. Before the sandbox. */
struct provider *provider_open(struct desk *d);
void provider_tick(struct desk *d);
/* GET /api/account/oidc/start and /oidc/back. */
void provider_start(struct desk *d, uint64_t call);
void provider_back(struct desk *d, uint64_t call, const struct web_call *q);
/* From the fetch process; and when it is gone. */
void provider_says(struct desk *d, const struct ipc_fetch_part *part);
void provider_lost(struct desk *d);

#endif

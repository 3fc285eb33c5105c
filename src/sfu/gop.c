/* The bounds of a group of pictures; see gop.h. owns: nothing. */
#include "sfu/gop.h"

void gop_input(struct gop *g, int64_t seq, bool key, size_t len, instant_us now)
{
    if (key && (!g->open || seq > g->first))
        *g = (struct gop){.open = true, .first = seq, .next = seq, .since = now};
    if (!g->open || seq < g->first)
        return;
    if (seq >= g->next)
        g->next = seq + 1;
    g->bytes += (uint32_t)len;
    if (g->bytes > GOP_BYTES_MAX || g->next - g->first > GOP_PACKETS_MAX)
        g->open = false;
}

bool gop_ready(const struct gop *g, instant_us now)
{
    return g->open && now - g->since <= GOP_AGE_US;
}

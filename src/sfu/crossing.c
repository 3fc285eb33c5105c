/* A link to another node: its two halves and what they share; see crossing.h. */
#include "sfu/crossing.h"

#include "sfu/crossing_inner.h"

enum err crossing_open(struct crossing *c, const struct crossing_config *config,
                       const struct bridge_setup *keys, instant_us now)
{
    memset(c, 0, sizeof *c);
    c->config = *config;
    c->out.at_due = INSTANT_NEVER;
    return bridge_open(&c->link, keys, now);
}

void crossing_close(struct crossing *c)
{
    bridge_close(&c->link);
    memset(c, 0, sizeof *c);
}

void crossing_stopped(struct crossing *c, const struct relay_batch *b, enum passage why,
                      bool leaving)
{
    count_drop(c->config.counters, leaving ? SFU_DROP_RELAY_EGRESS : SFU_DROP_RELAY_INGRESS);
    c->alarm = (struct crossing_alarm){c->alarm.batches + 1, b->meeting, why, leaving};
}

bool crossing_seal(struct crossing *c, const struct bridge_text *text, struct crossing_effect *e,
                   instant_us now)
{
    struct writer w = writer_of(c->datagram, sizeof c->datagram);
    if (bridge_seal(&c->link, text, now, &w) != ERR_OK) {
        count_drop(c->config.counters, SFU_DROP_SEAL);
        return false;
    }
    *e = (struct crossing_effect){.type = CROSSING_SEND, .bytes = writer_span(&w)};
    return true;
}

/* What cannot be opened is dropped and counted; nobody hears of it. */
static void datagram_take(struct crossing *c, const struct crossing_input *in, instant_us now)
{
    struct bridge_text text;
    enum bridge_fault fault = bridge_unseal(&c->link, in->bytes, in->len, now, &text);
    if (fault == BRIDGE_REPLAYED)
        count_drop(c->config.counters, SFU_DROP_REPLAY);
    else if (fault == BRIDGE_KIND || fault == BRIDGE_LENGTH)
        count_drop(c->config.counters, SFU_DROP_RELAY_FORM);
    else if (fault != BRIDGE_OK)
        count_drop(c->config.counters, SFU_DROP_RELAY_AUTH);
    else if (text.kind == BRIDGE_ASK)
        crossing_out_asked(c, text.body);
    else
        crossing_in_text(c, &text, now);
}

void crossing_input(struct crossing *c, const struct crossing_input *in, instant_us now)
{
    switch (in->type) {
    case CROSSING_MESSAGE:
        crossing_out_message(c, in->message, in->relayed);
        break;
    case CROSSING_DATAGRAM:
        datagram_take(c, in, now);
        break;
    case CROSSING_TICK:
        break;
    }
}

static bool alarm_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    if (c->alarm.batches == 0 || now < c->alarm_due)
        return false;
    *e = (struct crossing_effect){.type = CROSSING_ALARM, .alarm = c->alarm};
    c->alarm.batches = 0;
    c->alarm_due = now + CROSSING_ALARM_US;
    return true;
}

bool crossing_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    return crossing_in_poll(c, e, now) || crossing_out_poll(c, e, now) || alarm_poll(c, e, now);
}

instant_us crossing_deadline(const struct crossing *c)
{
    instant_us due = c->out.at_due;
    for (uint32_t i = 0; i < c->in.gaps; i++)
        due = instant_min(due, c->in.gap[i].due);
    return c->alarm.batches > 0 ? instant_min(due, c->alarm_due) : due;
}

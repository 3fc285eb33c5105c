/* Answers to whoever shows no right access proof or passcode, at a moment that tells nothing: a
 * whole number of FRONT_STRANGER_MS after the question came, by the loop's own clock. What the
 * store had to read for it, one row or none, does not show. Whose connection is gone is passed
 * over. */
#include "base/mutant.h"
#include "bin/front.h"

static void on_stranger(uv_timer_t *t);

static void arm(struct front *f)
{
    uint64_t first = UINT64_MAX, now = uv_now(&f->loop);
    for (uint32_t i = 0; i < f->strangers; i++)
        first = f->stranger[i].due_ms < first ? f->stranger[i].due_ms : first;
    if (f->strangers > 0)
        uv_timer_start(&f->stranger_timer, on_stranger, first > now ? first - now : 0, 0);
}

static void on_stranger(uv_timer_t *t)
{
    struct front *f = t->data;
    uint64_t now = uv_now(&f->loop);
    for (uint32_t i = 0; i < f->strangers;) {
        if (f->stranger[i].due_ms > now) {
            i++;
            continue;
        }
        struct session *s = session_find(f, f->stranger[i].session);
        enum signal_set_reason reason = f->stranger[i].reason;
        f->stranger[i] = f->stranger[--f->strangers];
        if (s && s->hello)
            session_end_hello(f, s, reason);
    }
    arm(f);
}

void stranger_refuse(struct front *f, struct session *s, enum signal_set_reason reason)
{
    uint64_t passed = uv_now(&f->loop) - s->hello->at_ms;
    if (f->strangers == LIMIT_CONNECTIONS || DEFENCE(25, false)) {
        session_end_hello(f, s, reason);
        return;
    }
    struct stranger *w = &f->stranger[f->strangers++];
    w->session = s->number;
    w->reason = reason;
    w->due_ms = s->hello->at_ms + (passed / FRONT_STRANGER_MS + 1) * FRONT_STRANGER_MS;
    arm(f);
}

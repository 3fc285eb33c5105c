/* The rules of layer_cut.h. owns: nothing. */
#include "sfu/layer_cut.h"

static bool pass_described(struct layer_cut *c, const struct layer_tag *t, struct layer_goal goal,
                           const struct layer_described *d)
{
    const struct depdesc_structure *s = &d->structure;
    if (t->start || t->key) {
        int wanted = depdesc_target(s, d->active, goal.spatial, goal.temporal);
        bool may = t->key || (wanted >= 0 && c->target != LAYER_CUT_NONE &&
                              depdesc_of(t->indications, (unsigned)wanted) == DEPDESC_SWITCH);
        if (may && wanted >= 0) {
            c->target = (int8_t)wanted;
            c->spatial = (int8_t)s->target[wanted].spatial;
            c->temporal = (int8_t)s->target[wanted].temporal;
        }
    }
    return c->target != LAYER_CUT_NONE &&
           depdesc_of(t->indications, (unsigned)c->target) != DEPDESC_NOT_PRESENT;
}

/* Fewer from the next picture on; more where the frame at hand allows it. */
static void move(struct layer_cut *c, const struct layer_tag *t, struct layer_goal goal)
{
    if (t->start && t->spatial == 0) {
        c->spatial = c->spatial > goal.spatial ? (int8_t)goal.spatial : c->spatial;
        c->temporal = c->temporal > goal.temporal ? (int8_t)goal.temporal : c->temporal;
    }
    if (t->sync && t->temporal > c->temporal && t->temporal <= goal.temporal)
        c->temporal = (int8_t)t->temporal;
    if (t->start && t->alone && t->spatial == c->spatial + 1 && t->spatial <= goal.spatial &&
        t->temporal <= c->temporal)
        c->spatial = (int8_t)t->spatial;
}

bool layer_cut_pass(struct layer_cut *c, const struct layer_tag *t, struct layer_goal goal,
                    const struct layer_described *d)
{
    if (t->described)
        return d && pass_described(c, t, goal, d);
    if (t->key)
        *c = (struct layer_cut){(int8_t)goal.spatial, (int8_t)goal.temporal, LAYER_CUT_NONE};
    if (c->spatial == LAYER_CUT_NONE)
        return false;
    move(c, t, goal);
    if (t->spatial > c->spatial || t->temporal > c->temporal)
        return false;
    if (t->up && c->temporal < goal.temporal)
        c->temporal = (int8_t)goal.temporal; /* of the pictures after this one */
    return true;
}

/* What the bot prints: one JSON object a line. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "bin/bot.h"

enum { ID_TEXT = TEXT_BASE64URL_LEN(E2EE_PARTICIPANT) + 1 };

void bot_tell(json_t *line)
{
    (void)json_dumpf(line, stdout, JSON_COMPACT);
    json_decref(line);
    printf("\n");
    fflush(stdout);
}

json_t *bot_text(struct span s)
{
    json_t *value = json_stringn((const char *)s.ptr, s.len);
    return value ? value : json_string(""); /* not UTF-8 */
}

void bot_tell_status(const struct bot *b)
{
    static const char *const phases[] = {"starting", "secure", "stopped"};
    static const char *const whys[] = {"none",   "fork",    "silent",     "ghost",
                                       "behind", "removed", "descriptor", "left"};
    struct e2ee_status s;
    e2ee_status(b->core, &s);
    bot_tell(json_pack("{s:s, s:s, s:s, s:I, s:i, s:s, s:b, s:b}", "event", "status", "phase",
                       phases[s.phase], "why", whys[s.why], "epoch", (json_int_t)s.epoch, "people",
                       (int)s.count, "code", s.code, "admin", s.admin, "waiting", b->waiting));
}

void bot_tell_roster(const struct bot *b)
{
    struct e2ee_person p;
    json_t *people = json_array();
    for (uint32_t cursor = 0; e2ee_person_next(b->core, &cursor, &p);) {
        char id[ID_TEXT], pair[E2EE_PAIR_DIGITS + 1] = "";
        text_base64url(id, span_of(p.participant, E2EE_PARTICIPANT));
        if (!p.me)
            (void)e2ee_pair_code(b->core, p.participant, pair);
        (void)json_array_append_new(people, json_pack("{s:o, s:s, s:I, s:I, s:b, s:b, s:b, s:s}",
                                                      "name", bot_text(p.name), "participant", id,
                                                      "leaf", (json_int_t)p.leaf, "member",
                                                      (json_int_t)p.member, "me", p.me, "admin",
                                                      p.admin, "bot", p.bot, "pair_code", pair));
    }
    bot_tell(json_pack("{s:s, s:o}", "event", "roster", "people", people));
}

static json_t *name_of(const struct bot *b, struct span participant)
{
    struct e2ee_person p;
    for (uint32_t cursor = 0; e2ee_person_next(b->core, &cursor, &p);)
        if (span_equal(span_of(p.participant, E2EE_PARTICIPANT), participant))
            return bot_text(p.name);
    return json_string("");
}

void bot_tell_note(const struct bot *b, const struct e2ee_effect *e, json_t *note)
{
    (void)json_object_del(note, "f"); /* for a report alone */
    bot_tell(json_pack("{s:s, s:o, s:b, s:o}", "event", "note", "from", name_of(b, e->a), "private",
                       e->flag, "note", note));
}

void bot_tell_consent(const struct bot *b, struct span participant, bool kept)
{
    bot_tell(json_pack("{s:s, s:o, s:b}", "event", "consent", "name", name_of(b, participant),
                       "kept", kept));
}

void bot_tell_refused(const struct e2ee_effect *e)
{
    bot_tell(json_pack("{s:s, s:s, s:I}", "event", "refused", "rule", rule_words(e->rule), "from",
                       (json_int_t)e->member));
}

void bot_tell_end(const char *reason)
{
    bot_tell(json_pack("{s:s, s:s}", "event", "ended", "reason", reason));
}

/* A32: names that deceive: direction overrides, isolates and marks, control codes, bytes that are
 * no UTF-8, and one so long that it hides the next. Expected: no client takes such a leaf, whoever
 * sealed it; names of the world's writing, and HTML as the plain text that it is, come in. What a
 * browser makes of such words: tests/e2e/scenarios/hostile.mjs. */
#include "hall_honest.h"

static uint8_t device_secret[SUITE_SIGN_SECRET], device[SUITE_SIGN_PUBLIC];

static struct forged person(const char *name, const char *instead)
{
    uint8_t seed[32];
    forged_fill(NULL, seed, sizeof seed);
    suite_sign_keys(seed, device_secret, device);
    return (struct forged){.link = hall.link,
                           .name = name,
                           .instead = instead,
                           .device_secret = device_secret,
                           .device = device};
}

/* A place holder of as many bytes. */
static const char *as_long(const char *text)
{
    static char room[E2EE_NAME_MAX + 1];
    memset(room, 'x', sizeof room);
    room[strlen(text)] = '\0';
    return room;
}

static bool is_refused(const char *name)
{
    struct forged f = person(as_long(name), name);
    uint32_t before = hall.person[ANA].refused[RULE_PROFILE_FORM];
    forged_make(&f);
    (void)forged_ask(&f, ANA, 60);
    hall_run(&hall, 500);
    forged_free(&f);
    return hall.person[ANA].refused[RULE_PROFILE_FORM] == before + 1 &&
           hall_status(&hall, ANA).count == 3;
}

static void deceits(void)
{
    static const struct {
        const char *name, *what;
    } all[] = {
        {"Ana\xE2\x80\xAEtsoh", "right-to-left override"},
        {"Ana\xE2\x80\xAAtsoh", "left-to-right embedding"},
        {"Ana\xE2\x81\xA6tsoh", "isolate"},
        {"Ana\xE2\x80\x8E", "left-to-right mark"},
        {"Ana\xC2\x85", "next line"},
        {"Ana\n[host]", "new line"},
        {"Ana\x1B[2J", "escape sequence"},
        {"Ana\x7F", "delete"},
        {"Ana\xC0\xAF", "overlong slash"},
        {"Ana\xED\xA0\x80", "half of a surrogate pair"},
        {"Ana\xF4\x90\x80\x80", "beyond Unicode"},
        {"Ana\xE2\x80", "cut off in the middle"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        printf("      %s\n", all[i].what);
        CHECK(is_refused(all[i].name), "a name that deceives is refused by its rule");
    }
}

/* The same bytes would do in a name that one gives oneself later. */
static void renaming(void)
{
    struct e2ee_input in = {.type = E2EE_IN_RENAME, .b = span_str("Ana\xE2\x80\xAEtsoh")};
    CHECK(hall_tell(&hall, BEN, &in) == ERR_MALFORMED, "nor does one take it for oneself");
}

static void honest_names(void)
{
    static const char *const names[] = {"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
                                        "\xE5\xB1\xB1\xE7\x94\xB0", "<b>Ana</b>",
                                        "javascript:alert(1)", "\\\\host\\share"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int who = hall_join(&hall, names[i], false);
        hall_run(&hall, 4000);
        struct e2ee_person p;
        bool there = false;
        for (uint32_t cursor = 0; e2ee_person_next(hall.person[ANA].e, &cursor, &p);)
            there = there || span_equal(p.name, span_str(names[i]));
        CHECK(there, "a name is text, byte by byte");
        hall_leave(&hall, who);
        hall_run(&hall, 3000);
    }
}

int main(void)
{
    honest_start(32);
    deceits();
    renaming();
    honest_names();
    honest_unhurt();
    hall_close(&hall);
    return 0;
}

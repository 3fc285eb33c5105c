/* What a page may run: its policy, and the hashes on its tags.
 * knows: the few tags and directives that our own page has; anything else is a failure. */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "bin/cmd_verify.h"
#include "bin/config_addr.h"

enum { TAG_MAX = 1000, VALUE_MAX = 400 };

/* ---- the policy ---- */

/* The sources of a directive, or NULL. Copies them, lest the list be changed. */
static const char *directive(const char *policy, const char *name, char out[VALUE_MAX])
{
    size_t n = strlen(name);
    for (const char *at = policy; at; at = strchr(at, ';')) {
        at += strspn(at, "; ");
        if (strncasecmp(at, name, n) != 0 || (at[n] != ' ' && at[n] != ';' && at[n] != '\0'))
            continue;
        size_t len = strcspn(at + n, ";");
        (void)snprintf(out, VALUE_MAX, "%.*s", (int)(len < VALUE_MAX ? len : VALUE_MAX - 1),
                       at + n);
        return out + strspn(out, " ");
    }
    return NULL;
}

void check_policy(struct verify_report *r, const struct manifest *m)
{
    static const struct {
        const char *directive, *sources;
    } must[] = {
        {"default-src", "'none'"},
        {"script-src", "'self' 'wasm-unsafe-eval'"},
        {"style-src", "'self'"},
        {"worker-src", "'self'"},
        {"connect-src", "'self'"},
        {"base-uri", "'none'"},
        {"form-action", "'none'"},
        {"frame-ancestors", "'none'"},
        {"require-trusted-types-for", "'script'"},
        {"trusted-types", "conclave-workers"},
    };
    char found[VALUE_MAX];
    const char *policy = json_string_value(json_object_get(m->headers, "content-security-policy"));
    if (!policy) {
        report_fail(r, "The manifest asks for no Content-Security-Policy.");
        return;
    }
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        const char *is = directive(policy, must[i].directive, found);
        if (!is || strcmp(is, must[i].sources) != 0)
            report_fail(r, "The Content-Security-Policy has %s \"%s\" instead of \"%s\".",
                        must[i].directive, is ? is : "", must[i].sources);
    }
    if (strstr(policy, "unsafe-inline") || strstr(policy, "'unsafe-eval'") || strchr(policy, '*') ||
        strcasestr(policy, "http"))
        report_fail(r, "The Content-Security-Policy lets foreign or inline code through: %s.",
                    policy);
}

static bool all_origins(const char *list)
{
    char one[VALUE_MAX];
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, " ");
        (void)snprintf(one, sizeof one, "%.*s", (int)(len < VALUE_MAX ? len : VALUE_MAX - 1), at);
        if (len >= VALUE_MAX || !config_origin_valid(one))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

bool policy_framed(const char *is, const char *manifest, char out[VERIFY_FRAMERS])
{
    static const char nobody[] = "frame-ancestors 'none'";
    const char *at = strstr(manifest, nobody);
    size_t before = at ? (size_t)(at - manifest) + strlen("frame-ancestors ") : 0;
    if (!at || strncmp(is, manifest, before) != 0)
        return false;
    size_t len = strcspn(is + before, ";");
    if (len >= VERIFY_FRAMERS || strcmp(is + before + len, at + strlen(nobody)) != 0)
        return false;
    memcpy(out, is + before, len);
    out[len] = '\0';
    return all_origins(out);
}

/* ---- the tags ---- */

/* The value of an attribute in double quotes; false when it has none. */
static bool attribute(const char *tag, const char *name, char out[VALUE_MAX])
{
    char want[40];
    (void)snprintf(want, sizeof want, " %s=\"", name);
    const char *at = strcasestr(tag, want);
    if (!at)
        return false;
    at += strlen(want);
    size_t len = strcspn(at, "\"");
    if (at[len] != '"' || len >= VALUE_MAX)
        return false;
    memcpy(out, at, len);
    out[len] = '\0';
    return true;
}

/* "sha256-" and base64, from the manifest's hexadecimal. */
static bool integrity_of(const struct manifest *m, const char *path, char out[VALUE_MAX])
{
    uint8_t hash[VERIFY_HASH];
    size_t len = 0;
    const char *hex = json_string_value(json_object_get(m->files, path));
    if (!hex || text_unhex(hash, sizeof hash, &len, span_str(hex)) != ERR_OK)
        return false;
    (void)snprintf(out, VALUE_MAX, "sha256-");
    return sodium_bin2base64(out + 7, VALUE_MAX - 7, hash, sizeof hash,
                             sodium_base64_VARIANT_ORIGINAL) != NULL;
}

static void check_tag(struct verify_report *r, const struct manifest *m, const char *tag,
                      const char *file_attribute)
{
    char path[VALUE_MAX], is[VALUE_MAX], must[VALUE_MAX];
    if (!attribute(tag, file_attribute, path) || !integrity_of(m, path, must))
        report_fail(r, "The page has a tag that names no file of the manifest: %.200s", tag);
    else if (!attribute(tag, "integrity", is))
        report_fail(r, "The page loads %s without an integrity hash.", path);
    else if (strcmp(is, must) != 0)
        report_fail(r, "The page loads %s with another integrity hash: %s.", path, is);
}

static bool tag_is(const char *tag, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(tag + 1, name, n) == 0 && !isalnum((unsigned char)tag[1 + n]);
}

static void look_at_tag(struct verify_report *r, const struct manifest *m, const char *tag)
{
    static const char *const foreign[] = {"iframe", "object", "embed", "base", "form",
                                          "style",  "frame",  "svg",   "math"};
    char rel[VALUE_MAX];
    if (tag_is(tag, "script"))
        check_tag(r, m, tag, "src");
    if (tag_is(tag, "link") && (!attribute(tag, "rel", rel) || strcmp(rel, "icon") != 0))
        check_tag(r, m, tag, "href");
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (tag_is(tag, foreign[i]))
            report_fail(r, "The page has a <%s>, which ours never has.", foreign[i]);
    if (strcasestr(tag, " on") || strcasestr(tag, "http-equiv") || strcasestr(tag, "javascript:"))
        report_fail(r, "The page has a tag that runs code or changes policies: %.200s", tag);
}

void check_integrity(struct verify_report *r, const struct manifest *m, const char *html)
{
    char tag[TAG_MAX];
    for (const char *at = strchr(html, '<'); at; at = strchr(at + 1, '<')) {
        if (strncmp(at, "<!--", 4) == 0) {
            const char *end = strstr(at, "-->");
            if (!end)
                break;
            at = end;
            continue;
        }
        size_t len = strcspn(at, ">");
        if (len >= sizeof tag) {
            report_fail(r, "The page has a tag of more than %d characters.", TAG_MAX - 1);
            return;
        }
        memcpy(tag, at, len);
        tag[len] = '\0';
        for (size_t i = 0; i < len; i++)
            if (isspace((unsigned char)tag[i]))
                tag[i] = ' ';
        look_at_tag(r, m, tag);
    }
}

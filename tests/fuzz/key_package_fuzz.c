/* Any bytes as a KeyPackage, a LeafNode and an extension vector: what is read lies inside the input
 * and is read again the same; verification and the capability rules end with a verdict. */
#include "base/bug.h"
#include "e2ee/leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span all, struct span part)
{
    BUG_IF(part.len > 0 && (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len));
}

static void check_leaf(struct span all, const struct leaf *leaf)
{
    struct leaf_place place = {span_str("group"), 7};
    const struct span parts[] = {
        leaf->raw,           leaf->encryption_key,   leaf->signature_key, leaf->credential,
        leaf->identity,      leaf->extension_types,  leaf->parent_hash,   leaf->extensions,
        leaf->signature,     leaf->credential_types, leaf->suites,        leaf->versions,
        leaf->unsigned_part,
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        inside(all, parts[i]);
    BUG_IF(leaf->raw.len > LEAF_BYTES_MAX || !extensions_valid(leaf->extensions));
    struct leaf again;
    struct reader r = reader_of(leaf->raw);
    leaf_parse(&r, &again);
    BUG_IF(!reader_ok(&r) || reader_left(&r) != 0 || !span_equal(again.raw, leaf->raw));
    (void)leaf_verify(&suite_chacha, leaf, NULL);
    (void)leaf_verify(&suite_chacha, leaf, &place);
    (void)leaf_check_required(leaf, leaf->extensions);
    (void)leaf_check_lifetime(leaf, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = span_of(data, size), found;
    struct key_package p;
    struct leaf leaf;
    struct reader r = reader_of(all);
    key_package_parse(&r, &p);
    if (reader_ok(&r)) {
        inside(all, p.raw);
        inside(all, p.unsigned_part);
        check_leaf(all, &p.leaf);
        (void)key_package_verify(&suite_chacha, &p, 1);
    }
    r = reader_of(all);
    leaf_parse(&r, &leaf);
    if (reader_ok(&r))
        check_leaf(all, &leaf);
    if (extensions_valid(all) && extension_find(all, EXT_PROFILE, &found))
        inside(all, found);
    return 0;
}

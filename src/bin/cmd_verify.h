/* `conclave verify client`: what is fetched, what is found, and the checks.
 * knows: the client's manifest (web/tools/manifest.mjs). knows not: meetings, keys of meetings.
 * owns: what it fetched, until given back. */
#ifndef BIN_CMD_VERIFY_H
#define BIN_CMD_VERIFY_H

#include <jansson.h>

#include "base/span.h"
#include "bin/config.h"

enum {
    VERIFY_FILE_BYTES = 32 << 20,
    VERIFY_FILES_MAX = 512,
    VERIFY_PATH_MAX = 200,
    VERIFY_HASH = 32,
    VERIFY_HEX = 2 * VERIFY_HASH + 1,
    VERIFY_FRAMERS = IPC_EMBED_MAX + 1,
};

/* ---- receipts (cmd_verify_receipt.c) ---- */

struct args;
/* What follows the word; the exit status. */
int verify_receipt(struct args *a);

/* ---- fetching (cmd_verify_fetch.c) ---- */

struct fetcher;

struct fetched {
    long status;
    uint8_t *bytes; /* *owned*; a zero follows them */
    size_t len;
    json_t *headers; /* *owned*; name in small letters to value; repeated ones joined by ", " */
};

struct fetch_options {
    const char *origin; /* "https://host:port" */
    const char *ca;     /* file of certificates to trust, or NULL for the system's */
    bool insecure;      /* any certificate */
};

/* NULL when the library fails. */
struct fetcher *fetch_open(const struct fetch_options *o);
void fetch_close(struct fetcher *f);
/* One GET, without redirects or cookies. ERR_CONFIG with a sentence; *out is then empty. */
enum err fetch_get(struct fetcher *f, const char *path, struct fetched *out, struct complaint *why);
void fetched_fini(struct fetched *f);

/* ---- the manifest (cmd_verify_manifest.c) ---- */

struct manifest {
    json_t *root;          /* *owned* */
    const json_t *files;   /* path to SHA-256 in hexadecimal */
    const json_t *headers; /* name to value */
    char version[24];
    char hash[VERIFY_HEX]; /* of the bytes it was read from */
};

/* ERR_CONFIG with a sentence; `from` names the source in it. */
enum err manifest_read(struct manifest *m, struct span text, const char *from,
                       struct complaint *why);
void manifest_fini(struct manifest *m);
void hash_hex(char out[VERIFY_HEX], struct span in);
/* The file's PEM is an Ed25519 public key and signature (base64) holds for the manifest's hash.
 * ERR_AUTH: it does not hold; ERR_CONFIG with a sentence: no such key. */
enum err manifest_signature(const struct manifest *m, const char *key_file, struct span signature,
                            struct complaint *why);
/* The whole file, *owned* by the caller, a zero after it. NULL with a sentence. */
char *verify_read_file(const char *path, size_t *len, struct complaint *why);

/* ---- the checks (cmd_verify_check.c, cmd_verify_page.c) ---- */

struct verify_report {
    json_t *failures; /* array of sentences, *owned* by who made the report */
    json_t *notes;
    size_t files;
    bool is_signed;
};

__attribute__((format(printf, 2, 3))) void report_fail(struct verify_report *r, const char *format,
                                                       ...);
__attribute__((format(printf, 2, 3))) void report_note(struct verify_report *r, const char *format,
                                                       ...);

/* The served policy is the manifest's, except that exact origins stand where it says that no page
 * may frame the client: the operator's embed_origins, which are put into `out`. */
bool policy_framed(const char *is, const char *manifest, char out[VERIFY_FRAMERS]);
/* Fetches every file and compares hashes and headers. */
void check_files(struct verify_report *r, struct fetcher *f, const struct manifest *m);
/* The pages of the server are the manifest's index.html. */
void check_pages(struct verify_report *r, struct fetcher *f, const struct manifest *m);
/* The headers that the manifest names are as strict as they must be. */
void check_policy(struct verify_report *r, const struct manifest *m);
/* Every tag of the page that runs code or styles names a file of the manifest with its hash. */
void check_integrity(struct verify_report *r, const struct manifest *m, const char *html);
/* The same program as the one built here? */
void check_against(struct verify_report *r, const struct manifest *m, const struct manifest *own);

#endif

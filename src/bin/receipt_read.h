/* An exported file of receipts (docs/wire/receipts.md) into the facts that cell/chain.h judges. The
 * keys that all stands on, the root's and the list's, are the reader's and never the file's. knows:
 * JSON, certificates, the list. knows not: files. owns: all that it read, inside struct
 * receipt_file, until receipt_file_close. */
#ifndef BIN_RECEIPT_READ_H
#define BIN_RECEIPT_READ_H

#include "bin/json_read.h"
#include "cell/chain.h"
#include "cell/list.h"

enum { RECEIPT_FILE_BYTES = 32 << 20, RECEIPT_PERSON = 64 };

struct receipt_trust {
    uint8_t root[SIGN_PUBLIC], list[SIGN_PUBLIC];
    uint8_t build[CHAIN_NODES][RECEIPT_HASH];
    uint32_t builds; /* 0: any */
};

struct receipt_file {
    struct json_read read;
    struct list list;
    struct chain_facts facts;
    struct chain_node *node;
    struct chain_person *person;
    struct chain_heard *hear;
    struct chain_entry *entry;
    uint8_t *bytes;                   /* of all receipts */
    char (*name)[RECEIPT_PERSON + 1]; /* of each person */
    char meeting[RECEIPT_PERSON + 1];
};

/* False: out->read.wrong says why. To be closed in either case. */
bool receipt_file_read(struct receipt_file *out, struct span text, const struct receipt_trust *t);
void receipt_file_close(struct receipt_file *f);

#endif

/* Writes docs/wire/register.md to standard output. */
#include <stdio.h>

#include "store/schema.h"

static enum err put(void *ctx, struct span piece)
{
    (void)ctx;
    return fwrite(piece.ptr, 1, piece.len, stdout) == piece.len ? ERR_OK : ERR_IO;
}

int main(void)
{
    const struct store_sink sink = {NULL, put};
    return schema_register(&sink) == ERR_OK ? 0 : 1;
}

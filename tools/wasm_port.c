/* What libsodium's portable files and our core ask of their surroundings in wasm32, where
 * libsodium's own utils.c and core.c (pages, processors, random devices) have no place. knows:
 * wiping and comparing without a shortcut. knows not: anything of the browser. */
#include <stddef.h>
#include <stdint.h>

int sodium_init(void);
void sodium_misuse(void);
void sodium_memzero(void *bytes, size_t len);
int sodium_memcmp(const void *a, const void *b, size_t len);
int sodium_is_zero(const unsigned char *bytes, size_t len);

/* There is one implementation of everything, so nothing is chosen. */
int sodium_init(void)
{
    return 0;
}

void sodium_misuse(void)
{
    __builtin_trap();
}

void sodium_memzero(void *bytes, size_t len)
{
    volatile uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        at[i] = 0;
}

/* 0 when alike, else -1; the time depends on the length alone. */
int sodium_memcmp(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    volatile uint32_t differ = 0;
    for (size_t i = 0; i < len; i++)
        differ = differ | (uint32_t)(x[i] ^ y[i]);
    return (int)(1 & ((differ - 1) >> 8)) - 1;
}

int sodium_is_zero(const unsigned char *bytes, size_t len)
{
    volatile uint32_t any = 0;
    for (size_t i = 0; i < len; i++)
        any = any | bytes[i];
    return (int)(1 & ((any - 1) >> 8));
}

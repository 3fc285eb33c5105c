/* libwebsockets' headers, with the one name that OpenSSL shares with err.def out of the way. Inside
 * src/io/web*.c only. */
#ifndef IO_WEB_LWS_H
#define IO_WEB_LWS_H

#include <uv.h>

#define ERR_STATE openssl_err_state
#include <libwebsockets.h>
#include <openssl/ssl.h>
#undef ERR_STATE

#endif

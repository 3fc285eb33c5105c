/* Addresses as text. knows: IPv4 and IPv6 literals. knows not: names, sockets. owns: nothing. */
#ifndef BIN_CONFIG_ADDR_H
#define BIN_CONFIG_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "proto/ipc.h"

enum { CONFIG_ADDR_TEXT = 64 };

/* "1.2.3.4:443", "[2001:db8::1]:443" or ":443" (every address). *any tells the last form. */
bool config_addr_parse(const char *text, struct ipc_addr *out, bool *any);
/* A literal without port; port becomes 0. */
bool config_ip_parse(const char *text, struct ipc_addr *out);
/* "1.2.3.4" or "2001:db8::1"; with brackets when `url`. */
void config_ip_print(const struct ipc_addr *a, bool url, char out[CONFIG_ADDR_TEXT]);
/* "1.2.3.4:443" or "[2001:db8::1]:443". */
void config_addr_print(const struct ipc_addr *a, char out[CONFIG_ADDR_TEXT]);
socklen_t config_addr_socket(const struct ipc_addr *a, struct sockaddr_storage *out);
bool config_ip_unspecified(const struct ipc_addr *a);
/* An origin as browsers write it (RFC 6454, section 6.2): "https://", a name in small letters or an
 * IPv4 address, and maybe a port other than 443. No path, no wildcard. */
bool config_origin_valid(const char *text);

#endif

/* Requests of clients from JSON text to typed structs, by the tables of proto/signal.h.
 * knows: jansson. knows not: who sent it, what a request makes happen. owns: nothing that stays. */
#ifndef IO_JSON_SIGNAL_H
#define IO_JSON_SIGNAL_H

#include "proto/signal.h"

/* True and `out` filled, or false and `fault` says why (out is then undefined). Refuses: not UTF-8,
 * not JSON, NUL, lone surrogates, numbers out of range, duplicate keys, nesting deeper than
 * LIMIT_SIGNAL_DEPTH (fault.close says with which code to hang up), and unknown types, unknown,
 * missing or mistyped fields, values over their limits (fault.numbered: answer with refused). */
bool json_signal_parse(struct signal_request *out, struct span text, struct signal_fault *fault);

#endif

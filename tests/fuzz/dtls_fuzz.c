/* A DTLS server under fire: at each step of a handshake the input says to deliver, lose, cut,
 * change or replace the next datagram. It may fail, but never gives keys to a certificate that was
 * not signalled. The input is a list of steps: | action | 2 bytes | 1 byte |. */
#include "base/bug.h"
#include "crypt/crypt.h"
#include "crypt/dtls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP = 4, STEPS_MAX = 24 };
enum action { DELIVER, LOSE, CUT, CHANGE, REPLACE, TWICE, ACTIONS };

static struct cert *certs[2];
static struct dtls_ctx *contexts[2];

static void start(void)
{
    BUG_IF(crypt_init() != ERR_OK);
    for (int i = 0; i < 2; i++) {
        BUG_IF(cert_open(&certs[i], 1700000000) != ERR_OK);
        BUG_IF(dtls_ctx_open(&contexts[i], certs[i], NULL) != ERR_OK);
    }
}

static void step(struct dtls *to, uint8_t *datagram, size_t len, const uint8_t *s)
{
    size_t at = (size_t)(s[1] << 8 | s[2]);
    switch (s[0] % ACTIONS) {
    case LOSE:
        return;
    case CUT:
        len = at % (len + 1);
        break;
    case CHANGE:
        datagram[at % len] = s[3];
        break;
    case REPLACE:
        for (size_t i = 0; i < len; i++)
            datagram[i] = i == 0 ? (uint8_t)(20 + s[3] % 44) : (uint8_t)(s[3] * i + at);
        break;
    case TWICE:
        dtls_input(to, span_of(datagram, len), 0);
        break;
    }
    dtls_input(to, span_of(datagram, len), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t deliver[STEP];
    uint8_t buf[DTLS_MTU], expected[CERT_FINGERPRINT_LEN];
    struct srtp_keys keys;
    if (!contexts[0])
        start();
    struct dtls *server = dtls_open(contexts[0], DTLS_ROLE_SERVER, 0);
    struct dtls *client = dtls_open(contexts[1], DTLS_ROLE_CLIENT, 0);
    bool honest = size == 0 || data[0] & 1;
    cert_fingerprint(certs[honest ? 1 : 0], expected);
    dtls_expect(server, expected, 0);
    cert_fingerprint(certs[0], expected);
    dtls_expect(client, expected, 0);
    size_t used = 1;
    for (int i = 0; i < STEPS_MAX; i++) {
        struct dtls *from = i % 2 ? server : client, *to = i % 2 ? client : server;
        for (size_t n; (n = dtls_poll(from, buf, sizeof(buf))) > 0;) {
            bool more = used + STEP <= size;
            step(to, buf, n, more ? data + used : deliver);
            used += more ? STEP : 0;
        }
    }
    BUG_IF(!honest && dtls_keys(server, &keys) == ERR_OK);
    if (honest && dtls_keys(server, &keys) == ERR_OK)
        BUG_IF(keys.suite == SRTP_SUITE_NONE);
    dtls_close(server);
    dtls_close(client);
    return 0;
}

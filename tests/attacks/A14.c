/* A14: SCTP over DTLS, a data channel asked for. Expected: no SCTP in the program, the request
 * refused, application data dropped without an answer. */
#include "rig/honest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that any SCTP stack would leave behind, and those of the test-only builds that record or
 * lie. */
static const char *const sctp_names[] = {"usrsctp_", "sctp_sendv", "sctp_bindx", "libusrsctp",
                                         "libsctp.so"};
static const char *const test_names[] = {"CONCLAVE_RECORD", "CONCLAVE_HOSTILE", "sfu_tap",
                                         "recorder_open", "hostile_twist"};

enum { NAMES = 5 };

static bool holds(const char *path, const char *const names[NAMES])
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    NEED(fd >= 0 && fstat(fd, &st) == 0, "the program can be read");
    const char *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    NEED(p != MAP_FAILED, "the program can be mapped");
    bool found = false;
    for (size_t i = 0; i < NAMES; i++)
        found = found || memmem(p, (size_t)st.st_size, names[i], strlen(names[i]));
    munmap((void *)(uintptr_t)p, (size_t)st.st_size);
    close(fd);
    return found;
}

/* RFC 9260 section 3.3.2: common header, INIT chunk with lengths that lie in the second one. */
static const uint8_t init_chunk[] = {
    0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0,    /* ports 5000, tag 0, checksum */
    1,    0,    0,    20,   1, 2, 3, 4, 0, 1, 0, 0, 0, /* INIT, 20 bytes */
    16,   0,    16,   0,    0, 0, 1,
};

int main(void)
{
    struct honest h;
    const char *program = getenv("CONCLAVE") ? getenv("CONCLAVE") : "";
    CHECK(!holds(program, sctp_names), "no SCTP in the program");
    CHECK(!holds(program, test_names), "no recorder and no lies in it either");
    honest_open(&h);
    struct rig_peer *guest = honest_guest(&h);
    NEED(rig_transport_open(guest, true), "its send transport connects");
    const char *verdict = rig_verdict(
        rig_ask(guest, json_pack("{s:s,s:I,s:s,s:s}", "t", "publish", "transport",
                                 (json_int_t)guest->send.id, "kind", "data", "source", "mic")));
    CHECK(!strcmp(verdict, "bad_message") || !strcmp(verdict, "unsupported"),
          "publishing a data channel is refused");
    verdict = rig_verdict(rig_ask(guest, json_pack("{s:s,s:s,s:{s:i}}", "t", "transport_open",
                                                   "dir", "send", "sctp", "port", 5000)));
    CHECK(!strcmp(verdict, "bad_message"), "a transport with SCTP is refused");

    rig_run(&h.rig, 300);
    uint64_t before = guest->send.dtls_in;
    for (int i = 0; i < 200; i++) {
        uint8_t out[2048];
        rig_dtls_write(&guest->send.dtls, span_of(init_chunk, sizeof(init_chunk)));
        for (size_t n; (n = rig_dtls_give(&guest->send.dtls, out, sizeof(out))) > 0;)
            rig_datagram_send(&guest->send, span_of(out, n));
        rig_run(&h.rig, 2);
    }
    uint8_t large[1100] = {0};
    for (int i = 0; i < 50; i++) {
        uint8_t out[2048];
        rig_dtls_write(&guest->send.dtls, span_of(large, sizeof(large)));
        for (size_t n; (n = rig_dtls_give(&guest->send.dtls, out, sizeof(out))) > 0;)
            rig_datagram_send(&guest->send, span_of(out, n));
    }
    rig_run(&h.rig, 300);
    CHECK(guest->send.dtls_in == before, "application data is dropped without an answer");
    NEED(rig_publish_audio(guest), "it publishes audio");
    RIG_WAIT(&h.rig, 3000, rig_subscribe_all(h.ben) == 0 && rig_sub_of(h.ben, guest, false));
    CHECK(RIG_WAIT(&h.rig, 3000, rig_sub_of(h.ben, guest, false)->packets > 10),
          "its transport still carries audio");
    honest_close(&h);
    return 0;
}

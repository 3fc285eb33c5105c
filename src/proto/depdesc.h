/* The dependency descriptor, an RTP header extension that says which layers a frame belongs to and
 * who can do without it (AV1 RTP payload specification 1.0, appendix A). A descriptor refers to
 * templates that came with the last key frame: they are the state that a reader keeps.
 * knows: the descriptor's bits. knows not: codecs, who gets the frame. owns: nothing. */
#ifndef PROTO_DEPDESC_H
#define PROTO_DEPDESC_H

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"

enum {
    DEPDESC_MANDATORY = 3, /* bytes that each one has (section A.8.2) */
    DEPDESC_MAX = 128,     /* bytes of one that is taken; three layers by three need some 90 */
    DEPDESC_TEMPLATES = 64,
    DEPDESC_TARGETS = 32,
    DEPDESC_CHAINS = 32,
};

/* What a frame is for one decode target (section A.8.3). */
enum depdesc_indication {
    DEPDESC_NOT_PRESENT,
    DEPDESC_DISCARDABLE,
    DEPDESC_SWITCH,
    DEPDESC_REQUIRED
};

/* Two bits a decode target, the first one lowest. */
typedef uint64_t depdesc_indications;

static inline enum depdesc_indication depdesc_of(depdesc_indications all, unsigned target)
{
    return (enum depdesc_indication)(all >> (2 * target) & 3);
}

/* All zero: none came yet. */
struct depdesc_structure {
    uint8_t templates, targets, chains;
    uint8_t id_offset;
    uint8_t spatial_layers; /* highest spatial id and one */
    bool sized;
    struct {
        uint8_t spatial, temporal;
        depdesc_indications indications;
    } of[DEPDESC_TEMPLATES];
    struct {
        uint8_t spatial, temporal; /* highest that it needs */
    } target[DEPDESC_TARGETS];
    struct {
        uint16_t width, height;
    } size[LIMIT_SPATIAL_LAYERS]; /* when sized */
};

struct depdesc {
    bool start, end; /* first and last packet of the frame */
    bool structured; /* it brought a new structure: a key frame's first packet */
    bool has_active;
    uint8_t spatial, temporal;
    uint16_t frame_number;
    uint32_t active; /* decode targets that are sent at all, when has_active: else as before */
    depdesc_indications indications;
};

/* The frame's number, modulo 2^16, in a descriptor of DEPDESC_MANDATORY bytes at least. Everything
 * else in it that speaks of other frames gives differences (section A.8.3), so a stream's numbers
 * may be moved together. */
static inline uint16_t depdesc_number(const uint8_t *value)
{
    return (uint16_t)(value[1] << 8 | value[2]);
}

static inline void depdesc_set_number(uint8_t *value, uint16_t number)
{
    value[1] = (uint8_t)(number >> 8);
    value[2] = (uint8_t)number;
}

/* Reads one descriptor against what is known, and replaces that when the packet brings a new
 * structure. ERR_MALFORMED, ERR_SHORT, ERR_LIMIT (layers beyond limit.h, bytes beyond DEPDESC_MAX),
 * ERR_STATE when it needs a structure that never came; then neither is touched. */
enum err depdesc_parse(struct depdesc *out, struct depdesc_structure *known, struct span value);

/* The decode target that shows most of at most these layers, among those in `active`; -1: none. */
int depdesc_target(const struct depdesc_structure *known, uint32_t active, uint8_t spatial,
                   uint8_t temporal);

#endif

/* A Matroska file of VP8 and Opus tracks, as they came, without coding them anew.
 * knows: libavformat's muxer. knows not: where frames come from, clocks. owns: the two files.
 *
 * Matroska's list of tracks stands in front, and people come and go: frames are kept in FILE.part
 * and become FILE when the recording is closed. Until then nothing is at FILE. */
#ifndef AV_RECORDING_H
#define AV_RECORDING_H

#include "base/err.h"
#include "base/span.h"

enum { RECORDING_TRACKS = 512, RECORDING_NAME_MAX = 160, RECORDING_FRAME_MAX = 4 << 20 };

struct recording;

/* ERR_IO when FILE.part cannot be made, ERR_CONFLICT when FILE or FILE.part is there already. */
enum err recording_open(const char *path, struct recording **out);

/* A track, and its number, or -1 when there are too many. `title`: UTF-8. */
int recording_track(struct recording *r, bool video, struct span title);

struct recording_frame {
    int track;
    int64_t at_us; /* since the recording began; below 0 counts as 0 */
    bool keyframe; /* sound: always */
    struct span bytes;
};
/* A video track's frames before its first key frame are left out. ERR_IO: the disk is full;
 * ERR_MALFORMED: a key frame without a size, ERR_LIMIT: too large, or no such track; both are left
 * out. */
enum err recording_add(struct recording *r, const struct recording_frame *f);

struct recording_result {
    unsigned tracks; /* with something in them */
    uint64_t frames;
};
/* Writes FILE and removes FILE.part. ERR_NOT_FOUND: no frame came, so there is no file; ERR_IO,
 * with FILE.part left where it is. Frees r in any case. */
enum err recording_close(struct recording *r, struct recording_result *result);

#endif

#include "av/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "av/sound.h"

enum { PATH_ROOM = 4200, OPUS_HEAD = 19, MS = 1000 };

struct track {
    bool video, started;
    char title[RECORDING_NAME_MAX + 1];
    int width, height;
    int64_t last_ms;
    AVStream *stream; /* while the file is written */
};

struct recording {
    char path[PATH_ROOM], part[PATH_ROOM];
    FILE *file;
    unsigned tracks;
    struct track track[RECORDING_TRACKS];
    uint64_t frames;
};

/* One frame in FILE.part: this, then its bytes. The file is read by who wrote it alone. */
struct head {
    int64_t at_ms;
    uint32_t track, len;
    uint8_t keyframe;
};

/* ---- while it runs ---- */

enum err recording_open(const char *path, struct recording **out)
{
    struct recording *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    int n = snprintf(r->path, sizeof r->path, "%s", path);
    int m = snprintf(r->part, sizeof r->part, "%s.part", path);
    enum err e = n > 0 && m < PATH_ROOM ? ERR_OK : ERR_IO;
    if (e == ERR_OK && access(path, F_OK) == 0)
        e = ERR_CONFLICT;
    int fd = e == ERR_OK ? open(r->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (fd < 0 && e == ERR_OK)
        e = errno == EEXIST ? ERR_CONFLICT : ERR_IO;
    r->file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (!r->file) {
        if (fd >= 0)
            (void)close(fd);
        free(r);
        return e == ERR_OK ? ERR_IO : e;
    }
    *out = r;
    return ERR_OK;
}

int recording_track(struct recording *r, bool video, struct span title)
{
    if (r->tracks == RECORDING_TRACKS)
        return -1;
    struct track *t = &r->track[r->tracks];
    size_t len = title.len < RECORDING_NAME_MAX ? title.len : RECORDING_NAME_MAX;
    *t = (struct track){.video = video, .last_ms = -1};
    if (len > 0)
        memcpy(t->title, title.ptr, len);
    return (int)r->tracks++;
}

/* Sides of a key frame: RFC 6386 section 9.1. The track is as large as its largest picture. False
 * for a frame without sides: the muxer refuses a track that has none, and all others with it. */
static bool note_size(struct track *t, struct span f)
{
    if (f.len < 10)
        return false;
    int width = (f.ptr[6] | f.ptr[7] << 8) & 0x3fff, height = (f.ptr[8] | f.ptr[9] << 8) & 0x3fff;
    if (width == 0 || height == 0)
        return false;
    t->width = width > t->width ? width : t->width;
    t->height = height > t->height ? height : t->height;
    return true;
}

enum err recording_add(struct recording *r, const struct recording_frame *f)
{
    if (f->track < 0 || (unsigned)f->track >= r->tracks || f->bytes.len == 0 ||
        f->bytes.len > RECORDING_FRAME_MAX)
        return ERR_LIMIT;
    struct track *t = &r->track[f->track];
    if (t->video && f->keyframe && !note_size(t, f->bytes))
        return ERR_MALFORMED;
    if (t->video && !t->started && !f->keyframe)
        return ERR_OK;
    t->started = true;
    struct head h = {.at_ms = f->at_us < 0 ? 0 : f->at_us / MS,
                     .track = (uint32_t)f->track,
                     .len = (uint32_t)f->bytes.len,
                     .keyframe = f->keyframe || !t->video};
    if (h.at_ms <= t->last_ms)
        h.at_ms = t->last_ms + 1; /* Matroska's clock: one frame a millisecond */
    t->last_ms = h.at_ms;
    r->frames++;
    bool ok = fwrite(&h, sizeof h, 1, r->file) == 1 &&
              fwrite(f->bytes.ptr, f->bytes.len, 1, r->file) == 1;
    return ok ? ERR_OK : ERR_IO;
}

/* ---- the file ---- */

/* RFC 7845 section 5.1; a recording begins in mid-stream, so nothing is to be skipped. */
static bool opus_head(AVCodecParameters *p)
{
    static const uint8_t head[OPUS_HEAD] = {
        'O',  'p',  'u', 's', 'H', 'e', 'a', 'd', 1, /* version */
        1,                                           /* channels */
        0,    0,                                     /* pre-skip */
        0x80, 0xbb, 0,   0,                          /* 48000 Hz */
        0,    0,                                     /* gain */
        0,                                           /* mapping family */
    };
    p->extradata = av_mallocz(sizeof head + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!p->extradata)
        return false;
    memcpy(p->extradata, head, sizeof head);
    p->extradata_size = sizeof head;
    return true;
}

static bool add_stream(AVFormatContext *out, struct track *t)
{
    enum { PREROLL = 3840 }; /* 80 ms: RFC 7845 section 4.6 */
    t->stream = avformat_new_stream(out, NULL);
    if (!t->stream)
        return false;
    AVCodecParameters *p = t->stream->codecpar;
    t->stream->time_base = (AVRational){1, MS};
    (void)av_dict_set(&t->stream->metadata, "title", t->title, 0);
    p->codec_type = t->video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    p->codec_id = t->video ? AV_CODEC_ID_VP8 : AV_CODEC_ID_OPUS;
    if (t->video) {
        p->width = t->width;
        p->height = t->height;
        return true;
    }
    p->sample_rate = SOUND_RATE;
    p->seek_preroll = PREROLL;
    av_channel_layout_default(&p->ch_layout, 1);
    return opus_head(p);
}

static bool copy_one(struct recording *r, AVFormatContext *out, AVPacket *packet, bool *more)
{
    struct head h;
    *more = fread(&h, sizeof h, 1, r->file) == 1;
    if (!*more)
        return feof(r->file) != 0;
    if (h.track >= r->tracks || h.len > RECORDING_FRAME_MAX || !r->track[h.track].stream ||
        av_new_packet(packet, (int)h.len) < 0)
        return false;
    const AVStream *stream = r->track[h.track].stream;
    packet->stream_index = stream->index;
    packet->pts = packet->dts = av_rescale_q(h.at_ms, (AVRational){1, MS}, stream->time_base);
    packet->flags = h.keyframe ? AV_PKT_FLAG_KEY : 0;
    bool ok = fread(packet->data, h.len, 1, r->file) == 1 &&
              av_interleaved_write_frame(out, packet) >= 0; /* takes the bytes over */
    av_packet_unref(packet);
    return ok;
}

static bool copy_all(struct recording *r, AVFormatContext *out)
{
    AVPacket *packet = av_packet_alloc();
    bool more = packet != NULL, ok = more;
    while (ok && more)
        ok = copy_one(r, out, packet, &more);
    av_packet_free(&packet);
    return ok;
}

static bool write_file(struct recording *r, AVFormatContext *out, struct recording_result *result)
{
    char address[PATH_ROOM + 8];
    bool ok = fflush(r->file) == 0 && fseek(r->file, 0, SEEK_SET) == 0;
    for (unsigned i = 0; i < r->tracks && ok; i++)
        if (r->track[i].started) {
            ok = add_stream(out, &r->track[i]);
            result->tracks++;
        }
    (void)snprintf(address, sizeof address, "file:%s", r->path);
    if (!ok || avio_open(&out->pb, address, AVIO_FLAG_WRITE) < 0)
        return false;
    ok = avformat_write_header(out, NULL) >= 0;
    if (ok) {
        ok = copy_all(r, out);
        ok = av_write_trailer(out) >= 0 && ok;
    }
    return avio_closep(&out->pb) >= 0 && ok;
}

enum err recording_close(struct recording *r, struct recording_result *result)
{
    AVFormatContext *out = NULL;
    enum err e = r->frames > 0 ? ERR_OK : ERR_NOT_FOUND;
    *result = (struct recording_result){.frames = r->frames};
    av_log_set_level(AV_LOG_QUIET);
    if (e == ERR_OK && (avformat_alloc_output_context2(&out, NULL, "matroska", NULL) < 0 ||
                        !write_file(r, out, result)))
        e = ERR_IO;
    avformat_free_context(out);
    (void)fclose(r->file);
    if (e != ERR_IO)
        (void)unlink(r->part);
    free(r);
    return e;
}

/* A film or a sound file as a source, from its start again when it ends.
 * knows: what libavformat opens and libavcodec decodes, fitting a picture into a size.
 * knows not: clocks: time is a count of pictures or of samples. owns: the open file.
 * Only files: a path is never taken for an address. */
#ifndef AV_FILE_H
#define AV_FILE_H

#include "av/picture.h"
#include "av/sound.h"
#include "base/err.h"

enum file_kind { FILE_PICTURES, FILE_SOUND };

struct file_source;

/* ERR_NOT_FOUND: no such file; ERR_UNSUPPORTED: nothing of that kind in it that can be decoded;
 * ERR_NOMEM. */
enum err file_open(const char *path, enum file_kind kind, struct file_source **out);
void file_close(struct file_source *f);
/* The picture shown at `number` pictures of `fps` a second, black around it where it does not fit;
 * `number` grows. ERR_MALFORMED: nothing can be decoded any more (*out is black then). */
enum err file_picture(struct file_source *f, uint32_t number, unsigned fps, struct picture *out);
/* The next SOUND_PIECE samples. ERR_MALFORMED, with silence. */
enum err file_sound(struct file_source *f, int16_t out[SOUND_PIECE]);

#endif

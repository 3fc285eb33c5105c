#include "cell/meeting_id.h"

static bool drawn(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

static bool named(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool meeting_id_fine(struct span id)
{
    size_t centre = id.len < MEETING_ID_DRAWN ? 0 : id.len - MEETING_ID_DRAWN;
    if (id.len < MEETING_ID_DRAWN || centre == 1 || centre > MEETING_ID_CENTRE + 1 ||
        (centre > 0 && id.ptr[centre - 1] != '-'))
        return false;
    for (size_t i = 0; i < centre; i++)
        if (!named(id.ptr[i]))
            return false;
    for (size_t i = centre; i < id.len; i++)
        if (!drawn(id.ptr[i]))
            return false;
    return true;
}

struct span meeting_id_centre(struct span id)
{
    if (!meeting_id_fine(id) || id.len == MEETING_ID_DRAWN)
        return span_of(NULL, 0);
    return span_of(id.ptr, id.len - MEETING_ID_DRAWN - 1);
}

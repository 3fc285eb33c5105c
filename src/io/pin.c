/* sched_setaffinity; see pin.h. owns: nothing. */
#include "io/pin.h"

#include <sched.h>

enum err pin_to_core(uint32_t index)
{
    cpu_set_t may, one;
    if (sched_getaffinity(0, sizeof may, &may) != 0 || CPU_COUNT(&may) == 0)
        return ERR_IO;
    uint32_t left = index % (uint32_t)CPU_COUNT(&may);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &may) || left-- > 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        return sched_setaffinity(0, sizeof one, &one) == 0 ? ERR_OK : ERR_IO;
    }
    return ERR_IO;
}

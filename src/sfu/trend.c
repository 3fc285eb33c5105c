/* Groups, slope and threshold; see trend.h. knows: times. owns: nothing. */
#include "sfu/trend.h"

/* draft-ietf-rmcat-gcc-02 section 5.2: packets sent within a burst interval are one group. */
#define BURST_US (5 * US_PER_MS)
/* A pause, or a clock that was set: what comes after is not compared with what was before. */
#define APART_MAX_US (3 * US_PER_S)

enum { DELTAS_MAX = 1000, DELTAS_FULL = 60 };

static const double SMOOTHING = 0.9, SLOPE_GAIN = 4.0;
static const double OVER_MS = 10.0; /* section 5.4: overuse_time_th */
/* Section 5.4: the threshold follows the slope, faster down than up, within bounds. */
static const double THRESHOLD_START = 12.5, THRESHOLD_MIN = 6.0, THRESHOLD_MAX = 600.0;
static const double K_UP = 0.0087, K_DOWN = 0.039, OUTLIER_MS = 15.0, STEP_MAX_MS = 100.0;

void trend_init(struct trend *t)
{
    *t = (struct trend){.threshold = THRESHOLD_START};
}

void trend_cut(struct trend *t)
{
    double threshold = t->threshold;
    instant_us at = t->threshold_at;
    trend_init(t);
    t->threshold = threshold;
    t->threshold_at = at;
}

static double ms(duration_us d)
{
    return (double)d / 1000.0;
}

/* Least squares over the points: how many ms the delay grows in a ms. */
static double slope_of(const struct trend *t)
{
    double x_sum = 0, y_sum = 0, above = 0, below = 0;
    for (uint32_t i = 0; i < TREND_GROUPS; i++) {
        x_sum += t->point[i].at_ms;
        y_sum += t->point[i].delay_ms;
    }
    double x_mean = x_sum / TREND_GROUPS, y_mean = y_sum / TREND_GROUPS;
    for (uint32_t i = 0; i < TREND_GROUPS; i++) {
        double x = t->point[i].at_ms - x_mean;
        above += x * (t->point[i].delay_ms - y_mean);
        below += x * x;
    }
    return below > 0 ? above / below : t->slope;
}

static void adapt(struct trend *t, double size, instant_us arrival)
{
    double distance = size - t->threshold;
    double passed = t->threshold_at ? ms(arrival - t->threshold_at) : 0;
    t->threshold_at = arrival;
    if (distance > OUTLIER_MS)
        return; /* a sudden spike is no reason to look away */
    passed = passed > STEP_MAX_MS ? STEP_MAX_MS : passed < 0 ? 0 : passed;
    t->threshold += (distance < 0 ? K_DOWN : K_UP) * distance * passed;
    if (t->threshold < THRESHOLD_MIN)
        t->threshold = THRESHOLD_MIN;
    if (t->threshold > THRESHOLD_MAX)
        t->threshold = THRESHOLD_MAX;
}

static void judge(struct trend *t, double slope, double sent_apart_ms, instant_us arrival)
{
    double count = t->deltas < DELTAS_FULL ? t->deltas : DELTAS_FULL;
    double signal = count * slope * SLOPE_GAIN;
    if (signal > t->threshold) {
        t->over_ms += t->over_count == 0 ? sent_apart_ms / 2 : sent_apart_ms;
        t->over_count++;
        if (t->over_ms > OVER_MS && t->over_count > 1 && slope >= t->slope) {
            t->over_ms = 0;
            t->over_count = 0;
            t->use = TREND_OVER;
        }
    } else {
        t->over_ms = 0;
        t->over_count = 0;
        t->use = signal < -t->threshold ? TREND_UNDER : TREND_NORMAL;
    }
    t->slope = slope;
    adapt(t, signal < 0 ? -signal : signal, arrival);
}

/* The group before and the one that is now complete. */
static bool compare(struct trend *t)
{
    duration_us sent = t->now.last_sent - t->before.last_sent;
    duration_us arrived = t->now.last_arrival - t->before.last_arrival;
    if (arrived < 0 || arrived > APART_MAX_US || sent > APART_MAX_US) {
        trend_cut(t);
        return false;
    }
    if (t->deltas == 0)
        t->origin = t->now.last_arrival;
    if (t->deltas < DELTAS_MAX)
        t->deltas++;
    t->sum_ms += ms(arrived - sent);
    t->smooth_ms = SMOOTHING * t->smooth_ms + (1 - SMOOTHING) * t->sum_ms;
    t->newest = (t->newest + 1) % TREND_GROUPS;
    t->point[t->newest] = (struct trend_point){ms(t->now.last_arrival - t->origin), t->smooth_ms};
    if (t->points < TREND_GROUPS)
        t->points++;
    judge(t, t->points == TREND_GROUPS ? slope_of(t) : t->slope, ms(sent), t->now.last_arrival);
    return true;
}

bool trend_packet(struct trend *t, instant_us sent, instant_us arrival)
{
    bool fresh = false;
    struct trend_group *g = &t->now;
    if (g->begun && sent < g->first_sent)
        return false; /* an older one, late */
    if (g->begun && sent - g->first_sent > BURST_US) {
        fresh = t->before.begun && compare(t);
        /* compare may have cut: then this packet is the first */
        t->before = t->now;
        g->begun = false;
    }
    if (!g->begun) {
        *g = (struct trend_group){true, sent, sent, arrival};
        return fresh;
    }
    g->last_sent = sent;
    if (arrival > g->last_arrival)
        g->last_arrival = arrival;
    return fresh;
}

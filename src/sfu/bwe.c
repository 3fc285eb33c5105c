/* From feedback to a rate; see bwe.h. knows: the draft's constants. owns: nothing. */
#include "sfu/bwe.h"

/* draft-ietf-rmcat-gcc-02 section 5.5: beta, and 8 % a second far from the last congestion. */
static const double DECREASE = 0.85, INCREASE_A_SECOND = 0.08;
static const double FULL_SMOOTHING = 0.05;
static const double EMPTYING_MIN = 0.6; /* of what goes through, while a long queue leaves */
static const double KEEPS_UP = 0.9;     /* of what is sent arrives: nothing is missing */

#define CLOCK_START ((instant_us)1 << 40) /* arrivals are never negative */
#define CLOCK_OFF_US (5 * US_PER_S)       /* clocks do not run apart so fast: set, or a lie */
#define SPAN_MAX_US (10 * US_PER_S)       /* of one feedback */
#define WAY_WINDOW_US (10 * US_PER_S)     /* the smallest delay is of the last 10 to 20 s */
#define DECREASE_GAP_US (200 * US_PER_MS) /* what a decrease does is seen only then */
#define SPARED_US (400 * US_PER_MS)       /* for the one that caused it to act */
#define STEADY_US (1 * US_PER_S)
#define OTHERS_US (40 * US_PER_S)
#define RAISED_US (3 * US_PER_S)
#define QUEUE_US (40 * US_PER_MS)   /* above the smallest delay: a queue stands */
#define LONG_US (100 * US_PER_MS)   /* what is added now only makes it longer */
#define STANDS_US (150 * US_PER_MS) /* a long one: it delays every voice */
#define STANDS_MAX_US (300 * US_PER_MS)
#define RESPONSE_US (100 * US_PER_MS) /* section 5.5: added to the round trip */
#define SILENCE_US (1000 * US_PER_MS) /* feedback comes ten times a second */
#define SILENCE_STEP_US (500 * US_PER_MS)
#define MUTE_US (2 * US_PER_S) /* then it will never say anything */
#define BLIND_BAD_US (2 * US_PER_S)
#define STEP_MAX_US (US_PER_S)
#define NOISE_MIN_US (5 * US_PER_MS) /* below, what jumps about is packets waiting for packets */
#define NOISE_MAX_US (30 * US_PER_MS)
#define OUTAGE_US (100 * US_PER_MS) /* nothing at all arrives: no way is so narrow */

enum { STANDS_TRIES = 4, OUTAGE_PACKETS = 5, NOISE_TIMES = 3 };
enum { ACKED_SLACK_BPS = 10000, REPORT_BAD = 26, REPORT_CALM = 5 /* of 256: 10 %, 2 % */ };

static rate_bps clamp(double bps)
{
    return bps < BWE_MIN_BPS ? BWE_MIN_BPS : bps > BWE_MAX_BPS ? BWE_MAX_BPS : (rate_bps)bps;
}

void bwe_init(struct bwe *b, instant_us now)
{
    *b = (struct bwe){
        .rate = BWE_START_BPS, .changed_at = now, .clock = CLOCK_START, .rtt_us = 100 * US_PER_MS};
    b->way_min[0] = b->way_min[1] = INT64_MAX;
    trend_init(&b->trend);
    loss_init(&b->loss);
    probe_init(&b->probe, now);
}

bool bwe_queue_is_long(const struct bwe *b)
{
    return b->queue_us >= LONG_US;
}

bool bwe_guesses(const struct bwe *b)
{
    return b->mode == BWE_START || (b->mode == BWE_TWCC && !b->limited);
}

void bwe_raised(struct bwe *b, instant_us now)
{
    b->raised_at = now;
}

rate_bps bwe_acked(struct bwe *b)
{
    rate_bps in = meter_bps(&b->acked, b->last_arrival);
    uint64_t out = meter_bps(&b->left, b->last_departure);
    /* Arrivals told closer together than the departures were are believed up to a half more. */
    out += out / 2;
    return in < out ? in : (rate_bps)out;
}

/* What arrived while the way was full: a queue that grows leaves at the rate of the way, so the
 * busiest eighth of a second says it even when little was sent before. */
static rate_bps through(struct bwe *b)
{
    rate_bps in = meter_peak_bps(&b->acked, b->last_arrival);
    uint64_t out = meter_peak_bps(&b->left, b->last_departure);
    out += out / 2;
    in = in < out ? in : (rate_bps)out;
    rate_bps mean = bwe_acked(b);
    return in > mean ? in : mean;
}

/* --- one feedback packet ---------------------------------------------------------------------- */

/* What one walk over the statuses finds. */
struct walk {
    struct bwe *b;
    struct sent *h;
    instant_us now;
    instant_us base, at;             /* arrival of the first, of the running one */
    uint32_t arrived, missing, lost; /* lost: of those missing, now or before, not to an outage */
    duration_us way_min;
    struct bwe_result result;
};

/* The reference time moves with the clock here, or its line of time starts anew; little by little
 * it could be told back to before zero, so half of where it began is the end of that. */
static bool follow_clock(struct bwe *b, int32_t reference, instant_us now)
{
    if (!b->clock_known) {
        b->clock_known = true;
        b->reference = reference;
        b->clock = CLOCK_START;
        b->clock_at = now;
        return true;
    }
    int32_t steps = reference - b->reference; /* 24 bits that wrap */
    steps = (int32_t)((uint32_t)steps << 8) / 256;
    duration_us told = (duration_us)steps * 64 * US_PER_MS, passed = now - b->clock_at;
    b->reference = reference;
    b->clock_at = now;
    duration_us off = told - passed;
    if (off <= CLOCK_OFF_US && off >= -CLOCK_OFF_US && b->clock + told > CLOCK_START / 2) {
        b->clock += told;
        return true;
    }
    b->clock += passed;
    b->way_min[0] = b->way_min[1] = INT64_MAX;
    b->acked.shift = b->left.shift = 0;
    trend_cut(&b->trend);
    return false;
}

/* A full way still lets something through all the time. Where nothing arrives for a while the way
 * was gone: that says nothing about how wide it is, so it is neither loss nor a slope. */
static void end_gap(struct walk *w)
{
    struct bwe *b = w->b;
    if (b->gap.lost >= OUTAGE_PACKETS && b->gap.last - b->gap.first >= OUTAGE_US)
        trend_cut(&b->trend);
    else
        w->lost += b->gap.lost;
    b->gap.lost = 0;
}

/* Departed before what this feedback begins with, and never reported: the report was lost, not the
 * packets; they count as arrived with it. */
static void assume(struct walk *w, int64_t base)
{
    struct bwe *b = w->b;
    if (b->expected == 0 || base - b->expected > SENT_MAX)
        return;
    for (int64_t seq = b->expected; seq < base; seq++) {
        struct sent_packet *p = sent_find(w->h, seq);
        if (!p || p->fate != SENT_FLYING)
            continue;
        end_gap(w);
        p->fate = SENT_ARRIVED;
        instant_us left = sent_at(p, w->now);
        meter_add(&b->acked, p->size, METER_HALF_SECOND, w->base);
        meter_add(&b->left, p->size, METER_HALF_SECOND, left);
    }
}

static void lost(struct walk *w, struct sent_packet *p)
{
    struct bwe_gap *gap = &w->b->gap;
    p->fate = SENT_LOST;
    gap->last = sent_at(p, w->now);
    if (gap->lost++ == 0)
        gap->first = gap->last;
    w->missing++;
}

static void arrived(struct walk *w, struct sent_packet *p, int64_t seq)
{
    struct bwe *b = w->b;
    instant_us left = sent_at(p, w->now);
    end_gap(w);
    p->fate = SENT_ARRIVED;
    w->arrived++;
    meter_add(&b->acked, p->size, METER_HALF_SECOND, w->at);
    meter_add(&b->left, p->size, METER_HALF_SECOND, left);
    if (w->at > b->last_arrival)
        b->last_arrival = w->at;
    if (left > b->last_departure)
        b->last_departure = left;
    if (w->at - left < w->way_min)
        w->way_min = w->at - left;
    if (probe_has(&b->probe, seq)) {
        probe_arrived(&b->probe, p->size, left, w->at);
        b->quiet_until = left + 2 * PROBE_LAST_US;
    } else if (left < b->quiet_until) {
        trend_cut(&b->trend);
    } else {
        (void)trend_packet(&b->trend, left, w->at);
    }
    if (w->now - left < b->rtt_us || w->now - left > 4 * b->rtt_us)
        b->rtt_us = w->now - left;
    else
        b->rtt_us += (w->now - left - b->rtt_us) / 64;
}

static void status(struct walk *w, const struct rtcp_twcc_status *s)
{
    int64_t seq = sent_unwrap(w->h, s->seq);
    struct sent_packet *p = sent_find(w->h, seq);
    if (!p) {
        w->result.unknown++;
        return;
    }
    if (seq >= w->b->expected)
        w->b->expected = seq + 1;
    if (p->fate == SENT_ARRIVED || (p->fate == SENT_LOST && !s->received)) {
        w->result.repeated++;
    } else if (s->received) {
        arrived(w, p, seq);
    } else {
        lost(w, p);
    }
}

static void walk_statuses(struct walk *w, const struct rtcp_twcc *fb)
{
    struct rtcp_twcc_walk walk;
    struct rtcp_twcc_status s;
    rtcp_twcc_walk_init(&walk, fb);
    while (rtcp_twcc_next(&walk, &s)) {
        w->at += (instant_us)s.delta * 250;
        if (w->at - w->base > SPAN_MAX_US || w->base - w->at > SPAN_MAX_US) {
            w->result.clamped = true;
            return;
        }
        status(w, &s);
    }
}

/* How far the smallest wait of a feedback lies off the line through the two before and after it: a
 * queue that grows or leaves is such a line, jitter is not. */
static void note_noise(struct bwe *b, duration_us queue)
{
    duration_us off = b->queue_us - (b->queue_before_us + queue) / 2;
    off = off < 0 ? -off : off;
    off = off < NOISE_MAX_US ? off : NOISE_MAX_US;
    b->noise_us += (off - b->noise_us) / 16;
    b->queue_before_us = b->queue_us;
}

static void note_way(struct bwe *b, duration_us way, instant_us now)
{
    if (way == INT64_MAX)
        return;
    if (now - b->way_since > WAY_WINDOW_US) {
        b->way_min[1] = b->way_min[0];
        b->way_min[0] = way;
        b->way_since = now;
    }
    if (way < b->way_min[0])
        b->way_min[0] = way;
    duration_us least = b->way_min[0] < b->way_min[1] ? b->way_min[0] : b->way_min[1];
    note_noise(b, way - least);
    b->queue_us = way - least;
    if (b->queue_us < STANDS_US)
        b->stands_since = b->stands_tries = 0;
    else if (b->stands_since == 0)
        b->stands_since = now;
}

/* Just as much as the way takes keeps a queue that once grew for ever, without a slope that would
 * tell. It is emptied like one that grows. If less and less does not help, it is not our queue: the
 * way has become longer, or others fill it. */
static bool stands(struct bwe *b, instant_us now)
{
    if (b->stands_since == 0 || now - b->stands_since <= STANDS_MAX_US ||
        now - b->decreased_at <= STANDS_MAX_US)
        return false;
    if (b->stands_tries++ < STANDS_TRIES)
        return true;
    b->stands_since = b->stands_tries = 0;
    b->way_min[0] = b->way_min[1] = INT64_MAX;
    b->others_at = now;
    return false;
}

/* Others fill the way, whatever is sent here: what a conversation needs is not given up to them as
 * long as it arrives. */
static rate_bps lowest(const struct bwe *b, instant_us now)
{
    bool others = b->others_at && now - b->others_at < OTHERS_US;
    return others ? BWE_SHARE_BPS : BWE_LOW_BPS;
}

/* --- rate ------------------------------------------------------------------------------------- */

/* Section 5.5: what arrived when the way was full says where it will be full again. */
static void note_full(struct bwe *b, double bps)
{
    if (b->full_bps <= 0) {
        b->full_bps = bps;
        b->full_var = 0.4;
        return;
    }
    double error = (bps - b->full_bps) / 1000, mean = b->full_bps / 1000;
    double norm = mean > 1 ? mean : 1;
    b->full_bps += FULL_SMOOTHING * (bps - b->full_bps);
    b->full_var = (1 - FULL_SMOOTHING) * b->full_var + FULL_SMOOTHING * error * error / norm;
    b->full_var = b->full_var < 0.4 ? 0.4 : b->full_var > 2.5 ? 2.5 : b->full_var;
}

/* Within three standard deviations of where it was full; without sqrt: squares are compared. */
static bool near_full(struct bwe *b, double acked)
{
    if (b->full_bps <= 0)
        return false;
    double off = (acked - b->full_bps) / 1000, mean = b->full_bps / 1000;
    if (off * off <= 9 * b->full_var * mean)
        return true;
    if (off > 0)
        b->full_bps = 0; /* more than ever went through: it is not there any more */
    return false;
}

static void increase(struct bwe *b, double acked, instant_us now)
{
    duration_us passed = now - b->changed_at;
    double seconds = (double)(passed > STEP_MAX_US ? STEP_MAX_US : passed) / (double)US_PER_S;
    double most = 1.5 * acked + ACKED_SLACK_BPS, rate = b->rate;
    if (near_full(b, acked)) {
        double responses = seconds * (double)US_PER_S / (double)(b->rtt_us + RESPONSE_US);
        double step = 8.0 * PROBE_PACKET / 2 * responses;
        rate += step > 4000 * seconds ? step : 4000 * seconds;
    } else {
        rate += rate * INCREASE_A_SECOND * seconds + 1000 * seconds;
    }
    if (lowest(b, now) > BWE_LOW_BPS && rate < lowest(b, now))
        rate = lowest(b, now);
    if (rate > most)
        rate = most;
    /* More is sent than was guessed, all of it arrives, and no queue stands: it fits. */
    rate_bps fits = b->limited || b->queue_us > QUEUE_US ? 0 : bwe_acked(b);
    if (rate < fits)
        rate = fits;
    if (rate > b->rate)
        b->rate = clamp(rate);
}

/* A long queue must also be emptied, in about a second: less is sent for as long as it takes. */
static double emptying(const struct bwe *b)
{
    duration_us more = b->queue_us > STANDS_US / 2 ? b->queue_us - STANDS_US / 2 : 0;
    double factor = DECREASE - (double)more / (double)US_PER_S;
    return factor > EMPTYING_MIN ? factor : EMPTYING_MIN;
}

/* A queue grows. Who sends steadily well below its estimate, and whose packets all keep arriving,
 * first only loses the room above what it sends: the one that just began to send more can go first.
 * Nobody goes far below what even a bad way takes while everything sent arrives. */
static void decrease(struct bwe *b, double through_bps, instant_us now)
{
    if (now - b->decreased_at < (b->spared ? SPARED_US : DECREASE_GAP_US))
        return;
    double left = meter_bps(&b->left, b->last_departure);
    bool keeps_up = through_bps >= KEEPS_UP * left;
    double rate = (keeps_up ? DECREASE : emptying(b)) * through_bps;
    bool steady = now - b->decreased_at > STEADY_US && now - b->raised_at > RAISED_US;
    b->spared = keeps_up && steady && b->rate > left && b->queue_us < STANDS_US;
    b->spared_queue_us = b->queue_us;
    if (b->spared && rate < left)
        rate = left;
    if (keeps_up && rate < lowest(b, now))
        rate = lowest(b, now);
    b->decreased_at = now;
    b->limited = true;
    note_full(b, through_bps);
    if (rate < b->rate)
        b->rate = clamp(rate);
    probe_hurry(&b->probe, now + 2 * PROBE_GAP_US);
}

/* Nobody else went first: the queue is long, longer than jitter makes it, and no shorter than when
 * only unused room was taken. The slope's threshold has meanwhile got used to it. */
static bool spared_in_vain(struct bwe *b, instant_us now)
{
    if (!b->spared || now - b->decreased_at < SPARED_US)
        return false;
    bool longer = bwe_queue_is_long(b) && b->queue_us >= b->spared_queue_us;
    b->spared = longer;
    return longer;
}

/* The slope is of what jitter does: the smallest wait of this feedback is no longer than it usually
 * jumps about, so some packet met no queue. */
static bool is_noise(const struct bwe *b)
{
    duration_us usual = NOISE_TIMES * b->noise_us;
    return b->noise_us >= NOISE_MIN_US &&
           b->queue_us < (usual < NOISE_MAX_US ? usual : NOISE_MAX_US);
}

static void adjust(struct bwe *b, instant_us now)
{
    double chance = b->loss.usual > 0.5 ? 0.5 : b->loss.usual;
    double acked = bwe_acked(b) / (1 - chance);
    if (stands(b, now) || spared_in_vain(b, now))
        b->trend.use = TREND_OVER;
    if (b->trend.use == TREND_OVER && is_noise(b))
        b->trend.use = TREND_NORMAL;
    switch (b->trend.use) {
    case TREND_OVER:
        decrease(b, through(b) / (1 - chance), now);
        break;
    case TREND_NORMAL:
        increase(b, acked, now);
        break;
    case TREND_UNDER:
        break; /* the queue empties: wait for it */
    }
    b->changed_at = now;
    b->trend.use = b->trend.use == TREND_OVER ? TREND_NORMAL : b->trend.use;
}

static void adjust_loss(struct bwe *b, const struct walk *w)
{
    struct loss_facts f = {.rate = b->rate, .acked = bwe_acked(b), .queue = b->queue_us > QUEUE_US};
    if (!loss_count(&b->loss, w->arrived + w->lost, w->lost, &f, w->now))
        return;
    rate_bps bound = loss_bound(&b->loss), back = loss_take_back(&b->loss);
    if (back > b->rate)
        b->rate = back;
    if (b->rate > bound) {
        b->rate = clamp(bound);
        b->limited = true;
    }
}

static void adjust_probe(struct bwe *b, struct walk *w)
{
    rate_bps answer;
    struct probe_facts f = {b->expected >= b->probe.cluster.end, b->loss.usual, w->now};
    if (!probe_answer(&b->probe, &f, &answer))
        return;
    w->result.probed = true;
    if (answer <= b->rate)
        return;
    loss_proved(&b->loss, answer);
    b->rate = clamp(answer);
    if ((double)answer > b->full_bps)
        b->full_bps = 0;
}

struct bwe_result bwe_twcc(struct bwe *b, struct sent *h, const struct rtcp_twcc *fb,
                           instant_us now)
{
    struct walk w = {.b = b, .h = h, .now = now, .way_min = INT64_MAX};
    w.result.clamped = !follow_clock(b, fb->reference, now);
    w.base = w.at = b->clock;
    assume(&w, sent_unwrap(h, fb->base_seq));
    walk_statuses(&w, fb);
    w.result.arrived = w.arrived;
    w.result.missing = w.missing;
    if (w.arrived + w.missing == 0)
        return w.result; /* nothing new: it proves no life either */
    if (w.arrived > 0)
        b->feedback_at = now; /* only what arrives shows that there is a way */
    b->mode = BWE_TWCC;
    note_way(b, w.way_min, now);
    adjust(b, now);
    adjust_loss(b, &w);
    adjust_probe(b, &w);
    return w.result;
}

/* --- without it ------------------------------------------------------------------------------- */

void bwe_remb(struct bwe *b, uint64_t bps, instant_us now)
{
    if (b->mode == BWE_TWCC)
        return;
    if (b->mode == BWE_START && (b->first_sent_at == 0 || now - b->first_sent_at < MUTE_US))
        return; /* it may still say more */
    b->mode = BWE_REMB;
    b->feedback_at = now;
    b->rate = clamp((double)bps);
}

void bwe_report(struct bwe *b, uint8_t fraction_lost, rate_bps used, instant_us now)
{
    if (b->mode != BWE_BLIND)
        return;
    duration_us passed = now - b->changed_at;
    double seconds = (double)(passed > STEP_MAX_US ? STEP_MAX_US : passed) / (double)US_PER_S;
    b->changed_at = now;
    if (fraction_lost <= REPORT_BAD) {
        b->bad_since = 0;
        if (fraction_lost <= REPORT_CALM)
            b->rate = clamp(b->rate + b->rate * INCREASE_A_SECOND * seconds);
        return;
    }
    if (b->bad_since == 0)
        b->bad_since = now;
    if (now - b->bad_since < BLIND_BAD_US)
        return;
    b->bad_since = now;
    rate_bps from = used < b->rate ? used : b->rate;
    b->rate = clamp(0.7 * (double)from);
}

void bwe_tick(struct bwe *b, bool sending, bool waiting, instant_us now)
{
    if (sending && b->first_sent_at == 0)
        b->first_sent_at = now;
    if (b->mode == BWE_START && b->first_sent_at && now - b->first_sent_at >= MUTE_US) {
        b->mode = BWE_BLIND;
        b->rate = BWE_MAX_BPS;
        b->changed_at = now;
    }
    if (b->mode != BWE_TWCC || !waiting || now - b->feedback_at < SILENCE_US ||
        now - b->shrunk_at < SILENCE_STEP_US)
        return;
    b->shrunk_at = now;
    b->limited = true;
    b->rate = clamp(DECREASE * DECREASE * (double)b->rate);
}

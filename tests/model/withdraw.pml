/* Law G5 (docs/wire/plan.md): when the last participant of a fenced zone leaves, no packet goes into it once
 * that leave is committed. The home of a meeting lets nodes send into the zone under leases of LEASE ticks.
 * Messages are lost or late, nodes and the home crash and forget, a node's clock may run SKEW ticks behind.
 *
 * Right: the leave commits when each node has acknowledged the withdrawal or can hold no lease any more, by the
 * slowest clock; a home that took over counts from the longest lease that the one before it may have given.
 * Each of these orders must be found wrong:
 *   -DNAIVE      commits, then withdraws
 *   -DHASTY      takes all clocks to agree
 *   -DFORGETFUL  waits for one node only
 *   -DAMNESIA    a home that took over counts no lease but its own
 *   -DDEAF       takes the acknowledgement of an earlier withdrawal for this one's
 *
 * Time is what is left, so that it needs no end. One message is on its way to a node at most: a newer one
 * stands for both, as a grant that arrives just before a withdrawal could have arrived before that was sent.
 *
 * With -DWAITS instead: whoever leaves has left at some time, whatever is lost (LTL, weak fairness); with
 * -DFOREVER too, whose home waits for answers alone, that must fail.
 *
 * knows: the order of messages and time. knows not: packets, keys, a second fenced zone, two homes at once. */
#ifndef NODES
#define NODES 2
#endif
#define LEASE 2
#ifndef SKEW
#define SKEW 1
#endif
#ifdef HASTY
#define MARGIN 0
#else
#define MARGIN SKEW
#endif
#ifndef EPOCHS
#define EPOCHS 2 /* times that somebody of the zone comes in */
#endif

mtype = { nothing, grant, withdraw };

mtype wire[NODES] = nothing; /* on its way from home to node */
byte wire_epoch[NODES], wire_left[NODES];
byte answer[NODES];          /* on its way back: the epoch whose withdrawal it acknowledges, or 0 */

byte epoch;
bool inside, leaving;        /* committed: somebody of the zone is in the meeting; is about to leave */
bool acked[NODES];
byte may_hold[NODES];        /* ticks for which a node may hold a lease, as the home counts */

byte open[NODES], closed[NODES], lease[NODES], lag[NODES];

#define sends(n) (open[n] > 0 && lease[n] > 0)
#ifdef DEAF
#define answers(n) (answer[n] > 0)
#else
#define answers(n) (answer[n] == epoch)
#endif
#ifdef FOREVER
#define silent(n) acked[n]
#else
#define silent(n) (acked[n] || may_hold[n] == 0)
#endif

inline come_in() {
    epoch++;
    inside = true;
    k = 0;
    do
    :: k < NODES -> acked[k] = false; k++
    :: else -> break
    od;
    k = 0
}

inline give(n) {
    may_hold[n] = LEASE + MARGIN; /* counted before it is known to have arrived */
    acked[n] = false;
    if
    :: wire[n] = grant; wire_epoch[n] = epoch; wire_left[n] = LEASE
    :: skip /* lost */
    fi
}

inline take_over() {
    k = 0;
    do
    :: k < NODES ->
        acked[k] = false;
#ifdef AMNESIA
        may_hold[k] = 0;
#else
        may_hold[k] = LEASE + MARGIN;
#endif
        wire[k] = nothing; /* the connections of the one before are gone */
        wire_epoch[k] = 0;
        wire_left[k] = 0;
        answer[k] = 0;
        k++
    :: else -> break
    od;
    k = 0
}

inline left_it() {
    inside = false;
    leaving = false
}

#ifdef FORGETFUL
#define may_commit (silent(0) || silent(NODES - 1))
#else
#if NODES == 2
#define may_commit (silent(0) && silent(1))
#else
#define may_commit (silent(0) && silent(1) && silent(2))
#endif
#endif

active proctype home() {
    byte k, n;
    bool crashed;
end:
    do
    :: atomic { !inside && epoch < EPOCHS -> come_in() }
    :: atomic { inside && !leaving -> select(n : 0 .. NODES - 1); give(n); n = 0 }
    :: atomic { inside && !leaving ->
        leaving = true;
#ifdef NAIVE
        inside = false
#endif
      }
    :: atomic { leaving && !(may_commit) ->
        select(n : 0 .. NODES - 1);
        if
        :: !acked[n] -> wire[n] = withdraw; wire_epoch[n] = epoch; wire_left[n] = 0
        :: else
        fi;
        n = 0 }
    :: atomic { leaving && may_commit -> left_it() }
    :: atomic { !crashed && inside -> take_over(); crashed = true }
    od
}

/* What arrives at the home. */
active [NODES] proctype back() {
end:
    do
    :: atomic { answer[_pid - 1] > 0 ->
        if
        :: leaving && answers(_pid - 1) -> acked[_pid - 1] = true
        :: else
        fi;
        answer[_pid - 1] = 0 }
    od
}

proctype node(byte me) {
    if
    :: lag[me] = 0
    :: lag[me] = SKEW
    fi;
end:
    do
    :: atomic { wire[me] == grant ->
        if
        :: wire_epoch[me] > closed[me] && wire_left[me] > 0 ->
            open[me] = wire_epoch[me];
            lease[me] = wire_left[me] + lag[me]
        :: else
        fi;
        wire[me] = nothing; wire_epoch[me] = 0; wire_left[me] = 0 }
    :: atomic { wire[me] == withdraw ->
        closed[me] = wire_epoch[me];
        open[me] = 0;
        lease[me] = 0;
        if
        :: answer[me] = closed[me]
        :: skip /* lost */
        fi;
        wire[me] = nothing; wire_epoch[me] = 0 }
    :: atomic { wire[me] != nothing -> wire[me] = nothing; wire_epoch[me] = 0; wire_left[me] = 0 } /* lost */
    :: atomic { open[me] > 0 -> /* a crash: all that it knew, and its connection */
        open[me] = 0; closed[me] = 0; lease[me] = 0;
        wire[me] = nothing; wire_epoch[me] = 0; wire_left[me] = 0 }
    od
}

#define running(x) (x > 0)

active proctype clock() {
    byte k;
end:
    do
    :: d_step {
        k = 0;
        do
        :: k < NODES ->
            may_hold[k] = (running(may_hold[k]) -> may_hold[k] - 1 : 0);
            lease[k] = (running(lease[k]) -> lease[k] - 1 : 0);
            open[k] = (running(lease[k]) -> open[k] : 0);
            wire_left[k] = (running(wire_left[k]) -> wire_left[k] - 1 : 0);
            k++
        :: else -> break
        od;
        k = 0 }
    od
}

#ifndef WAITS
active proctype law() {
end:
    atomic { !inside && (sends(0) || sends(1) || sends(NODES - 1)) -> assert(false) }
}
#else
ltl leaves { [] (leaving -> <> !leaving) }
#endif

init {
    byte k;
    atomic {
        do
        :: k < NODES -> run node(k); k++
        :: else -> break
        od
    }
}

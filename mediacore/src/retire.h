/*
 * Where real-time threads leave what they are done with: an intrusive lock-free stack. Leaving never fails
 * and never allocates; one other thread takes all and frees.
 */
#ifndef MC_RETIRE_H
#define MC_RETIRE_H

#include <stdatomic.h>
#include <stddef.h>

typedef enum { MC_RETIRED_SPEAKER, MC_RETIRED_ROOM, MC_RETIRED_HALL } mc_retired_kind;

typedef struct mc_retired {
    struct mc_retired *next;
    mc_retired_kind kind;
} mc_retired;

typedef struct {
    _Atomic(mc_retired *) top;
} mc_retirement;

/* Any thread. The node must not be on a stack already. */
static inline void mc_retire(mc_retirement *retirement, mc_retired *node) {
    node->next = atomic_load_explicit(&retirement->top, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&retirement->top, &node->next, node, memory_order_release,
                                                  memory_order_relaxed))
        ;
}

/* Takes all that was left, last first, linked by next. NULL when there is nothing. */
static inline mc_retired *mc_retirement_take(mc_retirement *retirement) {
    return atomic_exchange_explicit(&retirement->top, NULL, memory_order_acquire);
}

#endif

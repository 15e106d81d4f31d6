#include "overload.h"

#include "mediacore.h"

enum {
    TICK_US = MC_TICK_MS * 1000,
    BEHIND_BEATS = 5,
    CALM_LATE_BEATS = 1,
    CALM_WINDOWS = 5,
    BUSY_US = MC_OVERLOAD_WINDOW_BEATS * TICK_US / 5 * 3,
};

/* Late beats of a window that lead from a level to the next. */
static const uint32_t raising_beats[MC_OVERLOAD_MAX] = {BEHIND_BEATS, 10, 25};

static void settle_level(mc_overload *overload) {
    bool is_calm = overload->n_late <= CALM_LATE_BEATS;
    overload->n_calm_windows = is_calm ? overload->n_calm_windows + 1 : 0;
    if (overload->level < MC_OVERLOAD_MAX && overload->n_late >= raising_beats[overload->level]) {
        overload->level++;
    } else if (overload->level > 0 && overload->n_calm_windows == CALM_WINDOWS) {
        overload->level--;
        overload->n_calm_windows = 0;
    }
}

void mc_overload_beat(mc_overload *overload, uint64_t late_us, uint64_t busy_us) {
    overload->n_late += late_us > TICK_US;
    overload->busy_us += busy_us;
    if (++overload->n_beats < MC_OVERLOAD_WINDOW_BEATS)
        return;
    settle_level(overload);
    overload->is_behind = overload->n_late >= BEHIND_BEATS;
    overload->is_on_time = overload->n_late == 0 && overload->busy_us < BUSY_US;
    overload->n_beats = overload->n_late = 0;
    overload->busy_us = 0;
}

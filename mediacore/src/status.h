/*
 * What the MC_E_* codes mean in words: implements mc_status_text() of mediacore.h. Any thread.
 */
#ifndef MC_STATUS_H
#define MC_STATUS_H

#include "../include/mediacore.h"

#endif

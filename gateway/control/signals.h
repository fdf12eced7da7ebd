/* Signals between the store and the banks: what the store has of one hash in
 * one bank is one row. Loop thread. */
#pragma once

#include "control/control.h"

/* Those that were loaded at start go into the banks. Where a bank has a hash
 * twice, since the gateway was killed before the second one was taken out, the
 * one that a person released stays, else the oldest, and the store is told.
 * Elements of LOADED are stolen; it may be NULL. */
void weir_signals_load (WeirControl *control, GPtrArray *loaded);

/* The signal with ID was stored, and the banks did not take it. */
void weir_signals_forget (WeirControl *control, const char *id);

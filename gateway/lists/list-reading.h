/* Reads a list that is to be put into a bank. Any thread; takes as long as it
 * takes. */
#pragma once

#include "control/bank-reading.h"

/* READING gets what its file holds. KNOWN: hashes that the bank has already,
 * N_KNOWN times 32 bytes. */
void
weir_list_read (WeirBankReading *reading, const guint8 *known, gsize n_known);

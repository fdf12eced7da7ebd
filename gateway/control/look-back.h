/* Looks for what the banks have now in the pictures that were looked at last,
 * after they were reloaded, a list or an entry was put in, or one counts again:
 * entries that are new, and those that count now, by a greater radius or less
 * quality asked for. What a picture matches and nobody was told of goes the way
 * of any hit: cases, sightings, events; unless it is known to be good.
 *
 * Stream by stream, one search at a time in a thread of the banks, so that
 * nothing waits for it and its memory is bounded: WEIR_RECENT_SAMPLES pictures.
 * A stream that ends meanwhile is passed over. Some time later pictures that
 * came since then are looked at as well: some of them had been on their way
 * through analyzers that did not have the new banks yet. Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/banks.h"
#include "control/control.h"

/* By then analyzers have answered or were given up. */
#define WEIR_LOOK_BACK_AGAIN_MS 10000

WeirLookBack *weir_look_back_new (WeirControl *control);
void weir_look_back_free (WeirLookBack *look_back);

/* Who searches: BANKS is handed to it, HASHES are COUNT times 32 bytes, FUNC
 * gets what is found, on the loop. FALSE when it does not. Without one nothing
 * is looked for. */
typedef gboolean (*WeirLookBackSearch) (gpointer banks, const guint8 *hashes,
    guint count, WeirBankSearchFunc func, gpointer data);
void weir_look_back_set_search (
    WeirLookBack *look_back, WeirLookBackSearch search, gpointer banks);

/* The banks are other ones; or, while it looks, others again. */
void weir_look_back_begin (WeirLookBack *look_back);
/* Entry INDEX of the banks, with HASH, is new: streams are looked at whose
 * pictures it is near to. Returns how many pictures that are; nothing comes of
 * those that are known to be good. */
guint weir_look_back_at (WeirLookBack *look_back,
    const guint8 hash[WEIR_SAMPLE_HASH_BYTES], guint32 index);

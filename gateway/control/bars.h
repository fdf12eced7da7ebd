/* The bars table: who may not publish until the bar is lifted. A bar belongs
 * to the stream's name and its publisher, so it holds across reconnects,
 * protocols and restarts. Loop thread. */
#pragma once

#include "control/control.h"

WeirBars *weir_bars_new (GPtrArray *loaded);
void weir_bars_free (WeirBars *bars);

/* The bar that keeps STREAM, or else PUBLISHER, out, or NULL: one whose time is
 * up does not. The oldest of several. Borrowed. */
const WeirBar *weir_bars_find (
    const WeirBars *bars, const char *stream, const char *publisher);
/* What who is kept out by BAR is told, until when it holds included. Caller
 * frees. */
char *weir_bars_dup_refusal (const WeirBar *bar);
/* Whether there is a bar of STREAM, over or not. */
gboolean weir_bars_name (const WeirBars *bars, const char *stream);
const WeirBar *weir_bars_get (const WeirBars *bars, const char *id);
/* Borrowed elements, oldest first; the array is the table's own. */
const GPtrArray *weir_bars_list (const WeirBars *bars);

/* BAR holds from now on, or, GONE, no longer: called after the change. */
typedef void (*WeirBarsFunc) (const WeirBar *bar, gboolean gone, gpointer data);
void weir_bars_set_watch (WeirBars *bars, WeirBarsFunc func, gpointer data);

/* Those whose time is up go, from the store too. */
void weir_bars_expire (WeirControl *control);
/* From now on that happens by itself, whether streams run or not. */
void weir_bars_begin (WeirControl *control);

void weir_bars_put (WeirBars *bars, WeirBar *bar); /* takes BAR */
void weir_bars_remove (WeirBars *bars, const char *id);

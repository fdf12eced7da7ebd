/* Does what policy wants: notes, holds, cuts, and what happens to cases that
 * nobody decides in time. It commands like a person does, with its own name in
 * the trail. Loop thread. */
#pragma once

#include "control/control.h"
#include "control/ingest.h"
#include "core/finder.h"

/* Before a span becomes public, so that what then happens still comes first. */
#define WEIR_POLICING_MARGIN_MS 500

WeirPolicing *weir_policing_new (WeirControl *control);
void weir_policing_free (WeirPolicing *policing);

/* FINDING is about C: what it wants is what C shows and is owed, if it is
 * stricter than before. TRUE when it is. */
gboolean weir_policing_ask (
    WeirPolicing *policing, WeirCase *c, const WeirFinding *finding);

/* Does what C is owed now. C is open, known to control/cases and on its way to
 * the store; when this returns it may be decided. */
void weir_policing_act (WeirPolicing *policing, WeirCase *c);

/* Looks after the deadline of C, as after a restart. */
void weir_policing_watch (WeirPolicing *policing, const WeirCase *c);

/* Writes NOTE, a finding of STREAM, to the trail and tells who watches. */
void weir_policing_note (
    WeirPolicing *policing, WeirStream *stream, const WeirFinding *note);

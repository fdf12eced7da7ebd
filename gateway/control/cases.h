/* All cases in memory: opened by findings, decided by people. Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/control.h"
#include "control/ingest.h"
#include "control/recent.h"

/* Decided cases that stay in memory for the console's list. */
#define WEIR_CASES_CLOSED_KEPT 500

/* Takes the loaded cases (elements of LOADED are stolen). */
WeirCases *weir_cases_new (WeirControl *control, GPtrArray *loaded);
void weir_cases_free (WeirCases *cases);

WeirCase *weir_cases_find (const WeirCases *cases, const char *id);
guint weir_cases_count_open (const WeirCases *cases);
guint weir_cases_count_open_of (const WeirCases *cases, const char *stream);
/* Open cases of streams at PATH that are blanked while somebody decides.
 * Borrowed WeirCase elements. */
GPtrArray *weir_cases_list_blanked (const WeirCases *cases, const char *path);
/* Borrowed WeirCase elements: open ones first, the most urgent on top, then
 * the newest decided. */
GPtrArray *weir_cases_list (const WeirCases *cases);

/* A picture of STREAM was looked at: opens, joins or closes the span of a
 * case. A case is stored before it is announced. */
void weir_cases_take_sample (
    WeirCases *cases, WeirStream *stream, const WeirSample *sample);

/* What was looked at last. Borrowed. */
WeirRecent *weir_cases_get_recent (WeirCases *cases);
/* SAMPLE, of the past, is PICTURE of what was looked at last of the stream
 * NUMBER, and has hits that nobody was told of. FALSE when that stream is
 * gone. */
gboolean weir_cases_take_late (
    WeirCases *cases, guint64 number, guint picture, const WeirSample *sample);

/* The stream is gone: what of its flagged spans had been sent is final. */
void weir_cases_stream_ended (WeirCases *cases, WeirStream *stream);

/* Exposure of C as it stands: of its live stream, else what was recorded;
 * -1 when it is not known. */
gint64 weir_cases_exposure_ms (const WeirCases *cases, const WeirCase *c);

/* Counts what closes the gates of streams at PATH. A command that opens one
 * looks whether it moved while the store was writing. */
void weir_cases_restrict (WeirCases *cases, const char *path);
guint64 weir_cases_get_restrictions (const WeirCases *cases, const char *path);

/* Stores C as it is now. */
void weir_cases_store (WeirCases *cases, const WeirCase *c);

/* Announces C as changed: "case.updated", or "case.closed" once, when it was
 * decided. Moves decided ones to the closed list. */
void weir_cases_announce (WeirCases *cases, WeirCase *c, const char *type);

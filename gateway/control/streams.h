/* All streams, and what one can do with a stream by its name. The way in for
 * publishers is control/ingest.h. Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/control.h"
#include "control/egress-impl.h"
#include "control/ingest.h"
#include "control/slates-impl.h"
#include "core/sampler.h"

/* Makes an egress for STREAM ("APP/NAME") by one [egress] section; NULL when
 * the section is not for it. */
typedef WeirEgress *(*WeirEgressFactory) (
    gpointer data, const char *section, const char *app, const char *name);

WeirStreams *weir_streams_new (WeirControl *control);
void weir_streams_free (WeirStreams *streams);
void weir_streams_set_egress_factory (
    WeirStreams *streams, WeirEgressFactory factory, gpointer data);
/* ANALYSIS may be NULL: nothing is looked at. */
void weir_streams_set_analysis (WeirStreams *streams, WeirAnalysis *analysis);

/* SLATES may be NULL: there are none. */
void weir_streams_set_slates (WeirStreams *streams, WeirSlates *slates);
WeirSlates *weir_streams_get_slates (const WeirStreams *streams);

WeirAnalysis *weir_streams_get_analysis (const WeirStreams *streams);

WeirControl *weir_streams_get_control (const WeirStreams *streams);

WeirStream *weir_streams_find (const WeirStreams *streams, const char *path);
/* The same, without one that is ending: what a publisher would join. */
WeirStream *
weir_streams_find_open (const WeirStreams *streams, const char *path);
/* Borrowed, in order of beginning; those that are ending included. */
GPtrArray *weir_streams_list (const WeirStreams *streams);
guint weir_streams_count (const WeirStreams *streams);
/* 0 without streams. */
gint64 weir_streams_get_longest_delay_ms (const WeirStreams *streams);

/* Makes PUBLISHER the source of APP/NAME: a new stream, or the one whose
 * window is still playing out. Asks nobody, and the stream must have no
 * publisher: for control/admission.c. */
WeirStream *weir_streams_join (WeirStreams *streams, const char *app,
    const char *name, const char *publisher_id, WeirPublisher *publisher);

/* TRUE when the next picture of the stream NUMBER is wanted as its thumbnail,
 * with the sample that is made of it anyway; at most one in [sampling]
 * thumbnail_gap_ms is. */
gboolean weir_streams_want_still (WeirStreams *streams, guint64 number);
/* Which probes of its next picture are looked up. */
WeirSamplingProbes
weir_streams_get_probes (WeirStreams *streams, guint64 number);
/* A result for the stream that was called NUMBER; ignored when it is gone. */
void weir_streams_take_sample (
    WeirStreams *streams, guint64 number, const WeirSample *sample);
/* The picture was not looked at: REASON in words. */
void weir_streams_sample_skipped (
    WeirStreams *streams, guint64 number, const char *reason);
/* It was tried, which cost so much CPU time. */
void weir_streams_sample_failed (
    WeirStreams *streams, guint64 number, const char *reason, gint64 cost_us);

/* Answers to WeirSlatesClass.want, ignored when the stream is gone. */
void weir_streams_take_slate (
    WeirStreams *streams, guint64 number, WeirSlate *slate);
void weir_streams_slate_refused (WeirStreams *streams, guint64 number,
    const char *reason, gboolean may_retry);

/* The analysis lost the state of the stream that was called NUMBER: see
 * weir_stream_look_again (). */
void weir_streams_look_again (WeirStreams *streams, guint64 number);
/* Its pictures brought several analyzers down: it is looked at alone and
 * slower, or not any more. */
void
weir_streams_set_apart (WeirStreams *streams, guint64 number, gboolean apart);

/* Publishers are turned away and disconnected; what is in the windows goes
 * out until TIMEOUT_MS, then everything ends. FUNC is called when no stream
 * is left. */
void weir_streams_shut_down (WeirStreams *streams, guint timeout_ms,
    void (*func) (gpointer data), gpointer data);
gboolean weir_streams_is_shutting_down (const WeirStreams *streams);

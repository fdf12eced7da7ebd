/* What slates there are, are being made, or can't be: by what they must look
 * like. Loop thread. */
#pragma once

#include "control/slates-impl.h"

/* Slates kept or waited for, and bytes of those kept: beyond it the one not
 * asked for longest goes; streams that use it keep it. */
#define WEIR_SLATE_CACHE_MAX 64
#define WEIR_SLATE_CACHE_MAX_BYTES (64 * 1024 * 1024)
/* Of a picture's sides. */
#define WEIR_SLATE_MIN_SIDE 16
#define WEIR_SLATE_MAX_SIDE 4096

/* What needs no other slate is the same form. */
typedef struct {
  guint8 codec;
  guint8 profile;
  guint16 width;
  guint16 height;
  guint16 rate; /* pictures a second */
} WeirSlateForm;

/* NULL, or why there can be no slate for WANTED, before anybody is asked.
 * Caller frees. */
char *weir_slate_form_make (const WeirSlateWanted *wanted, WeirSlateForm *ret);
/* Pictures until the loop begins again. */
guint16 weir_slate_form_count_units (const WeirSlateForm *form);

typedef enum {
  WEIR_SLATE_ENTRY_WAITING, /* in line, or being made */
  WEIR_SLATE_ENTRY_READY,
  WEIR_SLATE_ENTRY_REFUSED,
} WeirSlateEntryState;

/* Read by all, written by weir_slate_cache_…; but what is marked is its
 * user's. */
typedef struct {
  WeirSlateEntryState state; /* user's, but for READY */
  guint64 job;               /* never used twice */
  WeirSlateForm form;
  char *text;
  GBytes *picture;    /* or NULL */
  WeirSlate *slate;   /* when READY */
  GArray *streams;    /* guint64; user's: who waits */
  char *why;          /* user's, freed with it: when REFUSED */
  gboolean may_retry; /* user's */
  gint64 refused_us;  /* user's */
  guint tries;        /* user's */
  GList used;
} WeirSlateEntry;

typedef struct _WeirSlateCache WeirSlateCache;

WeirSlateCache *weir_slate_cache_new (void);
void weir_slate_cache_free (WeirSlateCache *cache);

/* Borrowed, as long as it is WAITING or until the next call on CACHE; NULL
 * when there is none. It counts as asked for. */
WeirSlateEntry *weir_slate_cache_find (WeirSlateCache *cache,
    const WeirSlateForm *form, const char *text, GBytes *picture);
/* A new one, WAITING. NULL when all that there is room for wait. */
WeirSlateEntry *weir_slate_cache_add (WeirSlateCache *cache,
    const WeirSlateForm *form, const char *text, GBytes *picture);
/* Makes ENTRY READY with a reference to SLATE. ENTRY stays, whatever else has
 * to go. */
void weir_slate_cache_fill (
    WeirSlateCache *cache, WeirSlateEntry *entry, WeirSlate *slate);
/* STREAM does not wait any more. */
void weir_slate_cache_forget_stream (WeirSlateCache *cache, guint64 stream);

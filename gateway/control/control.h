/* The parts that hold the gateway's state and obey commands. A plain record:
 * app/ fills it, control/ uses it. Loop thread. */
#pragma once

#include "base/loop.h"
#include "control/store.h"
#include "core/policy.h"
#include "core/settings.h"

typedef struct _WeirEvents WeirEvents;
typedef struct _WeirKeys WeirKeys;
typedef struct _WeirBars WeirBars;
typedef struct _WeirClosures WeirClosures;
typedef struct _WeirUsers WeirUsers;
typedef struct _WeirCases WeirCases;
typedef struct _WeirStreams WeirStreams;
typedef struct _WeirLoad WeirLoad;
typedef struct _WeirSampling WeirSampling;
typedef struct _WeirAdmission WeirAdmission;
typedef struct _WeirBanks WeirBanks;
typedef struct _WeirBankChanges WeirBankChanges;
typedef struct _WeirBankHits WeirBankHits;
typedef struct _WeirHitCounts WeirHitCounts;
typedef struct _WeirPolicing WeirPolicing;
typedef struct _WeirFailPolicy WeirFailPolicy;
typedef struct _WeirSightings WeirSightings;
typedef struct _WeirQuarantines WeirQuarantines;
typedef struct _WeirLookBack WeirLookBack;
typedef struct _WeirImport WeirImport;

typedef struct {
  WeirLoop *loop;
  WeirSettings *settings;
  WeirStore *store;
  WeirBanks *banks;
  const WeirPolicy *policy; /* another one takes effect with the next sample */
  const GPtrArray *scorers; /* WeirScorerSetting of the analyzers; NULL: none */
  WeirEvents *events;
  WeirKeys *keys;
  WeirBars *bars;
  WeirClosures *closures;
  WeirUsers *users;
  WeirCases *cases;
  WeirStreams *streams;
  WeirLoad *load;
  WeirSampling *sampling;
  WeirAdmission *admission;
  WeirPolicing *policing;
  WeirFailPolicy *fail_policy;
  WeirSightings *sightings;
  WeirQuarantines *quarantines;
  WeirLookBack *look_back;
  WeirImport *import; /* the one that is under way; NULL */
  WeirBankChanges *bank_changes;
  WeirBankHits *bank_hits;
  WeirHitCounts *hit_counts;
  guint search_radius; /* of the analyzers: hits beyond it are not seen */
  gint64 started_us;
  gboolean store_failing; /* the last transaction did not become durable */
  /* Figures of the analyzers for system.status, kept by workers/. */
  guint analyzers;
  guint analyzers_ready;
  guint analyzers_restarts;
  /* From when a stream's one was lost, or its next picture came later, to the
   * stream's first answer in another place: of the last stream, and the
   * longest.
   */
  gint64 analyzers_move_us;
  gint64 analyzers_longest_move_us;
  guint analyzers_apart; /* streams looked at alone: their pictures brought
                            several down */
  char *analyzers_error; /* owned by workers/: why the last one ended and when
                            the next is started, if it is waited with; NULL
                            when one got ready since */
  guint muxer_restarts;
  /* The same of weir-srt: processes that serve a port, or only send. */
  guint srt_workers;
  guint srt_workers_ready;
  guint srt_restarts;
  guint64 known_good;  /* samples not flagged since a bank knows better */
  guint64 quarantined; /* matches passed over, as their entry is quarantined */
  guint reviewers;     /* WebSockets open, kept by web/ */
} WeirControl;

/* Creates every part but loop, settings, store, banks and policy, which the
 * caller set, and loads the state from the store. */
gboolean weir_control_start (WeirControl *control, GError **error);
/* Frees the parts it created. The streams must have ended. */
void weir_control_clear (WeirControl *control);

/* Remembers whether the store works and says so when that changes. For
 * everyone whose WeirStoreDone is called. */
void weir_control_note_store (WeirControl *control, const GError *error);

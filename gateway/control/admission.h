/* Who may publish. In this order:
 *
 *   1. the application's name is valid
 *   2. the publisher's address is not locked out
 *   3. the key table knows the key ([rtmp] auth = keys, both)
 *   4. the stream's name is valid, no bar keeps it or its publisher out, and
 *      nobody has it: no live publisher, unless that one is silent and the
 *      newcomer has shown a key, and no newcomer that is being decided about;
 *      and there is room for another stream (control/load.h)
 *   5. the hook lets it in ([rtmp] auth = hook, both), perhaps under another
 *      name
 *   6. once more 4, since time has passed
 *
 * Only then is a silent predecessor let go. A wrong key (2, 3, 5) is answered
 * after a short time and always in the same words, whatever is wrong. What
 * waits is bounded in number and time. The way in is control/ingest.h; this
 * is for those who put the parts together and for figures. Loop thread. */
#pragma once

#include "control/auth-impl.h"
#include "control/control.h"
#include "control/wrong-keys.h"

/* Newcomers that a hook is being asked about; one more is told to come back. */
#define WEIR_ADMISSION_MAX_ASKED 256
/* Refusals that wait for their time; one more is told at once. */
#define WEIR_ADMISSION_MAX_DELAYED 1024
/* A hook that is still silent then has broken its promise. */
#define WEIR_ADMISSION_PATIENCE_MS 60000

typedef enum {
  WEIR_ADMISSION_ADMITTED,
  WEIR_ADMISSION_BAD_NAME,
  WEIR_ADMISSION_WRONG_KEY, /* by the key table */
  WEIR_ADMISSION_LOCKED_OUT,
  WEIR_ADMISSION_BARRED,
  WEIR_ADMISSION_BUSY,
  WEIR_ADMISSION_FULL, /* no room for another stream */
  WEIR_ADMISSION_HOOK_REFUSED,
  WEIR_ADMISSION_HOOK_UNUSABLE, /* it said what can't be done here */
  WEIR_ADMISSION_UNDECIDED,     /* no word from the hook, or too many asked */
  WEIR_ADMISSION_LEFT,          /* the publisher did not wait */
  WEIR_ADMISSION_SHUTDOWN,
  WEIR_ADMISSION_RESULTS
} WeirAdmissionResult;

const char *weir_admission_result_name (WeirAdmissionResult result);

WeirAdmission *weir_admission_new (WeirControl *control);
/* Nobody may be waiting. */
void weir_admission_free (WeirAdmission *admission);

/* Whom to ask where the settings say so; NULL: nobody is there. */
void weir_admission_set_auth (WeirAdmission *admission, WeirAuth *auth);

typedef enum {
  WEIR_AUTH_BY_NOBODY = 0,
  WEIR_AUTH_BY_KEYS = 1 << 0, /* the key table */
  WEIR_AUTH_BY_HOOK = 1 << 1,
} WeirAuthBy;

/* Who says whether somebody may publish in APP. */
WeirAuthBy
weir_admission_auth_by (const WeirSettings *settings, const char *app);

/* For protocols whose worker refuses callers by itself, by what it has been
 * told: so many were, with RESULT, and never came to be asked about here. The
 * wrong keys among them count for lock-outs. ADDRESS as in WeirPublisher. */
void weir_admission_note_refusal (WeirAdmission *admission, const char *app,
    const char *address, WeirAdmissionResult result, guint times);
WeirWrongKeys *weir_admission_get_wrong_keys (const WeirAdmission *admission);

/* Everybody who waits is refused. */
void weir_admission_shut_down (WeirAdmission *admission);

guint64 weir_admission_get_count (
    const WeirAdmission *admission, WeirAdmissionResult result);
/* Newcomers that wait for an answer, and addresses that are locked out. */
guint weir_admission_count_waiting (const WeirAdmission *admission);
guint weir_admission_count_locked_out (const WeirAdmission *admission);

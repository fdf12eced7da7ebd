/* Who decides about publishers outside of the gateway: the platform's own
 * server, behind a hook. hooks/ implements it, control/admission.c asks. Loop
 * thread. */
#pragma once

#include "control/ingest.h"

typedef struct _WeirAuth WeirAuth;

typedef enum {
  WEIR_AUTH_ALLOW,
  WEIR_AUTH_REFUSE,   /* a wrong key, as far as the publisher is told */
  WEIR_AUTH_UNUSABLE, /* an answer that can't be obeyed here */
  WEIR_AUTH_NO_WORD,  /* nobody answered */
} WeirAuthVerdict;

/* NAME: what the stream is to be called instead of what was asked for, or
 * NULL; not validated. Valid during the call. */
typedef void (*WeirAuthDone) (
    WeirAuthVerdict verdict, const char *name, gpointer data);

typedef struct {
  /* Asks whether PUBLISHER may publish REQUEST. DONE is called once, within a
   * time that the implementation bounds, never from inside and not after
   * cancel (). Returns the question, or NULL when it can't be asked: nobody
   * is there for this application, or too many are asked about already. */
  gpointer (*ask) (WeirAuth *auth, const WeirPublishRequest *request,
      const WeirPublisher *publisher, WeirAuthDone done, gpointer data);
  void (*cancel) (WeirAuth *auth, gpointer question);
} WeirAuthClass;

struct _WeirAuth {
  const WeirAuthClass *klass;
};

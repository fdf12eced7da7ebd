/* For those who make slates (workers/): control/ says what a stream needs when
 * its configuration is known, long before anything is withheld, and gets it by
 * weir_streams_take_slate () or weir_streams_slate_refused (). Loop thread. */
#pragma once

#include "core/slate.h"

typedef struct _WeirSlates WeirSlates;

typedef struct {
  WeirCodec codec;
  guint profile; /* as in WeirVideoConfig */
  guint width;
  guint height;
  double frame_rate; /* 0: not known */
} WeirSlateWanted;

typedef struct {
  /* A slate for the stream NUMBER of application APP, instead of what it may
   * still be waiting for. Never blocks; the answer may come at once. */
  void (*want) (WeirSlates *slates, guint64 number, const char *app,
      const WeirSlateWanted *wanted);
} WeirSlatesClass;

struct _WeirSlates {
  const WeirSlatesClass *klass;
};

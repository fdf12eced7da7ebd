/* What is read of a configuration and of a unit before a decoder sees them: a
 * few bytes can ask it for gigabytes. Pure, for bytes of strangers. */
#pragma once

#include "core/packet.h"

typedef struct {
  guint max_long_side; /* pixels, however the picture is turned */
  guint max_short_side;
} WeirCheckLimits;

#define WEIR_CHECK_MAX_BIT_DEPTH 12
/* Sequence, picture and video parameter sets in one unit. */
#define WEIR_CHECK_MAX_SETS 64

/* FALSE with an error for a codec, profile, depth or size that is not
 * analysed, and for a record that can't be read. RET: what it says. */
gboolean weir_check_config (WeirCodec codec, const guint8 *data, gsize size,
    const WeirCheckLimits *limits, WeirVideoConfig *ret, GError **error);

typedef enum {
  WEIR_CHECK_PLAIN, /* decodes by what its configuration says */
  /* It carries parameter sets that its configuration lacks. A decoder keeps
   * them and must not be used for other streams after it. */
  WEIR_CHECK_OWN_SETS,
  /* AV1 without a sequence header: that of the configuration is wanted. */
  WEIR_CHECK_NO_HEADER,
  WEIR_CHECK_REFUSED, /* with an error */
} WeirCheckResult;

/* UNIT under the checked configuration RECORD, which said VIDEO. IS_KEY: it is
 * to be decoded alone, or as the first of a group. */
WeirCheckResult weir_check_unit (WeirCodec codec, GBytes *record,
    const WeirVideoConfig *video, const guint8 *unit, gsize size,
    gboolean is_key, const WeirCheckLimits *limits, GError **error);

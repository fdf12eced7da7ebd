/* What the coded units of a slate are. Pure; for core/slate. */
#pragma once

#include "core/packet.h"

typedef enum {
  WEIR_SLATE_UNIT_BROKEN,
  WEIR_SLATE_UNIT_OTHER, /* has something that a slate does not have */
  WEIR_SLATE_UNIT_SET,   /* a parameter set alone */
  WEIR_SLATE_UNIT_KEY,   /* shown as they are decoded, both: */
  WEIR_SLATE_UNIT_PREDICTED,
} WeirSlateUnitKind;

/* Of a whole unit, of a codec of pictures. A key frame may have CONFIG's own
 * parameter sets, or sequence header, before it. */
WeirSlateUnitKind weir_slate_unit_kind (
    const WeirCodecConfig *config, const guint8 *data, gsize size);

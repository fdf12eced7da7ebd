/* Gives a slate's parameter sets ids that content does not use, so that a
 * decoder keeps those of both: one that heeds only the first configuration of
 * a connection, as many servers and players do, still decodes all. */
#pragma once

#include "core/packet.h"

/* SPS and PPS. Its exp-Golomb code is eight bits longer than that of 0, so that
 * what comes after it stays aligned. */
#define WEIR_RENUMBER_ID 15

/* Appends UNIT, an access unit with start codes (Annex B) whose ids are all 0,
 * with the ids changed. FALSE when it is not of that kind; OUT then has a part
 * of it. */
gboolean weir_renumber (
    WeirCodec codec, const guint8 *unit, gsize size, GByteArray *out);

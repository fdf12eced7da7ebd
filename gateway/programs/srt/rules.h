/* What a listen callback knows: the gateway's rules about callers, as
 * wire/srt.h describes them. Any thread; the lock is held for look-ups only. */
#pragma once

#include "core/names.h"
#include "core/stream-id.h"
#include "wire/wire.h"

typedef struct _WeirSrtRules WeirSrtRules;

typedef struct {
  guint16 code; /* refuse with it; 0: let in */
  char passphrase[WEIR_SRT_MAX_PASSPHRASE_BYTES + 1]; /* "": none */
  guint8 key_length;
  char barred[2 * WEIR_NAME_MAX_LENGTH + 2]; /* "APP/NAME"; "": no name is */
} WeirSrtVerdict;

WeirSrtRules *weir_srt_rules_new (void);
void weir_srt_rules_free (WeirSrtRules *rules);

/* FALSE with WEIR_ERROR_PROTOCOL for a rule that can't be, WEIR_ERROR_LIMIT
 * for one too many. */
gboolean weir_srt_rules_put (
    WeirSrtRules *rules, const WeirSrtRule *rule, GError **error);

/* About a caller from ADDRESS_KEY (weir_address_to_key ()). */
void weir_srt_rules_judge (WeirSrtRules *rules, const char *address_key,
    const WeirStreamId *id, WeirSrtVerdict *ret_verdict);

/* Of rule ALL; 0: open. */
guint8 weir_srt_rules_get_key_length (WeirSrtRules *rules);

/* Everything of a configuration but its banks and models, whose files may take
 * long. */
#pragma once

#include "app/egresses.h"
#include "app/models.h"
#include "app/paths.h"
#include "app/slate-styles.h"
#include "core/policy.h"
#include "core/settings.h"
#include "rtmp/tls.h"

typedef struct {
  WeirSettings *settings;
  WeirEgresses *egresses;
  WeirSlateStyles *styles;
  WeirTlsContext *tls; /* of RTMPS; NULL: no certificate is set */
  WeirPolicy *policy;
  WeirModels *models; /* NULL: not read yet */
} WeirConfiguration;

/* The file PATH, checked as a whole: ERROR names file, section and key. */
gboolean weir_configuration_load (const char *path, const WeirPaths *paths,
    WeirConfiguration *ret, GError **error);
void weir_configuration_clear (WeirConfiguration *configuration);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirConfiguration, weir_configuration_clear)

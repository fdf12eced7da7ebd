/* Asks the platform's own server whether somebody may publish, in the form of
 * nginx-rtmp's on_publish: a [hook NAME] with event = publish. The first in
 * the file that is for the application is asked. Loop thread. */
#pragma once

#include "control/auth-impl.h"
#include "control/control.h"
#include "hooks/http.h"

typedef struct _WeirPublishHook WeirPublishHook;

/* HTTP must outlive it. Settings are read at every question. */
WeirPublishHook *weir_publish_hook_new (WeirControl *control, WeirHttp *http);
/* No question may be open. */
void weir_publish_hook_free (WeirPublishHook *hook);

/* For weir_admission_set_auth (); the hook's own. */
WeirAuth *weir_publish_hook_get_auth (WeirPublishHook *hook);

/* Every hook has an address that can be asked, and where a hook is to decide
 * there is one. WEIR_ERROR_CONFIG. */
gboolean
weir_publish_hook_check_settings (const WeirSettings *settings, GError **error);

/* Who may publish: names, keys, bars, and who has a name already. */
#include "control/ingest.h"

#include "base/log.h"
#include "control/bars.h"
#include "control/keys.h"
#include "control/load.h"
#include "control/stream.h"
#include "core/names.h"

static WeirAdmit
refuse (WeirAdmit how, char **ret_reason, const char *reason)
{
  *ret_reason = g_strdup (reason);
  return how;
}

/* Lets go of a publisher that seems to be lost: who comes now has its key. */
static void
take_over (WeirStream *stream)
{
  gint64 silent_ms = (weir_now_us () - stream->heard_us) / 1000;

  if (silent_ms < weir_settings_app_int (
          stream->control->settings, stream->app, "rtmp", "takeover_ms"))
    return;
  weir_info ("stream", stream->path,
      "taken over from %s, silent for %" G_GINT64_FORMAT " ms", stream->peer,
      silent_ms);
  weir_stream_disconnect (
      stream, "Another connection with the same key took this stream over.");
}

WeirAdmit
weir_streams_publish (WeirStreams *streams, const WeirPublishRequest *request,
    WeirPublisher *publisher, WeirStream **ret_stream, char **ret_reason)
{
  WeirControl *control = weir_streams_get_control (streams);
  const char *name = request->name, *publisher_id;
  const WeirKey *key = NULL;
  g_autofree char *path = NULL;
  WeirStream *stream;

  *ret_reason = NULL;
  if (weir_streams_is_shutting_down (streams))
    return refuse (
        WEIR_ADMIT_DENIED, ret_reason, "The server is shutting down.");
  if (!weir_name_is_valid (request->app))
    return refuse (WEIR_ADMIT_DENIED, ret_reason,
        "The application's name may have 1 to 128 letters, digits, '.', '_' "
        "and '-'.");
  if (weir_settings_app_bool (
          control->settings, request->app, "rtmp", "require_key")) {
    /* One answer for every wrong key, so that names can't be probed. */
    key = *request->secret != '\0' ? weir_keys_check (
              control->keys, request->app, request->name, request->secret)
                                   : weir_keys_check (control->keys,
                                       request->app, NULL, request->name);
    if (key == NULL)
      return refuse (WEIR_ADMIT_DENIED, ret_reason,
          "The stream key is not known here. Check application, stream name "
          "and key.");
    name = key->name;
    publisher_id = key->publisher;
  } else {
    if (!weir_name_is_valid (name))
      return refuse (WEIR_ADMIT_DENIED, ret_reason,
          "The stream's name may have 1 to 128 letters, digits, '.', '_' and "
          "'-'.");
    publisher_id = name;
  }

  path = g_strconcat (request->app, "/", name, NULL);
  if (weir_bars_find (control->bars, path, publisher_id) != NULL)
    return refuse (WEIR_ADMIT_DENIED, ret_reason,
        "This stream was ended by a reviewer and is barred until that is "
        "lifted.");
  stream = weir_streams_find_open (streams, path);
  if (stream != NULL && stream->publisher != NULL && key != NULL)
    take_over (stream);
  if (stream != NULL && stream->publisher != NULL)
    return refuse (WEIR_ADMIT_BUSY, ret_reason,
        "A stream of this name is being published already.");
  /* Who comes back to a stream that is there brings nothing new. */
  if (stream == NULL)
    *ret_reason = weir_load_refusal (control->load);
  if (*ret_reason != NULL)
    return WEIR_ADMIT_DENIED;
  *ret_stream =
      weir_streams_join (streams, request->app, name, publisher_id, publisher);
  return WEIR_ADMIT_OK;
}

/* weir.v1: hello, welcome, snapshot, events, commands and their results. */
#include "web/review.h"

#include "base/log.h"
#include "control/commands.h"
#include "control/describe.h"
#include "control/events.h"

#include <string.h>

/* Answers kept so that a command sent again after a lost connection is
 * answered, not done, again. */
#define ANSWERS_KEPT 4096
#define ID_MAX_BYTES 128
/* A client that lets more than this wait is told to come back. */
#define QUEUE_MAX_BYTES (8 * 1024 * 1024)
#define COMMANDS_PER_SECOND 50
/* How long a client has to answer a close frame. */
#define CLOSE_SECONDS 2
/* A close frame for lws_write (), which its header leaves without a name. */
#define WRITE_CLOSE ((enum lws_write_protocol) 4)

struct _WeirReviewClient {
  WeirReview *review;
  struct lws *wsi;
  guint64 number;
  char *name;
  WeirRole role;
  gboolean greeted; /* hello came: events follow */
  guint64 sent_seq;
  GQueue direct; /* GBytes: welcome, snapshot, results */
  gsize direct_bytes;
  GByteArray *in;
  gint64 second_us; /* for the rate */
  guint commands;
  guint close_status; /* close with it at the next chance; 0: stay */
  gboolean goodbye;   /* but only after all that waits has been sent */
  gboolean closing;   /* nothing is sent or taken any more */
};

typedef struct {
  char *key;      /* "user\nid" */
  GBytes *text;   /* NULL while pending */
  guint64 client; /* whom to tell */
} Answer;

struct _WeirReview {
  WeirWeb *web;
  GPtrArray *clients; /* borrowed */
  guint64 last_number;
  GHashTable *answers; /* key → Answer, owns */
  GQueue answer_order; /* borrowed Answer, oldest first */
};

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->key);
  g_clear_pointer (&answer->text, g_bytes_unref);
  g_free (answer);
}

static void
on_events (gpointer data)
{
  WeirReview *review = data;

  for (guint i = 0; i < review->clients->len; i++) {
    WeirReviewClient *client = g_ptr_array_index (review->clients, i);

    if (client->greeted)
      lws_callback_on_writable (client->wsi);
  }
}

WeirReview *
weir_review_new (WeirWeb *web)
{
  WeirReview *review = g_new0 (WeirReview, 1);

  review->web = web;
  review->clients = g_ptr_array_new ();
  review->answers =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, answer_free);
  weir_events_set_wakeup (web->control->events, on_events, review);
  return review;
}

void
weir_review_free (WeirReview *review)
{
  if (review == NULL)
    return;
  g_queue_clear (&review->answer_order);
  g_hash_table_unref (review->answers);
  g_ptr_array_unref (review->clients);
  g_free (review);
}

static WeirReviewClient *
find_client (WeirReview *review, guint64 number)
{
  for (guint i = 0; i < review->clients->len; i++) {
    WeirReviewClient *client = g_ptr_array_index (review->clients, i);

    if (client->number == number)
      return client;
  }
  return NULL;
}

static void
close_client (WeirReviewClient *client, guint status)
{
  if (client->close_status == 0)
    client->close_status = status;
  lws_callback_on_writable (client->wsi);
}

void
weir_review_say_goodbye (WeirReview *review)
{
  for (guint i = 0; i < review->clients->len; i++) {
    WeirReviewClient *client = g_ptr_array_index (review->clients, i);

    client->goodbye = client->close_status == 0;
    close_client (client, LWS_CLOSE_STATUS_GOINGAWAY);
  }
}

gboolean
weir_review_is_empty (const WeirReview *review)
{
  return review->clients->len == 0;
}

static void
send_bytes (WeirReviewClient *client, GBytes *bytes)
{
  client->direct_bytes += g_bytes_get_size (bytes);
  if (client->direct_bytes > QUEUE_MAX_BYTES) {
    close_client (client, 1013);
    return;
  }
  g_queue_push_tail (&client->direct, g_bytes_ref (bytes));
  lws_callback_on_writable (client->wsi);
}

static GBytes *
to_bytes (json_t *json)
{
  char *text = json_dumps (json, JSON_COMPACT);

  json_decref (json);
  return g_bytes_new_with_free_func (text, strlen (text), free, text);
}

static void
send_json (WeirReviewClient *client, json_t *json)
{
  g_autoptr (GBytes) bytes = to_bytes (json);

  send_bytes (client, bytes);
}

static json_t *
result_json (const char *id, const WeirResult *result)
{
  json_t *json =
      result->extra ? json_deep_copy (result->extra) : json_object ();

  json_object_set_new (json, "type", json_string ("result"));
  json_object_set_new (json, "id", json_string (id));
  json_object_set_new (json, "ok", json_boolean (result->ok));
  json_object_set_new (json, "applied", json_boolean (result->applied));
  json_object_set_new (json, "error",
      result->error ? json_string (result->error) : json_null ());
  if (result->message != NULL)
    json_object_set_new (json, "message", json_string (result->message));
  return json;
}

typedef struct {
  WeirReview *review;
  char *key;
} Pending;

static void
on_result (const WeirResult *result, gpointer data)
{
  Pending *pending = data;
  Answer *answer = g_hash_table_lookup (pending->review->answers, pending->key);
  WeirReviewClient *client;

  if (answer != NULL) {
    answer->text =
        to_bytes (result_json (strchr (answer->key, '\n') + 1, result));
    client = find_client (pending->review, answer->client);
    if (client != NULL)
      send_bytes (client, answer->text);
  }
  g_free (pending->key);
  g_free (pending);
}

static Answer *
remember (WeirReview *review, char *key, guint64 client)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->key = key;
  answer->client = client;
  g_hash_table_insert (review->answers, answer->key, answer);
  g_queue_push_tail (&review->answer_order, answer);
  if (g_queue_get_length (&review->answer_order) > ANSWERS_KEPT) {
    Answer *oldest = g_queue_pop_head (&review->answer_order);

    g_hash_table_remove (review->answers, oldest->key);
  }
  return answer;
}

static void
refuse (WeirReviewClient *client, const char *id, const char *error,
    const char *message)
{
  WeirResult result = { .error = error, .message = message };

  send_json (client, result_json (id, &result));
}

static gboolean
over_rate (WeirReviewClient *client)
{
  gint64 now_us = weir_now_us ();

  if (now_us - client->second_us >= G_USEC_PER_SEC) {
    client->second_us = now_us;
    client->commands = 0;
  }
  return ++client->commands > COMMANDS_PER_SECOND;
}

static void
take_command (WeirReviewClient *client, json_t *message, gint64 arrived_us)
{
  WeirReview *review = client->review;
  json_t *id_value = json_object_get (message, "id");
  const char *id = json_string_value (id_value);
  g_autofree char *actor_name = g_strconcat ("user:", client->name, NULL);
  WeirActor actor = { actor_name, client->name, client->role, arrived_us };
  g_autofree char *key = NULL;
  Pending *pending;
  Answer *answer;

  if (id == NULL || *id == '\0' || json_string_length (id_value) > ID_MAX_BYTES
      || strpbrk (id, "\n") != NULL) {
    refuse (client, "", "bad_request",
        "A command needs an \"id\" of 1 to 128 bytes.");
    return;
  }
  key = g_strdup_printf ("%s\n%s", client->name, id);
  answer = g_hash_table_lookup (review->answers, key);
  if (answer != NULL) {
    answer->client = client->number;
    if (answer->text != NULL)
      send_bytes (client, answer->text);
    return;
  }
  if (over_rate (client)) {
    refuse (client, id, "rate_limited", "Too many commands in a second.");
    return;
  }
  answer = remember (review, g_strdup (key), client->number);
  pending = g_new0 (Pending, 1);
  pending->review = review;
  pending->key = g_steal_pointer (&key);
  weir_command_run (review->web->control, &actor, message, on_result, pending);
}

static void
take_hello (WeirReviewClient *client, json_t *message)
{
  WeirControl *control = client->review->web->control;
  WeirEvents *events = control->events;
  guint64 seq = weir_events_get_seq (events);
  const char *epoch = json_string_value (json_object_get (message, "epoch"));
  json_int_t since = json_integer_value (json_object_get (message, "since"));
  gboolean resumed =
      g_strcmp0 (epoch, weir_events_get_epoch (events)) == 0 && since >= 0
      && (guint64) since <= seq
      && ((guint64) since == seq
          || weir_events_peek (events, (guint64) since + 1) != NULL);

  client->greeted = TRUE;
  client->sent_seq = resumed ? (guint64) since : seq;
  send_json (client,
      json_pack ("{s:s, s:s, s:I, s:b, s:I}", "type", "welcome", "epoch",
          weir_events_get_epoch (events), "seq", (json_int_t) seq, "resumed",
          resumed, "server_time", (json_int_t) weir_wall_ms ()));
  if (!resumed)
    send_json (client,
        json_pack ("{s:s, s:I, s:o, s:o, s:o}", "type", "snapshot", "seq",
            (json_int_t) seq, "streams", weir_describe_streams (control),
            "cases", weir_describe_cases (control), "system",
            weir_describe_system (control)));
}

static void
take_message (WeirReviewClient *client, gint64 arrived_us)
{
  json_t *message = json_loadb ((const char *) client->in->data,
      client->in->len, JSON_REJECT_DUPLICATES, NULL);
  const char *type = json_string_value (json_object_get (message, "type"));

  if (type == NULL)
    refuse (client, "", "bad_request",
        "A message must be a JSON object with a \"type\".");
  else if (strcmp (type, "hello") == 0)
    take_hello (client, message);
  else
    take_command (client, message, arrived_us);
  json_decref (message);
}

static int
on_receive (
    WeirReviewClient *client, struct lws *wsi, const void *in, size_t len)
{
  gint64 arrived_us = weir_now_us ();

  if (client->closing)
    return 0;
  if (client->in->len + len > WEIR_WEB_MAX_FRAME_BYTES) {
    lws_close_reason (wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
    return -1;
  }
  g_byte_array_append (client->in, in, (guint) len);
  if (!lws_is_final_fragment (wsi) || lws_remaining_packet_payload (wsi) > 0)
    return 0;
  if (lws_frame_is_binary (wsi)) {
    lws_close_reason (wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, NULL, 0);
    return -1;
  }
  take_message (client, arrived_us);
  g_byte_array_set_size (client->in, 0);
  return 0;
}

static int
write_text (struct lws *wsi, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autofree guint8 *frame = g_malloc (LWS_PRE + size);

  memcpy (frame + LWS_PRE, data, size);
  return lws_write (wsi, frame + LWS_PRE, size, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

/* Whether something waits to be sent. */
static gboolean
has_more (const WeirReviewClient *client)
{
  const WeirEvents *events = client->review->web->control->events;

  return !g_queue_is_empty ((GQueue *) &client->direct)
         || (client->greeted
             && client->sent_seq < weir_events_get_seq (events));
}

/* Sends the close frame. libwebsockets 4.1 drops the connection without one
 * when its callback for writing returns -1, whatever lws_close_reason () was
 * told. */
static int
write_close (WeirReviewClient *client, struct lws *wsi, guint status)
{
  guint8 frame[LWS_PRE + 2];

  client->closing = TRUE;
  frame[LWS_PRE] = (guint8) (status >> 8);
  frame[LWS_PRE + 1] = (guint8) status;
  if (lws_write (wsi, frame + LWS_PRE, 2, WRITE_CLOSE) < 0)
    return -1;
  lws_set_timeout (wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_SECONDS);
  return 0;
}

static int
on_writable (WeirReviewClient *client, struct lws *wsi)
{
  WeirEvents *events = client->review->web->control->events;
  g_autoptr (GBytes) direct = NULL;
  int result = 0;

  if (client->closing)
    return 0;
  if (client->close_status != 0 && !(client->goodbye && has_more (client)))
    return write_close (client, wsi, client->close_status);
  direct = g_queue_pop_head (&client->direct);
  if (direct != NULL) {
    client->direct_bytes -= g_bytes_get_size (direct);
    result = write_text (wsi, direct);
  } else if (has_more (client)) {
    GBytes *event = weir_events_peek (events, client->sent_seq + 1);

    /* Too slow: what it missed is no longer kept. */
    if (event == NULL)
      return write_close (client, wsi, 1013);
    client->sent_seq++;
    result = write_text (wsi, event);
  }
  if (client->close_status != 0 || has_more (client))
    lws_callback_on_writable (wsi);
  return result;
}

static WeirReviewClient *
client_new (WeirReview *review, struct lws *wsi, const WeirUser *user)
{
  WeirReviewClient *client = g_new0 (WeirReviewClient, 1);

  client->review = review;
  client->wsi = wsi;
  client->number = ++review->last_number;
  client->name = g_strdup (user->name);
  client->role = weir_user_get_role (user);
  client->in = g_byte_array_new ();
  g_queue_init (&client->direct);
  g_ptr_array_add (review->clients, client);
  review->web->control->reviewers = review->clients->len;
  return client;
}

static void
client_free (WeirReviewClient *client)
{
  WeirReview *review = client->review;

  g_ptr_array_remove (review->clients, client);
  review->web->control->reviewers = review->clients->len;
  g_queue_clear_full (&client->direct, (GDestroyNotify) g_bytes_unref);
  g_byte_array_unref (client->in);
  g_free (client->name);
  g_free (client);
}

/* Before the upgrade is answered: who, from which page, to which address. */
static int
filter (WeirWeb *web, struct lws *wsi)
{
  g_autofree char *uri = weir_web_dup_header (wsi, WSI_TOKEN_GET_URI);
  g_autofree char *protocol = weir_web_dup_header (wsi, WSI_TOKEN_PROTOCOL);

  if (g_strcmp0 (uri, "/api/v1/review") != 0 || protocol == NULL
      || !weir_web_origin_ok (web, wsi)
      || weir_web_authenticate (web, wsi) == NULL || web->stopping
      || web->review->clients->len >= WEIR_WEB_MAX_REVIEWERS) {
    weir_debug ("web", NULL, "refused a WebSocket");
    return -1;
  }
  return 0;
}

int
weir_review_callback (struct lws *wsi, enum lws_callback_reasons reason,
    void *user, void *in, size_t len)
{
  WeirReviewSession *session = user;
  struct lws_vhost *vhost = lws_get_vhost (wsi);
  WeirWeb *web = vhost ? lws_get_vhost_user (vhost) : NULL;
  const WeirUser *who;

  switch (reason) {
  case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    return filter (web, wsi);
  case LWS_CALLBACK_ESTABLISHED:
    who = weir_web_authenticate (web, wsi);
    if (who == NULL)
      return -1;
    session->client = client_new (web->review, wsi, who);
    return 0;
  case LWS_CALLBACK_RECEIVE:
    return session->client ? on_receive (session->client, wsi, in, len) : -1;
  case LWS_CALLBACK_SERVER_WRITEABLE:
    return session->client ? on_writable (session->client, wsi) : -1;
  case LWS_CALLBACK_CLOSED:
    g_clear_pointer (&session->client, client_free);
    return 0;
  default:
    return 0;
  }
}

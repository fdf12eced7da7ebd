/* Datagrams to the service manager. */
#include "app/notify.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TOPIC "notify"
/* How often the status is looked at; it is sent when it changed. */
#define STATUS_MS 5000
#define MAX_STATUS_BYTES 500

struct _WeirNotify {
  int fd; /* -1: nobody is to be told */
  struct sockaddr_un address;
  socklen_t address_size;
  gboolean watchdog;
  WeirTimer *timer;
  WeirNotifyStatus status;
  gpointer data;
  char *told; /* the status sent last */
};

/* FALSE when TEXT is no address: a path, or "@" and an abstract name. */
static gboolean
set_address (WeirNotify *notify, const char *text)
{
  gsize size = strlen (text);

  if ((text[0] != '/' && text[0] != '@') || size < 2
      || size >= sizeof notify->address.sun_path)
    return FALSE;
  notify->address.sun_family = AF_UNIX;
  memcpy (notify->address.sun_path, text, size);
  if (text[0] == '@')
    notify->address.sun_path[0] = '\0';
  notify->address_size =
      (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + size);
  return TRUE;
}

static void
    G_GNUC_PRINTF (2, 3) tell (WeirNotify *notify, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (notify->fd < 0)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (sendto (notify->fd, text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT,
          (const struct sockaddr *) &notify->address, notify->address_size)
      < 0)
    weir_warn (TOPIC, NULL, "the service manager can't be told: %s",
        g_strerror (errno));
}

static void
tell_status (WeirNotify *notify)
{
  g_autofree char *status = notify->status (notify->data);

  if (g_strcmp0 (status, notify->told) == 0)
    return;
  tell (notify, "STATUS=%.*s", MAX_STATUS_BYTES, status);
  g_free (notify->told);
  notify->told = g_steal_pointer (&status);
}

static void
on_timer (gpointer data)
{
  WeirNotify *notify = data;

  if (notify->watchdog)
    tell (notify, "WATCHDOG=1");
  tell_status (notify);
}

/* Half of what the manager waits for, 0 without a watchdog for us. */
static guint64
watchdog_ms (void)
{
  const char *usec = g_getenv ("WATCHDOG_USEC");
  const char *pid = g_getenv ("WATCHDOG_PID");

  if (usec == NULL
      || (pid != NULL
          && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ()))
    return 0;
  return g_ascii_strtoull (usec, NULL, 10) / 2000;
}

WeirNotify *
weir_notify_new (WeirLoop *loop, WeirNotifyStatus status, gpointer data)
{
  WeirNotify *notify = g_new0 (WeirNotify, 1);
  const char *address = g_getenv ("NOTIFY_SOCKET");
  guint64 period_ms = watchdog_ms ();

  notify->fd = -1;
  notify->status = status;
  notify->data = data;
  if (address != NULL) {
    if (set_address (notify, address))
      notify->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    else
      weir_warn (TOPIC, NULL, "NOTIFY_SOCKET is no address: %s", address);
  }
  if (notify->fd >= 0) {
    notify->watchdog = period_ms > 0;
    if (!notify->watchdog)
      period_ms = STATUS_MS;
    period_ms = CLAMP (period_ms, 1, STATUS_MS);
    notify->timer = weir_timer_new (
        loop, (guint) period_ms, (guint) period_ms, on_timer, notify);
  }
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
  return notify;
}

void
weir_notify_free (WeirNotify *notify)
{
  if (notify == NULL)
    return;
  weir_timer_free (notify->timer);
  if (notify->fd >= 0)
    close (notify->fd);
  g_free (notify->told);
  g_free (notify);
}

void
weir_notify_ready (WeirNotify *notify)
{
  tell (notify, "READY=1");
  if (notify->fd >= 0)
    tell_status (notify);
}

void
weir_notify_reloading (WeirNotify *notify)
{
  tell (
      notify, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, weir_now_us ());
}

void
weir_notify_stopping (WeirNotify *notify, gint64 timeout_ms)
{
  tell (notify, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT,
      timeout_ms * 1000);
}

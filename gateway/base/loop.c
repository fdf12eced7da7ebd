/* libuv's loop with a thread check, a repeating timer and a mailbox. */
#include "base/loop.h"

struct _WeirLoop {
  uv_loop_t uv;
  GThread *thread;
};

struct _WeirTimer {
  uv_timer_t uv;
  WeirTimerFunc func;
  gpointer data;
};

struct _WeirMailbox {
  WeirLoop *loop;
  uv_async_t async;
  GMutex lock;
  GQueue queue; /* {lock} */
  guint capacity;
  WeirMailboxFunc func;
  GDestroyNotify free_message;
  gpointer data;
};

WeirLoop *
weir_loop_new (void)
{
  WeirLoop *loop = g_new0 (WeirLoop, 1);

  if (uv_loop_init (&loop->uv) != 0)
    g_error ("can't make an event loop");
  loop->uv.data = loop;
  loop->thread = g_thread_self ();
  return loop;
}

void
weir_loop_free (WeirLoop *loop)
{
  if (loop == NULL)
    return;
  weir_loop_assert_thread (loop);
  uv_run (&loop->uv, UV_RUN_NOWAIT);
  if (uv_loop_close (&loop->uv) != 0) {
    uv_print_all_handles (&loop->uv, stderr);
    g_error ("the event loop still has open handles");
  }
  g_free (loop);
}

void
weir_loop_run (WeirLoop *loop)
{
  weir_loop_assert_thread (loop);
  uv_run (&loop->uv, UV_RUN_DEFAULT);
}

uv_loop_t *
weir_loop_uv (WeirLoop *loop)
{
  return &loop->uv;
}

void
weir_loop_assert_thread (WeirLoop *loop)
{
  if (G_UNLIKELY (loop->thread != g_thread_self ()))
    g_error ("called from a thread that is not the loop's");
}

gint64
weir_now_us (void)
{
  return g_get_monotonic_time ();
}

gint64
weir_wall_ms (void)
{
  return g_get_real_time () / 1000;
}

gint64
weir_tick_us (gint64 now_us)
{
  return now_us - now_us % (WEIR_TICK_MS * 1000);
}

static void
on_timer (uv_timer_t *uv)
{
  WeirTimer *timer = uv->data;

  timer->func (timer->data);
}

WeirTimer *
weir_timer_new (WeirLoop *loop, guint first_ms, guint period_ms,
    WeirTimerFunc func, gpointer data)
{
  WeirTimer *timer = g_new0 (WeirTimer, 1);

  weir_loop_assert_thread (loop);
  timer->func = func;
  timer->data = data;
  uv_timer_init (&loop->uv, &timer->uv);
  timer->uv.data = timer;
  uv_timer_start (&timer->uv, on_timer, first_ms, period_ms);
  return timer;
}

WeirTimer *
weir_timer_new_aside (WeirLoop *loop, guint first_ms, guint period_ms,
    WeirTimerFunc func, gpointer data)
{
  WeirTimer *timer = weir_timer_new (loop, first_ms, period_ms, func, data);

  uv_unref ((uv_handle_t *) &timer->uv);
  return timer;
}

/* uv_now () counts the milliseconds of the same clock. */
static void
start_next_tick (WeirTimer *timer, uv_timer_cb func)
{
  uv_timer_start (&timer->uv, func,
      WEIR_TICK_MS - uv_now (timer->uv.loop) % WEIR_TICK_MS, 0);
}

static void
on_tick (uv_timer_t *uv)
{
  WeirTimer *timer = uv->data;

  start_next_tick (timer, on_tick);
  timer->func (timer->data);
}

WeirTimer *
weir_timer_new_on_tick (WeirLoop *loop, WeirTimerFunc func, gpointer data)
{
  WeirTimer *timer = g_new0 (WeirTimer, 1);

  weir_loop_assert_thread (loop);
  timer->func = func;
  timer->data = data;
  uv_timer_init (&loop->uv, &timer->uv);
  timer->uv.data = timer;
  start_next_tick (timer, on_tick);
  return timer;
}

static void
on_timer_closed (uv_handle_t *handle)
{
  g_free (handle->data);
}

void
weir_timer_free (WeirTimer *timer)
{
  if (timer != NULL)
    uv_close ((uv_handle_t *) &timer->uv, on_timer_closed);
}

void
weir_mailbox_drain (WeirMailbox *mailbox)
{
  GQueue batch;

  g_mutex_lock (&mailbox->lock);
  batch = mailbox->queue;
  g_queue_init (&mailbox->queue);
  g_mutex_unlock (&mailbox->lock);

  /* The function may free the mailbox: the rest is then not delivered. */
  for (gpointer m; (m = g_queue_pop_head (&batch)) != NULL;) {
    if (!uv_is_closing ((uv_handle_t *) &mailbox->async))
      mailbox->func (m, mailbox->data);
    else if (mailbox->free_message != NULL)
      mailbox->free_message (m);
  }
}

static void
on_async (uv_async_t *async)
{
  weir_mailbox_drain (async->data);
}

WeirMailbox *
weir_mailbox_new (WeirLoop *loop, guint capacity, WeirMailboxFunc func,
    GDestroyNotify free_message, gpointer data)
{
  WeirMailbox *mailbox = g_new0 (WeirMailbox, 1);

  weir_loop_assert_thread (loop);
  mailbox->loop = loop;
  mailbox->capacity = capacity;
  mailbox->func = func;
  mailbox->free_message = free_message;
  mailbox->data = data;
  g_mutex_init (&mailbox->lock);
  g_queue_init (&mailbox->queue);
  uv_async_init (&loop->uv, &mailbox->async, on_async);
  mailbox->async.data = mailbox;
  /* A mailbox alone does not keep the loop running. */
  uv_unref ((uv_handle_t *) &mailbox->async);
  return mailbox;
}

gboolean
weir_mailbox_put (WeirMailbox *mailbox, gpointer message)
{
  gboolean fits;

  g_mutex_lock (&mailbox->lock);
  fits = g_queue_get_length (&mailbox->queue) < mailbox->capacity;
  if (fits)
    g_queue_push_tail (&mailbox->queue, message);
  g_mutex_unlock (&mailbox->lock);
  if (fits)
    uv_async_send (&mailbox->async);
  return fits;
}

static void
on_mailbox_closed (uv_handle_t *handle)
{
  WeirMailbox *mailbox = handle->data;

  g_queue_clear_full (&mailbox->queue, mailbox->free_message);
  g_mutex_clear (&mailbox->lock);
  g_free (mailbox);
}

void
weir_mailbox_free (WeirMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  weir_loop_assert_thread (mailbox->loop);
  uv_close ((uv_handle_t *) &mailbox->async, on_mailbox_closed);
}

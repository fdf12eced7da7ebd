/* The event loop that owns all state, and the way other threads reach it.
 *
 * Everything in the gateway runs on the loop's thread unless its header says
 * otherwise; functions that must, call weir_loop_assert_thread (). */
#pragma once

#include <glib.h>
#include <uv.h>

typedef struct _WeirLoop WeirLoop;

WeirLoop *weir_loop_new (void);
/* Every handle must be closed by then: a leaked one is a fatal error. */
void weir_loop_free (WeirLoop *loop);
void weir_loop_run (WeirLoop *loop);
uv_loop_t *weir_loop_uv (WeirLoop *loop);
void weir_loop_assert_thread (WeirLoop *loop);

/* Monotonic microseconds, read from the clock now (not the loop's cached
 * time). Any thread. */
gint64 weir_now_us (void);
/* Unix milliseconds, for showing. Any thread. */
gint64 weir_wall_ms (void);

/* The grid on which publishers are read and packets are released: multiples
 * of it on the monotonic clock. One grid for both, so that what arrives on a
 * tick is due on a tick. */
#define WEIR_TICK_MS 10
/* The tick that NOW_US belongs to: the last one not after it. */
gint64 weir_tick_us (gint64 now_us);

/* A timer that repeats every PERIOD_MS until freed. FUNC runs on the loop. */
typedef struct _WeirTimer WeirTimer;
typedef void (*WeirTimerFunc) (gpointer data);
WeirTimer *weir_timer_new (WeirLoop *loop, guint first_ms, guint period_ms,
    WeirTimerFunc func, gpointer data);
/* One for which the loop does not go on running. */
WeirTimer *weir_timer_new_aside (WeirLoop *loop, guint first_ms,
    guint period_ms, WeirTimerFunc func, gpointer data);
/* One that runs on every tick, as near after it as the loop gets there; ticks
 * that it comes too late for are left out. */
WeirTimer *
weir_timer_new_on_tick (WeirLoop *loop, WeirTimerFunc func, gpointer data);
void weir_timer_free (WeirTimer *timer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTimer, weir_timer_free)

/* Owned messages from one thread to the loop. Putting never blocks; the
 * queue is bounded: at CAPACITY, weir_mailbox_put () returns FALSE and the
 * caller keeps the message. Wake-ups coalesce and carry no data: FUNC is
 * called once per message, on the loop, and owns it. */
typedef struct _WeirMailbox WeirMailbox;
typedef void (*WeirMailboxFunc) (gpointer message, gpointer data);
WeirMailbox *weir_mailbox_new (WeirLoop *loop, guint capacity,
    WeirMailboxFunc func, GDestroyNotify free_message, gpointer data);
gboolean weir_mailbox_put (WeirMailbox *mailbox, gpointer message);
/* Delivers what has been put so far, now. */
void weir_mailbox_drain (WeirMailbox *mailbox);
/* No thread may put any more. Messages not yet delivered are freed. */
void weir_mailbox_free (WeirMailbox *mailbox);

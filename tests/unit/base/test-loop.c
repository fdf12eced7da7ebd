/* The loop, its timer and its mailbox. Every test ends with an empty loop:
 * weir_loop_free () is fatal otherwise. */
#include "base/loop.h"

#include <string.h>

#define CAPACITY 8
#define MESSAGES 5000
#define DEADLINE_MS 60000

typedef struct {
  WeirLoop *loop;
  WeirTimer *timer;
  WeirMailbox *mailbox;
  guint calls;
  guint next;
  guint freed;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  *f = (Fixture){ .loop = weir_loop_new () };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_loop_run (f->loop);
  weir_loop_free (f->loop);
}

static void
on_deadline (gpointer data)
{
  g_error ("what the test waits for did not come");
}

/* Keeps the loop running, which a mailbox does not. */
static void
watch (Fixture *f)
{
  f->timer = weir_timer_new (f->loop, DEADLINE_MS, 0, on_deadline, f);
}

static void
on_tick (gpointer data)
{
  Fixture *f = data;

  weir_loop_assert_thread (f->loop);
  if (++f->calls == 3)
    g_clear_pointer (&f->timer, weir_timer_free);
}

/* Nothing can be asserted of how soon after a tick it runs. */
static void
on_grid (gpointer data)
{
  gint64 now_us = weir_now_us ();
  gint64 tick_us = weir_tick_us (now_us);

  g_assert_cmpint (tick_us % (WEIR_TICK_MS * 1000), ==, 0);
  g_assert_cmpint (now_us - tick_us, >=, 0);
  g_assert_cmpint (now_us - tick_us, <, WEIR_TICK_MS * 1000);
  on_tick (data);
}

static void
test_timer_on_tick (Fixture *f, gconstpointer data)
{
  gint64 before_us = weir_tick_us (weir_now_us ());

  f->timer = weir_timer_new_on_tick (f->loop, on_grid, f);
  weir_loop_run (f->loop);
  g_assert_cmpuint (f->calls, ==, 3);
  g_assert_cmpint (weir_now_us () - before_us, >=, 3 * WEIR_TICK_MS * 1000);
}

static void
test_timer (Fixture *f, gconstpointer data)
{
  gint64 before_us = weir_now_us ();

  f->timer = weir_timer_new (f->loop, 0, 1, on_tick, f);
  weir_loop_run (f->loop);
  g_assert_cmpuint (f->calls, ==, 3);
  g_assert_cmpint (weir_now_us (), >, before_us);
  g_assert_cmpint (weir_wall_ms (), >, G_GINT64_CONSTANT (1600000000000));
}

static void
test_timer_never_fires (Fixture *f, gconstpointer data)
{
  f->timer = weir_timer_new (f->loop, 3600000, 0, on_tick, f);
  weir_timer_free (f->timer);
  weir_timer_free (NULL);
  weir_loop_run (f->loop);
  g_assert_cmpuint (f->calls, ==, 0);
}

static void
test_timer_aside (Fixture *f, gconstpointer data)
{
  f->timer = weir_timer_new_aside (f->loop, 0, 1, on_tick, f);
  weir_loop_run (f->loop); /* nothing to wait for */
  g_assert_cmpuint (f->calls, <, 3);
  weir_timer_free (f->timer);
}

static void
on_message (gpointer message, gpointer data)
{
  Fixture *f = data;
  guint *number = message;

  weir_loop_assert_thread (f->loop);
  g_assert_cmpuint (*number, ==, f->next++);
  g_free (number);
  if (f->next == MESSAGES)
    g_clear_pointer (&f->timer, weir_timer_free);
}

static gpointer
putter (gpointer data)
{
  WeirMailbox *mailbox = data;

  for (guint i = 0; i < MESSAGES; i++) {
    guint *number = g_memdup2 (&i, sizeof i);

    while (!weir_mailbox_put (mailbox, number))
      g_thread_yield ();
  }
  return NULL;
}

/* Every message once, in order, on the loop, through a small box. */
static void
test_mailbox_from_thread (Fixture *f, gconstpointer data)
{
  GThread *thread;

  f->mailbox = weir_mailbox_new (f->loop, CAPACITY, on_message, g_free, f);
  watch (f);
  thread = g_thread_new ("putter", putter, f->mailbox);
  weir_loop_run (f->loop);
  g_thread_join (thread);
  weir_mailbox_free (f->mailbox);
  g_assert_cmpuint (f->next, ==, MESSAGES);
}

static void
free_message (gpointer message)
{
  guint **freed = message;

  ++**freed;
  g_free (message);
}

static void
deliver (gpointer message, gpointer data)
{
  Fixture *f = data;

  f->calls++;
  g_free (message);
}

static gpointer
message_for (Fixture *f)
{
  guint *freed = &f->freed;

  return g_memdup2 (&freed, sizeof freed);
}

/* At capacity the caller keeps its message; what was not delivered when the
 * box goes is freed. */
static void
test_mailbox_bounded (Fixture *f, gconstpointer data)
{
  gpointer extra = message_for (f);

  f->mailbox = weir_mailbox_new (f->loop, CAPACITY, deliver, free_message, f);
  for (guint i = 0; i < CAPACITY; i++)
    g_assert_true (weir_mailbox_put (f->mailbox, message_for (f)));
  g_assert_false (weir_mailbox_put (f->mailbox, extra));
  weir_mailbox_drain (f->mailbox);
  g_assert_cmpuint (f->calls, ==, CAPACITY);
  g_assert_true (weir_mailbox_put (f->mailbox, extra));
  weir_mailbox_free (f->mailbox);
  weir_mailbox_free (NULL);
  weir_loop_run (f->loop);
  g_assert_cmpuint (f->calls, ==, CAPACITY);
  g_assert_cmpuint (f->freed, ==, 1);
}

static void
deliver_one (gpointer message, gpointer data)
{
  Fixture *f = data;

  deliver (message, data);
  weir_mailbox_free (f->mailbox);
  weir_timer_free (f->timer);
}

/* Freed by its own function: nothing more is delivered. */
static void
test_mailbox_freed_within (Fixture *f, gconstpointer data)
{
  f->mailbox =
      weir_mailbox_new (f->loop, CAPACITY, deliver_one, free_message, f);
  for (guint i = 0; i < CAPACITY; i++)
    g_assert_true (weir_mailbox_put (f->mailbox, message_for (f)));
  watch (f);
  weir_loop_run (f->loop);
  g_assert_cmpuint (f->calls, ==, 1);
  g_assert_cmpuint (f->freed, ==, CAPACITY - 1);
}

static gpointer
assert_elsewhere (gpointer data)
{
  weir_loop_assert_thread (data);
  return NULL;
}

static void
test_wrong_thread (void)
{
  if (g_test_subprocess ()) {
    WeirLoop *loop = weir_loop_new ();

    g_thread_join (g_thread_new ("elsewhere", assert_elsewhere, loop));
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*a thread that is not the loop's*");
}

static void
test_leaked_handle (void)
{
  if (g_test_subprocess ()) {
    WeirLoop *loop = weir_loop_new ();

    weir_timer_new (loop, 3600000, 0, on_tick, NULL);
    weir_loop_free (loop);
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*still has open handles*");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/loop/timer", test_timer },
    { "/loop/timer-on-tick", test_timer_on_tick },
    { "/loop/timer-never-fires", test_timer_never_fires },
    { "/loop/timer-aside", test_timer_aside },
    { "/loop/mailbox-from-thread", test_mailbox_from_thread },
    { "/loop/mailbox-bounded", test_mailbox_bounded },
    { "/loop/mailbox-freed-within", test_mailbox_freed_within },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  g_test_add_func ("/loop/wrong-thread", test_wrong_thread);
  g_test_add_func ("/loop/leaked-handle", test_leaked_handle);
  return g_test_run ();
}

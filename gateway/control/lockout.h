/* Addresses that have guessed too often and are not listened to for a while.
 * Pure: the time comes in.
 *
 * An address that fails RULE.FAILURES times within RULE.WINDOW_US, counted
 * from its first failure, is locked out for RULE.LOCKOUT_US. What it tries
 * meanwhile neither counts nor prolongs it. */
#pragma once

#include <glib.h>

/* Addresses remembered. The one whose last failure is longest ago gives
 * way: whoever commands so many addresses gains nothing by keeping to one. */
#define WEIR_LOCKOUT_MAX_ADDRESSES 4096

typedef struct {
  guint failures; /* 0: nobody is ever locked out */
  gint64 window_us;
  gint64 lockout_us;
} WeirLockoutRule;

typedef struct _WeirLockout WeirLockout;

WeirLockout *weir_lockout_new (void);
void weir_lockout_free (WeirLockout *lockout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLockout, weir_lockout_free)

/* ADDRESS is what is counted by: the caller puts a network that one owner
 * has, as an IPv6 /64, into one. */
gboolean weir_lockout_is_out (
    const WeirLockout *lockout, const char *address, gint64 now_us);
/* A wrong key from ADDRESS. TRUE when it is locked out from now on. */
gboolean weir_lockout_fail (WeirLockout *lockout, const char *address,
    const WeirLockoutRule *rule, gint64 now_us);
/* A right key from ADDRESS: what it failed before is forgotten. */
void weir_lockout_forget (WeirLockout *lockout, const char *address);

/* Addresses remembered, and how many of them are locked out. */
guint weir_lockout_count (const WeirLockout *lockout);
guint weir_lockout_count_out (const WeirLockout *lockout, gint64 now_us);

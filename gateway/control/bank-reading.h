/* A list of entries on its way into a bank: what is to be read, and what it
 * held. lists/ reads it in a thread. */
#pragma once

#include "control/signal.h"

/* So many refused lines are told of; all are counted. */
#define WEIR_BANK_READING_MAX_REFUSALS 100

typedef struct {
  guint line; /* from 1; where the form has no lines, where the text stands */
  char *why;
} WeirBankRefusal;

typedef struct {
  char *bank;
  char *source; /* its name for people, "" without one */
  char *by;     /* who puts it in, for people */
  int fd;       /* a file of SIZE bytes that nobody writes to any more */
  gsize size;
  guint max;   /* new entries at most */
  guint lines; /* taken or refused so far; atomic while it is read */
  /* what it held */
  GPtrArray *signals; /* WeirSignal, new ones; NULL with ERROR */
  guint same;         /* hashes that the bank, or the list above, has */
  guint quarantined;  /* of SIGNALS */
  guint refused;
  GArray *refusals; /* WeirBankRefusal, the first of them */
  char *sha256;     /* of the whole file */
  GError *error;    /* nothing of it can be used */
} WeirBankReading;

/* Takes FD. */
WeirBankReading *weir_bank_reading_new (const char *bank, const char *source,
    const char *by, int fd, gsize size, guint max);
void weir_bank_reading_free (gpointer reading);

/* READING comes back, and is FUNC's. Loop thread. */
typedef void (*WeirBankReadingFunc) (WeirBankReading *reading, gpointer data);
/* ERROR: they are kept, but can't be looked for before the next generation. */
typedef void (*WeirBankLetInFunc) (const GError *error, gpointer data);

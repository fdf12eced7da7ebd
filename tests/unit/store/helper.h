/* What the tests of store/ share: a store on a file in a folder of its own,
 * and a second connection to the same file. */
#pragma once

#include "control/fixture.h"

#include <sqlite3.h>

typedef struct {
  WeirLoop *loop;
  char *dir;
  char *path;
  WeirStore *store;
  WeirStoreState state;
} StoreFixture;

void store_set_up (StoreFixture *f, gconstpointer data);
void store_tear_down (StoreFixture *f, gconstpointer data);

/* Opens the store with a queue of QUEUE and loads its state. */
void store_open (StoreFixture *f, guint queue);
void store_close (StoreFixture *f);
/* Both, on the same file. */
void store_reopen (StoreFixture *f);

/* Takes TXN. TRUE when it is durable; else the error must be NOT_DURABLE or
 * CONFLICT. */
gboolean store_write (StoreFixture *f, WeirTxn *txn);
/* The whole trail, oldest first, verified. Caller frees. */
GPtrArray *store_read_trail (StoreFixture *f);

/* A connection of our own. */
sqlite3 *store_connect (StoreFixture *f);
/* Runs SQL on it, which must work. */
void store_exec (sqlite3 *db, const char *sql);
gint64 store_int (sqlite3 *db, const char *sql);

WeirKey *store_key (
    const char *id, const char *app, const char *name, const char *secret);

/* The banks of the configuration, joined to one list that analyzers search:
 * entries of files, and signals that are put in and taken out while it is
 * searched. Loop thread. */
#pragma once

#include "base/loop.h"
#include "control/banks.h"
#include "core/settings.h"

/* Reads every [bank NAME]; relative paths from BASE_DIR. Signals are added
 * next; nothing is searched yet. */
WeirBanks *weir_banks_load (
    const WeirSettings *settings, const char *base_dir, GError **error);
void weir_banks_free (WeirBanks *banks);

/* Entries of files that are looked for, and signals. */
guint32 weir_banks_count (const WeirBanks *banks);
/* The greatest radius of any bank: what analyzers search with. */
guint weir_banks_radius (const WeirBanks *banks);

/* Builds the first generation of the index, or takes it from the file at
 * SAVED_PATH, which is written otherwise, now and after every reload of other
 * entries (NULL: neither); blocks for the building. -1
 * and ERROR on failure; else its descriptor, which stays the banks' until the
 * next one is there. What is added from now on analyzers see within the
 * generation. When it has filled up, a thread builds the next one meanwhile,
 * and ON_GENERATION is called with its descriptor. */
typedef void (*WeirBanksGenerationFunc) (int fd, gpointer data);
int weir_banks_start (WeirBanks *banks, WeirLoop *loop, const char *saved_path,
    WeirBanksGenerationFunc on_generation, gpointer data, GError **error);
/* Whether SETTINGS and the files that they name are what the banks are. */
gboolean weir_banks_are_of (
    const WeirBanks *banks, const WeirSettings *settings, const char *base_dir);

/* Loads the banks of SETTINGS, and makes a generation of them with all signals,
 * in threads; nothing of it shows before all of it is there. Then FUNC is
 * called: without ERROR the banks are the new ones, and the next call is
 * ON_GENERATION; with ERROR they stay what they were. SETTINGS must stay until
 * then, or weir_banks_stop (). One at a time, after weir_banks_start (). */
typedef void (*WeirBanksReloadFunc) (const GError *error, gpointer data);
void weir_banks_reload (WeirBanks *banks, const WeirSettings *settings,
    const char *base_dir, WeirBanksReloadFunc func, gpointer data);

/* Of the generation that is searched; -1 before the start. Borrowed. */
int weir_banks_get_fd (const WeirBanks *banks);

/* A WeirLookBackSearch, of BANKS: looks for COUNT hashes, which are copied, in
 * the generation that is searched, within the greatest radius of any bank, in a
 * thread. FUNC is called with what is found, unless the banks are stopped
 * before. FALSE when that can't be: one search at a time, between start and
 * stop. */
gboolean weir_banks_search (gpointer banks, const guint8 *hashes, guint count,
    WeirBankSearchFunc func, gpointer data);

/* Ends the threads; the index goes with weir_banks_free (). */
void weir_banks_stop (WeirBanks *banks);

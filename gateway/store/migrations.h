/* Numbered migrations of the SQLite store; user_version says how many have
 * been applied. Never change one that was released: add the next. */
#pragma once

extern const char *const weir_sqlite_migrations[];
extern const int weir_sqlite_n_migrations;

/* The schema, step by step. */
#include "store/migrations.h"

const char *const weir_sqlite_migrations[] = {
  /* 1: keys, bars, users, cases, the trail */
  "CREATE TABLE stream_key ("
  "  id TEXT PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL,"
  "  publisher TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,"
  "  created_ms INTEGER NOT NULL, rotated_ms INTEGER NOT NULL,"
  "  UNIQUE (app, name)) STRICT;"
  "CREATE TABLE bar ("
  "  id TEXT PRIMARY KEY, stream TEXT NOT NULL, publisher TEXT NOT NULL,"
  "  reason TEXT NOT NULL, case_id TEXT NOT NULL, by TEXT NOT NULL,"
  "  since_ms INTEGER NOT NULL) STRICT;"
  "CREATE TABLE user ("
  "  name TEXT PRIMARY KEY, role TEXT NOT NULL, token_hash BLOB NOT NULL)"
  "  STRICT;"
  "CREATE TABLE review_case ("
  "  id TEXT PRIMARY KEY, stream TEXT NOT NULL, publisher TEXT NOT NULL,"
  "  open INTEGER NOT NULL, opened_ms INTEGER NOT NULL,"
  "  public_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL,"
  "  to_ms INTEGER NOT NULL, first_hit_ms INTEGER NOT NULL,"
  "  last_hit_ms INTEGER NOT NULL, sampled_ms INTEGER NOT NULL,"
  "  hits INTEGER NOT NULL, bank TEXT, entry TEXT, item TEXT,"
  "  distance INTEGER NOT NULL, quality INTEGER NOT NULL,"
  "  probe INTEGER NOT NULL, reason TEXT, interim INTEGER NOT NULL,"
  "  verdict INTEGER NOT NULL, decided_by TEXT,"
  "  decided_ms INTEGER NOT NULL, exposure_ms INTEGER NOT NULL,"
  "  time_to_cut_us INTEGER NOT NULL, note TEXT) STRICT;"
  "CREATE INDEX review_case_by_time ON review_case (open, opened_ms);"
  "CREATE TABLE still ("
  "  case_id TEXT PRIMARY KEY REFERENCES review_case (id),"
  "  jpeg BLOB NOT NULL) STRICT;"
  "CREATE TABLE trail ("
  "  number INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
  "  actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,"
  "  detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
  "CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail"
  "  BEGIN SELECT RAISE (ABORT, 'the trail is not edited'); END;"
  "CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail"
  "  BEGIN SELECT RAISE (ABORT, 'the trail is not edited'); END;",
  /* 2: INSERT OR REPLACE removes a row without asking the triggers for
   * DELETE, so writing over a record is refused here, and a gap with it. */
  "CREATE TRIGGER trail_no_replace BEFORE INSERT ON trail"
  "  WHEN NEW.number <> (SELECT ifnull (max (number), 0) + 1 FROM trail)"
  "  BEGIN SELECT RAISE (ABORT, 'the trail is not edited'); END;",
  /* 3: what policy wanted of a case; 2 is "case", 50 the default priority */
  "ALTER TABLE review_case ADD COLUMN action INTEGER NOT NULL DEFAULT 2;"
  "ALTER TABLE review_case ADD COLUMN policy TEXT;"
  "ALTER TABLE review_case ADD COLUMN priority INTEGER NOT NULL DEFAULT 50;"
  "ALTER TABLE review_case ADD COLUMN deadline_ms INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE review_case ADD COLUMN on_timeout INTEGER NOT NULL DEFAULT 0;",
  /* 4: bars for a time */
  "ALTER TABLE bar ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;",
  /* 5: entries of banks that were put in while running */
  "CREATE TABLE bank_signal ("
  "  id TEXT PRIMARY KEY, bank TEXT NOT NULL, hash BLOB NOT NULL,"
  "  quality INTEGER NOT NULL, entry TEXT NOT NULL, item TEXT NOT NULL,"
  "  label TEXT NOT NULL, owner TEXT NOT NULL, opinion TEXT NOT NULL,"
  "  note TEXT NOT NULL, disable_until_ms INTEGER NOT NULL,"
  "  created_ms INTEGER NOT NULL, by TEXT NOT NULL) STRICT;",
  /* 6: what was seen: the signature of every sampled picture, and what those
   * that matched anything did */
  "CREATE TABLE signature ("
  "  number INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
  "  stream TEXT NOT NULL, started_ms INTEGER NOT NULL,"
  "  pts_ms INTEGER NOT NULL, quality INTEGER NOT NULL, hash BLOB NOT NULL)"
  "  STRICT;"
  "CREATE INDEX signature_of_stream ON signature (stream, number);"
  "CREATE TABLE hit ("
  "  number INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
  "  stream TEXT NOT NULL, started_ms INTEGER NOT NULL,"
  "  pts_ms INTEGER NOT NULL, quality INTEGER NOT NULL,"
  "  clean INTEGER NOT NULL, clean_from_ms INTEGER NOT NULL,"
  "  clean_to_ms INTEGER NOT NULL, matches TEXT NOT NULL) STRICT;"
  "CREATE INDEX hit_of_stream ON hit (stream, number);",
  /* 7: how long publishers have been on air */
  "CREATE TABLE publisher ("
  "  name TEXT PRIMARY KEY, aired_ms INTEGER NOT NULL,"
  "  last_ms INTEGER NOT NULL) STRICT;"
  "CREATE INDEX publisher_by_time ON publisher (last_ms);",
  /* 8: entries of banks whose matches are passed over, or were */
  "CREATE TABLE bank_quarantine ("
  "  id TEXT PRIMARY KEY, bank TEXT NOT NULL, entry TEXT NOT NULL,"
  "  reason TEXT NOT NULL, by TEXT NOT NULL, note TEXT NOT NULL,"
  "  since_ms INTEGER NOT NULL, released_ms INTEGER NOT NULL) STRICT;",
  /* 9: entries that count although their hash speaks against them */
  "ALTER TABLE bank_signal ADD COLUMN released_ms INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE bank_signal ADD COLUMN released_by TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE bank_signal ADD COLUMN release_note TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE bank_signal ADD COLUMN of_file INTEGER NOT NULL DEFAULT 0;",
  /* 10: quarantines that end by themselves */
  "ALTER TABLE bank_quarantine ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;",
  /* 11: names that a person closed; 0 is a blank, 1 a mute */
  "CREATE TABLE closure ("
  "  id TEXT PRIMARY KEY, stream TEXT NOT NULL, kind INTEGER NOT NULL,"
  "  by TEXT NOT NULL, reason TEXT NOT NULL, since_ms INTEGER NOT NULL,"
  "  until_ms INTEGER NOT NULL, UNIQUE (stream, kind)) STRICT;",
  /* 12: how often banks ("") and their entries have matched */
  "CREATE TABLE bank_hit ("
  "  bank TEXT NOT NULL, entry TEXT NOT NULL, hits INTEGER NOT NULL,"
  "  last_ms INTEGER NOT NULL, UNIQUE (bank, entry)) STRICT;"
  "CREATE INDEX bank_hit_by_time ON bank_hit (last_ms);",
};

const int weir_sqlite_n_migrations =
    sizeof weir_sqlite_migrations / sizeof *weir_sqlite_migrations;

-- What has happened to accounts and sessions. No reference to either: an entry outlives what it is about.

CREATE TABLE audit_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor_id INTEGER,
  target_id INTEGER,
  address TEXT,
  user_agent TEXT,
  session_high INTEGER,
  session_low INTEGER,
  success INTEGER NOT NULL CHECK (success IN (0, 1)),
  error_message TEXT,
  details TEXT NOT NULL,
  CHECK ((session_high IS NULL) = (session_low IS NULL)),
  CHECK ((address IS NULL) = (user_agent IS NULL))
) STRICT;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_entries_by_target ON audit_entries (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX audit_entries_by_time ON audit_entries (at);

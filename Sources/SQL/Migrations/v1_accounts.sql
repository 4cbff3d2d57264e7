-- Times are microseconds since 1970. A session's id is a UUID in two halves, so that a million of them are read without
-- making a million texts. Numbers of accounts and places in the log are never given twice (AUTOINCREMENT): a token of
-- an account that was removed must not fit the next one.

CREATE TABLE roles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE permissions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE role_permissions (
  role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  permission_id INTEGER NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
  PRIMARY KEY (role_id, permission_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_permissions_by_permission ON role_permissions (permission_id);

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  password_hash TEXT,
  provider TEXT NOT NULL,
  role_id INTEGER REFERENCES roles (id) ON DELETE SET NULL,
  is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1)),
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  has_second_factor INTEGER NOT NULL CHECK (has_second_factor IN (0, 1)),
  epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  first_name TEXT,
  last_name TEXT,
  phone_number TEXT,
  date_of_birth TEXT,
  picture_url TEXT,
  bio TEXT,
  address TEXT,
  city TEXT,
  state TEXT,
  country TEXT,
  zip_code TEXT,
  occupation TEXT
) STRICT;
CREATE INDEX accounts_by_role ON accounts (role_id);

CREATE TABLE sessions (
  id_high INTEGER NOT NULL,
  id_low INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_active_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  methods TEXT NOT NULL,
  proven_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT,
  PRIMARY KEY (id_high, id_low)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_activity ON sessions (last_active_at);

-- Either a session, or an account with the epoch that everything of it must carry at least. No reference to either:
-- an entry outlives what it is about.
CREATE TABLE revocations (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  session_high INTEGER,
  session_low INTEGER,
  account_id INTEGER,
  epoch INTEGER,
  at INTEGER NOT NULL,
  CHECK ((session_high IS NULL) = (session_low IS NULL)),
  CHECK ((account_id IS NULL) = (epoch IS NULL)),
  CHECK ((session_high IS NULL) <> (account_id IS NULL))
) STRICT;
CREATE INDEX revocations_by_time ON revocations (at);

INSERT INTO roles (name) VALUES ('admin'), ('user');
INSERT INTO permissions (name) VALUES ('rbac.admin');
INSERT INTO role_permissions (role_id, permission_id)
SELECT roles.id, permissions.id FROM roles, permissions WHERE roles.name = 'admin' AND permissions.name = 'rbac.admin';

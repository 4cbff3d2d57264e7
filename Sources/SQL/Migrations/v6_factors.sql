-- What people prove besides their password that they are who they are. `accounts.has_second_factor` says whether there
-- is any: a confirmed secret, mailed codes, a passkey.

-- `secret` is sealed under a key that the database does not have. It counts from when its first code was right.
-- `last_step`: the last 30 seconds whose code was accepted, which is not accepted again, nor any before it.
CREATE TABLE totp_factors (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  secret TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Whose owner wants to be mailed codes.
CREATE TABLE email_factors (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;

-- The text of a code is nowhere: `digest` is its HMAC under a key that the database does not have.
CREATE TABLE recovery_codes (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;

-- Browsers that are not asked for a second factor. `id` is no secret: the cookie's text is a seal over it.
CREATE TABLE trusted_browsers (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX trusted_browsers_by_account ON trusted_browsers (account_id);
CREATE INDEX trusted_browsers_by_expiry ON trusted_browsers (expires_at);

-- Numbers are never given twice (AUTOINCREMENT). `public_key` is a COSE_Key (RFC 9052, section 7); `transports` are
-- names with a space between them.
CREATE TABLE passkeys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  credential_id BLOB NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  name TEXT NOT NULL,
  sign_count INTEGER NOT NULL,
  transports TEXT NOT NULL,
  aaguid BLOB NOT NULL CHECK (length(aaguid) = 16),
  is_backup_eligible INTEGER NOT NULL CHECK (is_backup_eligible IN (0, 1)),
  is_backed_up INTEGER NOT NULL CHECK (is_backed_up IN (0, 1)),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX passkeys_by_account ON passkeys (account_id);

-- Challenges that have been answered: each is, once. A challenge itself is sealed, and kept nowhere.
CREATE TABLE used_challenges (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_challenges_by_expiry ON used_challenges (expires_at);

-- Whose members must have a second factor.
ALTER TABLE roles ADD COLUMN requires_second_factor INTEGER NOT NULL DEFAULT 0 CHECK (requires_second_factor IN (0, 1));

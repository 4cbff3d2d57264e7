-- The text of a token is nowhere: `digest` is its SHA-256. Numbers are never given twice (AUTOINCREMENT): the log of
-- revocations names a token by its number. `scopes` are names with a space between them, NULL where there is no limit.

CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  name TEXT NOT NULL,
  scopes TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_tokens_by_account ON api_tokens (account_id);

-- With the number of a token, an entry of an account is about that token alone.
ALTER TABLE revocations ADD COLUMN api_token_id INTEGER;

-- Links that are mailed. `id` is no secret: the link's text is a seal over it, under a key that the database does not
-- have. A link outlives its account, so that whoever follows it can be told.

CREATE TABLE links (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  purpose TEXT NOT NULL,
  account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
  email TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX links_by_email ON links (email) WHERE purpose = 'undo' AND email IS NOT NULL;
CREATE INDEX links_by_expiry ON links (expires_at);

-- Mails on their way: a row goes when the mail server has taken it. `due_at`: when the next attempt may begin, which
-- whoever makes one puts off first, so that nobody else makes it meanwhile. `given_up_at`: no attempt will be made.

CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id BLOB NOT NULL UNIQUE CHECK (length(message_id) = 16),
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  account_id INTEGER,
  link_id BLOB,
  link_purpose TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  problem TEXT,
  given_up_at INTEGER,
  CHECK ((link_id IS NULL) = (link_purpose IS NULL))
) STRICT;
CREATE INDEX mails_by_due ON mails (due_at) WHERE given_up_at IS NULL;

CREATE TABLE mail_values (
  mail_id INTEGER NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (mail_id, name)
) STRICT, WITHOUT ROWID;

-- Hashes that other programs have made, which are few and become fewer: each goes at its owner's next login.

CREATE INDEX accounts_by_foreign_hash ON accounts (id) WHERE substr(password_hash, 1, 10) <> '$argon2id$';

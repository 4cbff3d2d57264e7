-- Whether a session outlives the browser's: 1 and 0 as the person chose, NULL as JWT_SESSION_COOKIE says.
ALTER TABLE sessions ADD COLUMN is_persistent INTEGER CHECK (is_persistent IN (0, 1));

-- Raised whenever something that tokens say of the account has changed: role, permissions, name. Ends nothing.
ALTER TABLE accounts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- With a revision, an entry of an account ends nothing: what tokens of a lower one say of the account is out of date.
ALTER TABLE revocations ADD COLUMN revision INTEGER;

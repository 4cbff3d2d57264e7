-- The picture that a person has brought: the name of its files, 32 hexadecimal digits. `picture_url` is the address of a
-- picture that lies elsewhere.
ALTER TABLE accounts ADD COLUMN picture TEXT;
CREATE INDEX accounts_by_picture ON accounts (picture) WHERE picture IS NOT NULL;

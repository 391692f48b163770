-- Whether a token opens its surface for reading alone.
ALTER TABLE tokens ADD COLUMN read_only boolean NOT NULL DEFAULT false;

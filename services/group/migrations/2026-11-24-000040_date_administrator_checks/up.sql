-- When the marks of the account's administrators were last compared with the identity service's.
ALTER TABLE administrator_locks ADD COLUMN checked_at timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX administrator_locks_checked_at_idx ON administrator_locks (checked_at);

-- The secret before signs too for a while, so that a receiver can change over.
ALTER TABLE webhooks
    ADD COLUMN old_secret text,
    ADD COLUMN old_secret_expires_at timestamptz;

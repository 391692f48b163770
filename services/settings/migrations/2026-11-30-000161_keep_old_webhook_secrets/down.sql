ALTER TABLE webhooks
    DROP COLUMN old_secret,
    DROP COLUMN old_secret_expires_at;

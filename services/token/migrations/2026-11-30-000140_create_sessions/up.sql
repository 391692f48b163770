-- Sessions of the console. The secret itself is never stored, only its SHA-256. A session ends with its token.
CREATE TABLE sessions (
    account_id    bigint      NOT NULL,
    secret_sha256 bytea       NOT NULL,
    token_id      bigint      NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    last_used_at  timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    CONSTRAINT sessions_pkey PRIMARY KEY (account_id, secret_sha256),
    CONSTRAINT sessions_token_fkey FOREIGN KEY (account_id, token_id)
        REFERENCES tokens (account_id, id) ON DELETE CASCADE,
    CONSTRAINT sessions_secret_sha256_check CHECK (octet_length(secret_sha256) = 32)
);

-- The sessions of a token.
CREATE INDEX sessions_token_idx ON sessions (account_id, token_id);

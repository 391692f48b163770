-- Bearer tokens. The secret itself is never stored, only its SHA-256.
CREATE TABLE tokens (
    account_id    bigint      NOT NULL,
    id            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind          text        NOT NULL,
    name          text        NOT NULL,
    secret_sha256 bytea       NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    last_used_at  timestamptz,
    expires_at    timestamptz,
    CONSTRAINT tokens_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT tokens_kind_check CHECK (kind IN ('scim', 'admin')),
    CONSTRAINT tokens_name_check CHECK (char_length(name) BETWEEN 1 AND 255),
    CONSTRAINT tokens_secret_sha256_check CHECK (octet_length(secret_sha256) = 32)
);

-- The look-up of a presented token.
CREATE UNIQUE INDEX tokens_secret_sha256_key ON tokens (account_id, secret_sha256);

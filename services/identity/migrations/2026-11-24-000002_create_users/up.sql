-- Users. `resource` is the truth; every `…_key`, `email_…` and `search` value is derived from it when
-- a row is written, in the form of comparison (NFKC and full case folding), and serves filters and
-- sorting alone. Texts compare by code point, the same on every host.
CREATE TABLE users (
    account_id bigint NOT NULL,
    id uuid NOT NULL,
    user_name_key text COLLATE "C" NOT NULL,
    -- As the identity provider sent it: compared exactly.
    external_id text COLLATE "C",
    -- Null: not stated, which counts as active.
    active boolean,
    display_name_key text COLLATE "C",
    family_name_key text COLLATE "C",
    email_keys text[] COLLATE "C" NOT NULL,
    -- The same, one a line, for the trigrams.
    email_text text COLLATE "C" NOT NULL,
    license_type text COLLATE "C" NOT NULL,
    -- False after a SCIM client removed the licence extension: the licence stays, unseen over SCIM.
    license_shown boolean NOT NULL,
    -- Whether an active user holds the licence, and with it a seat. False until an invitation is redeemed,
    -- where the account wants it so; false of the inactive who must be invited (again) to come back.
    licensed boolean NOT NULL DEFAULT true,
    scim_managed boolean NOT NULL,
    -- Whether the user administers the account; marked by the group service, which knows.
    is_admin boolean NOT NULL DEFAULT false,
    -- The canonical SCIM resource without id, meta, schemas and licence.
    resource jsonb NOT NULL,
    -- The same in the form of comparison.
    search jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    CONSTRAINT users_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT users_user_name_key_key UNIQUE (account_id, user_name_key)
);

CREATE INDEX users_external_id_idx ON users (account_id, external_id);
CREATE INDEX users_display_name_idx ON users (account_id, display_name_key);
CREATE INDEX users_family_name_idx ON users (account_id, family_name_key);
CREATE INDEX users_updated_at_idx ON users (account_id, updated_at, id);
CREATE INDEX users_seats_idx ON users (account_id, license_type) WHERE active IS DISTINCT FROM false AND licensed;
CREATE INDEX users_admins_idx ON users (account_id) WHERE is_admin;
CREATE INDEX users_email_keys_idx ON users USING gin (account_id, email_keys);
CREATE INDEX users_user_name_trigram_idx ON users USING gin (account_id, user_name_key gin_trgm_ops);
CREATE INDEX users_display_name_trigram_idx ON users USING gin (account_id, display_name_key gin_trgm_ops);
CREATE INDEX users_email_trigram_idx ON users USING gin (account_id, email_text gin_trgm_ops);

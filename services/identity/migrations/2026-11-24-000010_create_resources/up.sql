-- Resources of the types that the operator configured. `resource` is the truth; `search` is derived from it
-- when a row is written, in the form of comparison, and serves filters and sorting alone.
CREATE TABLE resources (
    account_id bigint NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    external_id text COLLATE "C",
    -- The canonical SCIM resource without id, meta and schemas.
    resource jsonb NOT NULL,
    search jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    CONSTRAINT resources_pkey PRIMARY KEY (account_id, resource_type, id)
);

CREATE INDEX resources_external_id_idx ON resources (account_id, resource_type, external_id);
CREATE INDEX resources_updated_at_idx ON resources (account_id, resource_type, updated_at, id);

-- The values of attributes whose values must be unique, of these resources and of the extensions of users, in
-- the form of comparison: one row each.
CREATE TABLE resource_keys (
    account_id bigint NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    CONSTRAINT resource_keys_pkey PRIMARY KEY (account_id, resource_type, attribute, key)
);

CREATE INDEX resource_keys_resource_idx ON resource_keys (account_id, resource_type, resource_id);

CREATE TABLE license_maps (
    account_id bigint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    license_type text NOT NULL,
    -- Names of groups at the identity provider, compared exactly.
    sso_groups text[] NOT NULL,
    CONSTRAINT license_maps_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT license_maps_license_type_key UNIQUE (account_id, license_type),
    CONSTRAINT license_maps_account_fkey FOREIGN KEY (account_id)
        REFERENCES accounts (account_id) ON DELETE CASCADE
);

CREATE TABLE accounts (
    account_id bigint NOT NULL,
    name text NOT NULL,
    plan text NOT NULL,
    scim_enabled boolean NOT NULL DEFAULT false,
    manual_updates_allowed boolean NOT NULL DEFAULT false,
    scim_controlled_license_type boolean NOT NULL DEFAULT false,
    email_user_names boolean NOT NULL DEFAULT false,
    license_on_redemption boolean NOT NULL DEFAULT false,
    default_license_type text NOT NULL DEFAULT '',
    allow_admin_lockout boolean NOT NULL DEFAULT false,
    strict boolean NOT NULL DEFAULT false,
    ip_restrictions_enabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    CONSTRAINT accounts_pkey PRIMARY KEY (account_id)
);

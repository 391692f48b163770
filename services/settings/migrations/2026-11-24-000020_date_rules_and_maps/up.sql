ALTER TABLE ip_rules
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now());
ALTER TABLE license_maps
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now());

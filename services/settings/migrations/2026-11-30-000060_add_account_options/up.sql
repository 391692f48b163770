ALTER TABLE accounts
    ADD COLUMN unique_external_id boolean NOT NULL DEFAULT false,
    ADD COLUMN protect_permission_groups boolean NOT NULL DEFAULT false;

-- Invitations. Their state follows from the times, by the clock of the database.
CREATE TABLE invitations (
    account_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id uuid NOT NULL,
    email text NOT NULL,
    -- `standard` or `scim`.
    type text NOT NULL,
    group_ids text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    sent_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    expires_at timestamptz NOT NULL,
    redeemed_at timestamptz,
    revoked_at timestamptz,
    -- Whether the change log says that it expired.
    expiry_logged boolean NOT NULL DEFAULT false,
    CONSTRAINT invitations_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT invitations_user_fkey FOREIGN KEY (account_id, user_id)
        REFERENCES users (account_id, id) ON DELETE CASCADE
);

CREATE INDEX invitations_user_idx ON invitations (account_id, user_id);
CREATE INDEX invitations_expiry_idx ON invitations (expires_at)
    WHERE redeemed_at IS NULL AND revoked_at IS NULL AND NOT expiry_logged;

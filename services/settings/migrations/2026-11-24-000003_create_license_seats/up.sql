CREATE TABLE license_seats (
    account_id bigint NOT NULL,
    license_type text NOT NULL,
    -- Null: without limit.
    total bigint,
    CONSTRAINT license_seats_pkey PRIMARY KEY (account_id, license_type),
    CONSTRAINT license_seats_account_fkey FOREIGN KEY (account_id)
        REFERENCES accounts (account_id) ON DELETE CASCADE,
    CONSTRAINT license_seats_total_check CHECK (total >= 0)
);

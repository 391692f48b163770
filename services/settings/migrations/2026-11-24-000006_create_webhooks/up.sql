-- Apart from accounts, so that no read of an account ever holds the secret.
CREATE TABLE webhooks (
    account_id bigint NOT NULL,
    url text NOT NULL,
    -- In clear: deliveries are signed with it.
    secret text NOT NULL,
    CONSTRAINT webhooks_pkey PRIMARY KEY (account_id),
    CONSTRAINT webhooks_account_fkey FOREIGN KEY (account_id)
        REFERENCES accounts (account_id) ON DELETE CASCADE
);

CREATE TABLE ip_rules (
    account_id bigint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    allows boolean NOT NULL,
    -- In canonical form: `192.0.2.0/24`, `2001:db8::/32`.
    cidrs text[] NOT NULL,
    CONSTRAINT ip_rules_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT ip_rules_account_fkey FOREIGN KEY (account_id)
        REFERENCES accounts (account_id) ON DELETE CASCADE
);

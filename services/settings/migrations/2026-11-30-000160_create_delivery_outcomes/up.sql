-- What last became of the webhook deliveries of an account; a delivery's own row goes when it arrives.
CREATE TABLE delivery_outcomes (
    account_id bigint NOT NULL,
    succeeded_at timestamptz,
    failed_at timestamptz,
    -- The outcome of the attempt that failed last, never a body.
    last_error text NOT NULL DEFAULT '',
    CONSTRAINT delivery_outcomes_pkey PRIMARY KEY (account_id)
);

-- What of an account has waited longest, and what that has failed is tried again first.
CREATE INDEX deliveries_waiting_idx ON deliveries (account_id, channel, sequence) WHERE dead_at IS NULL;
CREATE INDEX deliveries_failed_idx ON deliveries (account_id, channel, next_attempt_at)
    WHERE dead_at IS NULL AND last_error <> '';

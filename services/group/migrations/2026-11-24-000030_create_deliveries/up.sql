-- Changes that are still to be delivered, or were given up. A row goes when it is delivered.
CREATE TABLE deliveries (
    account_id bigint NOT NULL,
    change_id uuid NOT NULL,
    -- `webhook` or `mail`.
    channel text NOT NULL,
    resource_id text NOT NULL,
    sequence bigint NOT NULL,
    attempt_count integer NOT NULL DEFAULT 0,
    -- While an attempt is under way: when others may take it for lost.
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    -- The outcome of the last attempt, never a body.
    last_error text NOT NULL DEFAULT '',
    -- When it was given up.
    dead_at timestamptz,
    CONSTRAINT deliveries_pkey PRIMARY KEY (account_id, change_id, channel)
);

CREATE INDEX deliveries_due_idx ON deliveries (next_attempt_at) WHERE dead_at IS NULL;
CREATE INDEX deliveries_resource_idx ON deliveries (account_id, channel, resource_id, sequence)
    WHERE dead_at IS NULL;
CREATE INDEX deliveries_dead_idx ON deliveries (account_id, dead_at) WHERE dead_at IS NOT NULL;

-- One row: the last change of the feed that was looked at. Its row lock admits one process at a time.
CREATE TABLE delivery_position (
    id smallint NOT NULL DEFAULT 1,
    last bigint NOT NULL DEFAULT 0,
    CONSTRAINT delivery_position_pkey PRIMARY KEY (id),
    CONSTRAINT delivery_position_one_row CHECK (id = 1)
);

-- Webhooks hear of what comes from now on: what has no number yet will get the next ones.
INSERT INTO delivery_position (last)
SELECT last + (SELECT count(*) FROM changes WHERE sequence IS NULL) FROM change_sequence;

-- The change log: one row per mutation, written in the mutation's own transaction.
CREATE TABLE changes (
    account_id bigint NOT NULL,
    id uuid NOT NULL,
    -- The place in the feed; given only after the row is committed, by the sequencer.
    sequence bigint,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    request_id text NOT NULL,
    -- The address of the actor's request; empty: not known.
    actor_ip text NOT NULL,
    resource_id text NOT NULL,
    -- Names only, never values.
    changed_attributes text[] NOT NULL,
    -- The clock at the insert, not the start of the transaction: rows of one resource are written
    -- under its lock, so this orders them as they were committed, whichever replica wrote them.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT changes_pkey PRIMARY KEY (account_id, id)
);

-- Not unique, since a unique index without the account cannot be spread by account. The lock on
-- `change_sequence` keeps numbers apart.
CREATE INDEX changes_sequence_idx ON changes (sequence);
-- The audit log of an account, the newest first.
CREATE INDEX changes_account_idx ON changes (account_id, created_at, id);
CREATE INDEX changes_unnumbered_idx ON changes (created_at, id) WHERE sequence IS NULL;

-- Append-only, also for the owner: what is written can only be given its number.
REVOKE UPDATE, DELETE, TRUNCATE ON changes FROM CURRENT_USER;
GRANT UPDATE (sequence) ON changes TO CURRENT_USER;

-- One row: the last number given. Its row lock admits one sequencer at a time.
CREATE TABLE change_sequence (
    id smallint NOT NULL DEFAULT 1,
    last bigint NOT NULL DEFAULT 0,
    CONSTRAINT change_sequence_pkey PRIMARY KEY (id),
    CONSTRAINT change_sequence_one_row CHECK (id = 1)
);

INSERT INTO change_sequence DEFAULT VALUES;

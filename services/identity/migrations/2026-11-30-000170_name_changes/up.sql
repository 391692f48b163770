-- What the resource was called when it changed; empty: it has no name, or the row is older than this column.
ALTER TABLE changes
    ADD COLUMN resource_name text NOT NULL DEFAULT '',
    -- The same as it is compared.
    ADD COLUMN resource_name_key text NOT NULL DEFAULT '',
    ADD COLUMN resource_display_name text NOT NULL DEFAULT '',
    -- Old and new values of what is not personal: [{"attribute": …, "old": …, "new": …}].
    ADD COLUMN changed_values jsonb,
    -- Who joined and who left a group: the ids of the first, and how many they were.
    ADD COLUMN members_joined uuid[],
    ADD COLUMN members_joined_count bigint,
    ADD COLUMN members_left uuid[],
    ADD COLUMN members_left_count bigint;

CREATE TABLE groups (
    account_id bigint NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    -- The name as it is compared: without case, whatever the locale of the server.
    display_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    scim_managed boolean NOT NULL,
    -- Every other attribute, extensions under their URNs.
    resource jsonb NOT NULL,
    -- The same in the form that filters compare.
    search jsonb NOT NULL,
    -- Kept with the rows of group_members, so that no read counts them.
    member_count bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- What an account keeps of a group beyond SCIM; it is no part of the resource and its version.
    assign_by_default boolean NOT NULL DEFAULT false,
    sso_mapping_groups text[] NOT NULL DEFAULT '{}',
    -- Whether it has the permission set account_admin; kept with the rows of group_permissions.
    administers boolean NOT NULL DEFAULT false,
    CONSTRAINT groups_pkey PRIMARY KEY (account_id, id)
);

CREATE UNIQUE INDEX groups_display_name_idx ON groups (account_id, display_name_key);
CREATE INDEX groups_external_id_idx ON groups (account_id, external_id);
CREATE INDEX groups_updated_at_idx ON groups (account_id, updated_at);
-- Few of many groups: those a sign-in may put a user into.
CREATE INDEX groups_sign_in_idx ON groups (account_id)
    WHERE assign_by_default OR sso_mapping_groups <> '{}';

CREATE TABLE group_permissions (
    account_id bigint NOT NULL,
    group_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    permission_set text NOT NULL,
    -- None: all projects.
    project_id bigint,
    writable_environment_categories text[] NOT NULL,
    CONSTRAINT group_permissions_pkey PRIMARY KEY (account_id, group_id, id),
    CONSTRAINT group_permissions_group_fkey FOREIGN KEY (account_id, group_id)
        REFERENCES groups (account_id, id) ON DELETE CASCADE
);

CREATE TABLE group_members (
    account_id bigint NOT NULL,
    group_id uuid NOT NULL,
    member_id uuid NOT NULL,
    -- 1 user, 2 group: the numbers of muster.group.v1.MemberType.
    member_type smallint NOT NULL,
    -- What the member owes its place to: scim, manual, default (a default group) or sso (a mapping).
    source text NOT NULL CHECK (source IN ('scim', 'manual', 'default', 'sso')),
    -- The order in which members were added.
    position bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT group_members_pkey PRIMARY KEY (account_id, group_id, member_id),
    CONSTRAINT group_members_group_fkey FOREIGN KEY (account_id, group_id)
        REFERENCES groups (account_id, id) ON DELETE CASCADE
);

CREATE INDEX group_members_member_idx ON group_members (account_id, member_id);

-- The users that were found at the identity service when they were first made members, and those that
-- were deleted or deactivated there. Adding a member locks its row for share, deleting or deactivating a
-- user updates it: so neither can miss the other.
CREATE TABLE known_users (
    account_id bigint NOT NULL,
    user_id uuid NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    CONSTRAINT known_users_pkey PRIMARY KEY (account_id, user_id)
);

-- One row per account with nested groups; its row lock admits one change of nesting at a time, since
-- two at once could close a cycle that neither sees.
CREATE TABLE nesting_locks (
    account_id bigint NOT NULL,
    CONSTRAINT nesting_locks_pkey PRIMARY KEY (account_id)
);

-- One row per account with administrators; its row lock admits one change of who is one at a time, since
-- of two at once each could count on the membership that the other ends. Taken after every other lock.
CREATE TABLE administrator_locks (
    account_id bigint NOT NULL,
    CONSTRAINT administrator_locks_pkey PRIMARY KEY (account_id)
);

-- One row: the last change of the identity service that was applied here. Its row lock admits one
-- follower at a time.
CREATE TABLE feed_position (
    id smallint NOT NULL DEFAULT 1,
    sequence bigint NOT NULL DEFAULT 0,
    CONSTRAINT feed_position_pkey PRIMARY KEY (id),
    CONSTRAINT feed_position_one_row CHECK (id = 1)
);

INSERT INTO feed_position DEFAULT VALUES;

//! The tables, as the migrations make them.

diesel::table! {
    administrator_locks (account_id) {
        account_id -> Int8,
        checked_at -> Timestamptz,
    }
}

diesel::table! {
    feed_position (id) {
        id -> Int2,
        sequence -> Int8,
    }
}

diesel::table! {
    group_members (account_id, group_id, member_id) {
        account_id -> Int8,
        group_id -> Uuid,
        member_id -> Uuid,
        member_type -> Int2,
        source -> Text,
        position -> Int8,
    }
}

diesel::table! {
    group_permissions (account_id, group_id, id) {
        account_id -> Int8,
        group_id -> Uuid,
        id -> Int8,
        permission_set -> Text,
        project_id -> Nullable<Int8>,
        writable_environment_categories -> Array<Text>,
    }
}

diesel::table! {
    groups (account_id, id) {
        account_id -> Int8,
        id -> Uuid,
        display_name -> Text,
        display_name_key -> Text,
        external_id -> Nullable<Text>,
        scim_managed -> Bool,
        resource -> Jsonb,
        search -> Jsonb,
        member_count -> Int8,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        assign_by_default -> Bool,
        sso_mapping_groups -> Array<Text>,
        administers -> Bool,
        number -> Int8,
        scim_allowed -> Bool,
    }
}

diesel::table! {
    known_users (account_id, user_id) {
        account_id -> Int8,
        user_id -> Uuid,
        deleted -> Bool,
        active -> Bool,
    }
}

diesel::table! {
    nesting_locks (account_id) {
        account_id -> Int8,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    administrator_locks,
    feed_position,
    group_members,
    group_permissions,
    groups,
    known_users,
    nesting_locks,
);

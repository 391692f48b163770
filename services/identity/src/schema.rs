// @generated automatically by Diesel CLI.

diesel::table! {
    deliveries (account_id, change_id, channel) {
        account_id -> Int8,
        change_id -> Uuid,
        channel -> Text,
        resource_id -> Text,
        sequence -> Int8,
        attempt_count -> Int4,
        next_attempt_at -> Timestamptz,
        last_error -> Text,
        dead_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    delivery_position (id) {
        id -> Int2,
        last -> Int8,
    }
}

diesel::table! {
    invitations (account_id, id) {
        account_id -> Int8,
        id -> Int8,
        user_id -> Uuid,
        email -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        group_ids -> Array<Nullable<Text>>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        redeemed_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        expiry_logged -> Bool,
        handed_over_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    resource_keys (account_id, resource_type, attribute, key) {
        account_id -> Int8,
        resource_type -> Text,
        attribute -> Text,
        key -> Text,
        resource_id -> Uuid,
    }
}

diesel::table! {
    resources (account_id, resource_type, id) {
        account_id -> Int8,
        resource_type -> Text,
        id -> Uuid,
        external_id -> Nullable<Text>,
        resource -> Jsonb,
        search -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    users (account_id, id) {
        account_id -> Int8,
        id -> Uuid,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        active -> Nullable<Bool>,
        display_name_key -> Nullable<Text>,
        family_name_key -> Nullable<Text>,
        email_keys -> Array<Nullable<Text>>,
        email_text -> Text,
        license_type -> Text,
        license_shown -> Bool,
        licensed -> Bool,
        scim_managed -> Bool,
        is_admin -> Bool,
        resource -> Jsonb,
        search -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        number -> Int8,
        manager_id -> Nullable<Uuid>,
        search_text -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(invitations, users,);

// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (account_id) {
        account_id -> Int8,
        name -> Text,
        plan -> Text,
        scim_enabled -> Bool,
        manual_updates_allowed -> Bool,
        scim_controlled_license_type -> Bool,
        email_user_names -> Bool,
        license_on_redemption -> Bool,
        default_license_type -> Text,
        allow_admin_lockout -> Bool,
        strict -> Bool,
        unique_external_id -> Bool,
        protect_permission_groups -> Bool,
        ip_restrictions_enabled -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    ip_rules (account_id, id) {
        account_id -> Int8,
        id -> Int8,
        name -> Text,
        allows -> Bool,
        cidrs -> Array<Text>,
        description -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    license_maps (account_id, id) {
        account_id -> Int8,
        id -> Int8,
        license_type -> Text,
        sso_groups -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    license_seats (account_id, license_type) {
        account_id -> Int8,
        license_type -> Text,
        total -> Nullable<Int8>,
    }
}

diesel::table! {
    webhooks (account_id) {
        account_id -> Int8,
        url -> Text,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_secret_expires_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(ip_rules -> accounts (account_id));
diesel::joinable!(license_maps -> accounts (account_id));
diesel::joinable!(license_seats -> accounts (account_id));
diesel::joinable!(webhooks -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    ip_rules,
    license_maps,
    license_seats,
    webhooks,
);

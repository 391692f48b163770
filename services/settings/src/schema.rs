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

diesel::joinable!(license_seats -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(accounts, license_seats,);

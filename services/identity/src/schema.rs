// @generated automatically by Diesel CLI.

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
        scim_managed -> Bool,
        resource -> Jsonb,
        search -> Jsonb,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

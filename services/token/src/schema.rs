// @generated automatically by Diesel CLI.

diesel::table! {
    tokens (account_id, id) {
        account_id -> Int8,
        id -> Int8,
        kind -> Text,
        name -> Text,
        secret_sha256 -> Bytea,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        read_only -> Bool,
    }
}

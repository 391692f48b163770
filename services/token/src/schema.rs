// @generated automatically by Diesel CLI.

diesel::table! {
    sessions (account_id, secret_sha256) {
        account_id -> Int8,
        secret_sha256 -> Bytea,
        token_id -> Int8,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
    }
}

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

diesel::allow_tables_to_appear_in_same_query!(sessions, tokens);

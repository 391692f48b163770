//! The tables, which every service that delivers has.

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
    delivery_outcomes (account_id) {
        account_id -> Int8,
        succeeded_at -> Nullable<Timestamptz>,
        failed_at -> Nullable<Timestamptz>,
        last_error -> Text,
    }
}

diesel::table! {
    delivery_position (id) {
        id -> Int2,
        last -> Int8,
    }
}

//! The requests of dbt's Terraform provider (account-behaviour §2A, §2C), replayed from `tests/terraform/*.json`.

use crate::{harness::App, replay::replay};

macro_rules! replays {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            replay("terraform", stringify!($name), App::start().await.admin()).await;
        }
    )* };
}

replays! { scim_config scim_config_token group license_map ip_restrictions_rule }

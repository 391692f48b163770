//! What identity providers send, replayed from `tests/idp/*.json`: one file per client and life cycle.

use crate::{harness::App, replay::replay};

macro_rules! replays {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            replay("idp", stringify!($name), &App::start().await.scim).await;
        }
    )* };
}

replays! {
    entra entra_062020 entra_validator entra_variants entra_postman
    okta_wizard okta_catalogue okta_spec okta_crud
    onelogin ping_put ping_patch jumpcloud google_workspace aws_identity_center
    cyberark servicenow ibm_verify authentik keycloak_plugin iga
}

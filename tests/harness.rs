//! An account of its own for each test.

use std::env;

use proto::{
    protocol::v1::{Actor, actor},
    settings::v1::{self as settings, settings_service_client::SettingsServiceClient},
    token::v1::{self as token, token_service_client::TokenServiceClient},
};
use tonic::transport::Channel;

use crate::client::Client;

/// One account of the running system, and clients for it.
pub(crate) struct App {
    /// The SCIM endpoints with a SCIM token.
    pub(crate) scim: Client,
    account: Option<Account>,
}

/// What only a stack that this run started can give: an account by gRPC.
struct Account {
    id: i64,
    admin: Client,
    settings: SettingsServiceClient<Channel>,
    tokens: TokenServiceClient<Channel>,
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of a variable that `tests/run` sets.
pub(crate) fn required(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("{name} is not set: run these tests by tests/run"))
}

/// An actor for calls made by a test itself.
pub(crate) fn actor() -> Option<Actor> {
    Some(Actor {
        kind: actor::Kind::Service.into(),
        id: "tests".to_owned(),
        name: "tests".to_owned(),
        request_id: "test".to_owned(),
        ip_address: String::new(),
    })
}

impl App {
    /// A fresh account with SCIM on, in the stack of this run; with `BASE_URL` and `TOKEN`, theirs.
    pub(crate) async fn start() -> App {
        match (variable("BASE_URL"), variable("TOKEN")) {
            (Some(base_url), Some(token)) => App {
                scim: Client::new(&base_url, &token),
                account: None,
            },
            _ => {
                App::in_stack(
                    &required("PUBLIC_URL"),
                    &required("SETTINGS_URL"),
                    &required("TOKEN_URL"),
                )
                .await
            }
        }
    }

    /// A fresh account with SCIM on, in the stack at these URLs.
    pub(crate) async fn in_stack(public_url: &str, settings_url: &str, token_url: &str) -> App {
        let enterprise = settings::Account {
            plan: settings::Plan::EnterprisePlus.into(),
            ..Default::default()
        };
        let app = App::set_up(public_url, settings_url, token_url, enterprise).await;
        app.set_scim(true).await;
        app
    }

    /// A fresh account of this plan and with these licences, in the stack of this run; SCIM is as it is at first.
    pub(crate) async fn with(account: settings::Account) -> App {
        let (settings_url, token_url) = (required("SETTINGS_URL"), required("TOKEN_URL"));
        App::set_up(&required("PUBLIC_URL"), &settings_url, &token_url, account).await
    }

    async fn set_up(
        public_url: &str,
        settings_url: &str,
        token_url: &str,
        account: settings::Account,
    ) -> App {
        let id = i64::from(uuid::Uuid::now_v7().as_u64_pair().1 as u32) + 1000;
        let mut settings = SettingsServiceClient::connect(settings_url.to_owned())
            .await
            .expect("settings service");
        let tokens = TokenServiceClient::connect(token_url.to_owned())
            .await
            .expect("token service");
        settings
            .create_account(settings::CreateAccountRequest {
                account: Some(settings::Account {
                    id,
                    name: format!("Test {id}"),
                    ..account
                }),
                actor: actor(),
            })
            .await
            .expect("an account");
        let account_url = format!("{public_url}/api/v3/accounts/{id}");
        let mut account = Account {
            id,
            admin: Client::new(&account_url, ""),
            settings,
            tokens,
        };
        let scim = account.new_token(token::TokenKind::Scim).await;
        let admin = account.new_token(token::TokenKind::Admin).await;
        account.admin = Client::new(&account_url, &admin);
        account.admin.media_type = "application/json";
        App {
            scim: Client::new(&format!("{account_url}/scim/v2"), &scim),
            account: Some(account),
        }
    }

    fn account(&self) -> &Account {
        self.account
            .as_ref()
            .expect("this test needs a stack of its own, not BASE_URL")
    }

    /// The account's id.
    pub(crate) fn id(&self) -> i64 {
        self.account().id
    }

    /// The account's admin API: paths are relative to `/api/v3/accounts/{id}`.
    pub(crate) fn admin(&self) -> &Client {
        &self.account().admin
    }

    /// Allows changes by hand of what SCIM manages, or not; SCIM is on.
    pub(crate) async fn allow_manual_updates(&self, allowed: bool) {
        let body = serde_json::json!({"enabled": true, "manual_updates_allowed": allowed});
        self.admin().post("/scim-config/", &body).await.expect(200);
    }

    /// Switches SCIM on or off.
    pub(crate) async fn set_scim(&self, enabled: bool) {
        self.account().set_scim(enabled).await;
    }
}

impl Account {
    async fn set_scim(&self, enabled: bool) {
        self.settings
            .clone()
            .update_scim_configuration(settings::UpdateScimConfigurationRequest {
                account_id: self.id,
                scim_configuration: Some(settings::ScimConfiguration {
                    enabled,
                    ..Default::default()
                }),
                update_mask: Some(proto::mask::all()),
                actor: actor(),
            })
            .await
            .expect("a configuration");
    }

    async fn new_token(&self, kind: token::TokenKind) -> String {
        self.tokens
            .clone()
            .create_token(token::CreateTokenRequest {
                account_id: self.id,
                kind: kind.into(),
                name: "test".to_owned(),
                actor: actor(),
                ..Default::default()
            })
            .await
            .expect("a token")
            .into_inner()
            .secret
    }
}

/// A name no other test uses.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::now_v7().simple())
}

//! What the gateway was told of accounts and tokens, and may use for as long as their owners said.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use chassis::client::Channel;
use lease::{Answer, Leases};
use proto::{
    settings::v1::{Account, GetAccountRequest, settings_service_client::SettingsServiceClient},
    token::v1::{
        AuthenticateTokenRequest, Token, TokenKind, token_service_client::TokenServiceClient,
    },
};
use tonic::Status;

use crate::clients::Clients;

/// The accounts and tokens known.
#[derive(Debug)]
pub(crate) struct Known {
    settings: SettingsServiceClient<Channel>,
    token: TokenServiceClient<Channel>,
    accounts: Leases<i64, Arc<Account>>,
    tokens: Leases<Presented, Arc<Token>>,
}

/// What a token is known by: the account addressed, the surface, the SHA-256 of the secret.
type Presented = (i64, TokenKind, Vec<u8>);

impl Known {
    pub(crate) fn new(clients: &Clients) -> Known {
        Known {
            settings: clients.settings.clone(),
            token: clients.token.clone(),
            accounts: Leases::new("settings"),
            tokens: Leases::new("token"),
        }
    }

    /// An account.
    ///
    /// # Errors
    /// RESOURCE_NOT_FOUND: there is none. DEPENDENCY_UNAVAILABLE.
    pub(crate) async fn account(&self, account_id: i64) -> Result<Arc<Account>, Status> {
        let ask = || {
            let mut settings = self.settings.clone();
            async move {
                let account = settings
                    .get_account(GetAccountRequest { account_id })
                    .await?;
                let account = account.into_inner();
                let lease = account.lease;
                Ok(Answer::new(Arc::new(account), lease))
            }
        };
        self.accounts.get(account_id, ask).await
    }

    /// The live token of a secret.
    ///
    /// # Errors
    /// TOKEN_INVALID: there is none. DEPENDENCY_UNAVAILABLE.
    pub(crate) async fn token(
        &self,
        account_id: i64,
        kind: TokenKind,
        secret_sha256: Vec<u8>,
    ) -> Result<Arc<Token>, Status> {
        let ask = || {
            let mut token = self.token.clone();
            let request = AuthenticateTokenRequest {
                account_id,
                secret_sha256: secret_sha256.clone(),
                kind: kind.into(),
            };
            async move {
                let token = token.authenticate_token(request).await?.into_inner();
                let (lease, ends_in) = (token.lease, token.expire_time.map(left));
                Ok(Answer {
                    ends_in,
                    ..Answer::new(Arc::new(token), lease)
                })
            }
        };
        let key = (account_id, kind, secret_sha256.clone());
        self.tokens.get(key, ask).await
    }
}

/// How much time is left until then; of what is no time, none.
fn left(time: prost_types::Timestamp) -> Duration {
    let time = SystemTime::try_from(time).unwrap_or(SystemTime::UNIX_EPOCH);
    time.duration_since(SystemTime::now()).unwrap_or_default()
}

//! Two tokens, which open everything.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use proto::{
    protocol::v1::{ErrorReason as Reason, actor::Kind},
    token::v1::{
        AuthenticateTokenRequest, CreateTokenRequest, CreateTokenResponse, DeleteTokenRequest,
        GetTokenRequest, ListTokensRequest, ListTokensResponse, Token,
        token_service_server::{TokenService, TokenServiceServer},
    },
};
use sha2::{Digest, Sha256};
use tonic::{Request, Response};

use super::{Answer, FAULTY, ON, READER, SECRET, WALLED, fault};

/// How often a token was looked up.
pub(crate) type LookUps = Arc<AtomicUsize>;

#[derive(Default)]
pub(super) struct Tokens(LookUps);

impl Tokens {
    pub(super) fn look_ups(&self) -> LookUps {
        Arc::clone(&self.0)
    }

    pub(super) fn service(self) -> TokenServiceServer<Tokens> {
        TokenServiceServer::new(self)
    }
}

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn authenticate_token(
        &self,
        request: Request<AuthenticateTokenRequest>,
    ) -> Answer<Token> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let request = request.into_inner();
        let is = |secret: &str| request.secret_sha256 == Sha256::digest(secret).to_vec();
        if is(FAULTY) {
            return fault(Reason::DependencyUnavailable);
        }
        if !(is(SECRET) || is(READER)) || !(ON..=WALLED).contains(&request.account_id) {
            return fault(Reason::TokenInvalid);
        }
        Ok(Response::new(Token {
            id: if is(READER) { 9 } else { 7 },
            name: "Okta".to_owned(),
            read_only: is(READER),
            ..Token::default()
        }))
    }

    async fn create_token(
        &self,
        request: Request<CreateTokenRequest>,
    ) -> Answer<CreateTokenResponse> {
        let request = request.into_inner();
        assert_eq!(request.actor.unwrap().kind(), Kind::AdminToken);
        let token = Token {
            id: 8,
            name: request.name,
            read_only: request.read_only,
            ..Token::default()
        };
        Ok(Response::new(CreateTokenResponse {
            token: Some(token),
            secret: "shown once".to_owned(),
        }))
    }

    async fn get_token(&self, _: Request<GetTokenRequest>) -> Answer<Token> {
        fault(Reason::ResourceNotFound)
    }

    async fn list_tokens(&self, _: Request<ListTokensRequest>) -> Answer<ListTokensResponse> {
        Ok(Response::new(ListTokensResponse::default()))
    }

    async fn delete_token(&self, _: Request<DeleteTokenRequest>) -> Answer<()> {
        Ok(Response::new(()))
    }
}

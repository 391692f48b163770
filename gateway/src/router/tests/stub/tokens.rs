//! Two tokens, which open everything, and the sessions made of them.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use proto::{
    protocol::v1::{ErrorReason as Reason, actor::Kind},
    token::v1::{
        AuthenticateSessionRequest, AuthenticateTokenRequest, CreateSessionRequest,
        CreateTokenRequest, CreateTokenResponse, DeleteTokenRequest, EndSessionRequest,
        EndSessionsRequest, EndSessionsResponse, GetTokenRequest, ListTokensRequest,
        ListTokensResponse, Token,
        session_service_server::{SessionService, SessionServiceServer},
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

    pub(super) fn sessions(&self) -> SessionServiceServer<Sessions> {
        SessionServiceServer::new(Sessions {
            look_ups: self.look_ups(),
            live: Mutex::default(),
        })
    }
}

/// The hashes of the secrets of those that are not ended.
pub(super) struct Sessions {
    look_ups: LookUps,
    live: Mutex<HashSet<Vec<u8>>>,
}

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn create_session(&self, request: Request<CreateSessionRequest>) -> Answer<()> {
        let request = request.into_inner();
        assert_eq!(request.actor.unwrap().kind(), Kind::AdminToken);
        assert_eq!(request.token_id, 7);
        self.live.lock().unwrap().insert(request.secret_sha256);
        Ok(Response::new(()))
    }

    async fn authenticate_session(
        &self,
        request: Request<AuthenticateSessionRequest>,
    ) -> Answer<Token> {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        let request = request.into_inner();
        if !self.live.lock().unwrap().contains(&request.secret_sha256) {
            return fault(Reason::TokenInvalid);
        }
        Ok(Response::new(Token {
            id: 7,
            name: "Okta".to_owned(),
            ..Token::default()
        }))
    }

    async fn end_session(&self, request: Request<EndSessionRequest>) -> Answer<()> {
        let request = request.into_inner();
        assert_eq!(request.actor.unwrap().kind(), Kind::AdminToken);
        self.live.lock().unwrap().remove(&request.secret_sha256);
        Ok(Response::new(()))
    }

    async fn end_sessions(&self, _: Request<EndSessionsRequest>) -> Answer<EndSessionsResponse> {
        self.live.lock().unwrap().clear();
        Ok(Response::new(EndSessionsResponse::default()))
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

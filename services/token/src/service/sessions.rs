//! The RPCs of `muster.token.v1.SessionService`.

use diesel_async::AsyncConnection;
use proto::protocol::v1::Actor;
use proto::token::v1 as pb;
use proto::token::v1::session_service_server::SessionService;
use storage::postgres::{Pool, connect};
use tonic::{Request, Response, Status};

use super::{record, secret, to_pb};
use crate::error::Error;
use crate::last_used::LastUsed;
use crate::sessions;
use crate::tokens::{self, Kind};

/// The service.
pub struct Sessions {
    pool: Pool,
    last_used: LastUsed,
}

impl Sessions {
    /// A service over this database.
    pub fn new(pool: Pool, last_used: LastUsed) -> Self {
        Self { pool, last_used }
    }

    async fn create(&self, request: pb::CreateSessionRequest, actor: &Actor) -> Result<(), Error> {
        let (account_id, token_id) = (request.account_id, request.token_id);
        let secret = secret(&request.secret_sha256)?;
        let mut connection = connect(&self.pool).await?;
        connection
            .transaction(async |connection| {
                // Holds the token, so that it is not deleted before its session is there to go with it.
                let name = tokens::hold(connection, account_id, token_id, Kind::Admin).await?;
                let name = name.ok_or(Error::TokenInvalid)?;
                if !sessions::insert(connection, account_id, token_id, &secret).await? {
                    return Err(Error::InvalidValue(
                        "secret_sha256 is that of another session",
                    ));
                }
                let change = ("console_session.created", token_id, &*name);
                Ok(record(connection, account_id, change, actor).await?)
            })
            .await
    }

    async fn end(&self, request: pb::EndSessionRequest, actor: Actor) -> Result<(), Error> {
        let account_id = request.account_id;
        let secret = secret(&request.secret_sha256)?;
        let mut connection = connect(&self.pool).await?;
        connection
            .transaction(async |connection| {
                let found = sessions::delete(connection, account_id, &secret).await?;
                let Some(token_id) = found else {
                    return Ok(());
                };
                let token = tokens::find(connection, account_id, token_id, Kind::Admin).await?;
                let actor = Actor {
                    id: token_id.to_string(),
                    name: token.map(|token| token.name).unwrap_or_default(),
                    ..actor
                };
                let change = ("console_session.ended", token_id, &*actor.name);
                Ok(record(connection, account_id, change, &actor).await?)
            })
            .await
    }

    async fn end_all(&self, request: pb::EndSessionsRequest, actor: &Actor) -> Result<i64, Error> {
        let (account_id, token_id) = (request.account_id, request.token_id);
        let mut connection = connect(&self.pool).await?;
        connection
            .transaction(async |connection| {
                let token = tokens::find(connection, account_id, token_id, Kind::Admin).await?;
                let token = token.ok_or(Error::NotFound)?;
                let ended = sessions::delete_all(connection, account_id, token_id).await?;
                if ended > 0 {
                    let change = ("console_sessions.ended", token_id, &*token.name);
                    record(connection, account_id, change, actor).await?;
                }
                Ok(i64::try_from(ended).unwrap_or(i64::MAX))
            })
            .await
    }
}

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn create_session(
        &self,
        request: Request<pb::CreateSessionRequest>,
    ) -> Result<Response<()>, Status> {
        let mut request = request.into_inner();
        let actor = proto::actor::required(request.actor.take())?;
        self.create(request, &actor).await?;
        Ok(Response::new(()))
    }

    async fn authenticate_session(
        &self,
        request: Request<pb::AuthenticateSessionRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let request = request.into_inner();
        let secret = secret(&request.secret_sha256)?;
        let mut connection = connect(&self.pool).await.map_err(Error::from)?;
        let token = sessions::find(&mut connection, request.account_id, &secret)
            .await
            .map_err(Error::from)?
            .ok_or(Error::TokenInvalid)?;
        self.last_used.touch(&token);
        Ok(Response::new(to_pb(token)))
    }

    async fn end_session(
        &self,
        request: Request<pb::EndSessionRequest>,
    ) -> Result<Response<()>, Status> {
        let mut request = request.into_inner();
        let actor = proto::actor::required(request.actor.take())?;
        self.end(request, actor).await?;
        Ok(Response::new(()))
    }

    async fn end_sessions(
        &self,
        request: Request<pb::EndSessionsRequest>,
    ) -> Result<Response<pb::EndSessionsResponse>, Status> {
        let mut request = request.into_inner();
        let actor = proto::actor::required(request.actor.take())?;
        let ended = self.end_all(request, &actor).await?;
        Ok(Response::new(pb::EndSessionsResponse { ended }))
    }
}

//! HTTP in, gRPC out.

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tonic::transport::{Channel, Endpoint};

use crate::wire::{GetRequest, chain_client::ChainClient};

pub(crate) fn router(service: &str) -> anyhow::Result<Router> {
    let channel = Endpoint::from_shared(service.to_owned())?
        .tcp_nodelay(true)
        .connect_lazy();
    Ok(Router::new()
        .route("/Users/{id}", get(user))
        .with_state(ChainClient::new(channel)))
}

async fn user(State(mut client): State<ChainClient<Channel>>, Path(id): Path<String>) -> Response {
    match client.get(GetRequest { id }).await {
        Ok(answer) => {
            let resource = answer.into_inner().resource;
            ([(CONTENT_TYPE, "application/scim+json")], resource).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

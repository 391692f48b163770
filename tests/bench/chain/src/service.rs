//! gRPC in, SQL out.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use tokio_postgres::{Client, NoTls, Statement};
use tonic::{Request, Response, Status, transport::Server};

use crate::wire::{
    GetRequest, GetResponse,
    chain_server::{Chain, ChainServer},
};

/// As many as the services have by default.
const CONNECTIONS: usize = 16;

const SELECT: &str =
    "SELECT resource::text FROM users WHERE account_id = 1 AND id = $1::text::uuid";

struct Service {
    connections: Vec<(Client, Statement)>,
    next: AtomicUsize,
}

pub(crate) async fn serve(address: &str, database: &str) -> anyhow::Result<()> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        tokio::spawn(connection);
        let statement = client.prepare(SELECT).await?;
        connections.push((client, statement));
    }
    let service = Service {
        connections,
        next: AtomicUsize::new(0),
    };
    println!("listening on {address}");
    Server::builder()
        .tcp_nodelay(true)
        .add_service(ChainServer::new(service))
        .serve(address.parse().context("the address")?)
        .await?;
    Ok(())
}

#[tonic::async_trait]
impl Chain for Service {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let (client, statement) = &self.connections[next % CONNECTIONS];
        let id = request.into_inner().id;
        let row = client.query_one(statement, &[&id]).await;
        let row = row.map_err(|error| Status::unknown(error.to_string()))?;
        let resource = row.get(0);
        Ok(Response::new(GetResponse { resource }))
    }
}

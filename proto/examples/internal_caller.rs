//! How a service of the company calls Muster: it creates a user, finds it, and follows what changes.
//!
//! ```sh
//! . .local/env && IDENTITY_URL=$IDENTITY_URL cargo run -p proto --example internal_caller -- 1
//! ```

use std::{error::Error, time::Duration};

use proto::{
    error,
    identity::v1::{
        CreateUserRequest, ListUsersRequest, User, WatchChangesRequest,
        identity_service_client::IdentityServiceClient,
    },
    protocol::v1::{Actor, ErrorReason, actor},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account_id = std::env::args()
        .nth(1)
        .ok_or("usage: internal_caller ACCOUNT")?
        .parse()?;
    let url = std::env::var("IDENTITY_URL")?;
    let mut identity = IdentityServiceClient::connect(url).await?;

    let created = identity
        .create_user(CreateUserRequest {
            account_id,
            user: Some(User {
                user_name: "ann@acme.test".to_owned(),
                display_name: "Ann Lee".to_owned(),
                ..User::default()
            }),
            // Every change says who makes it; it stands in the change log.
            actor: Some(Actor {
                kind: actor::Kind::Service.into(),
                id: "billing".to_owned(),
                name: "billing".to_owned(),
                ..Actor::default()
            }),
            ..CreateUserRequest::default()
        })
        .await;
    match created {
        Ok(user) => println!("created {}", user.into_inner().id),
        // Errors are told apart by their reason, not by their text.
        Err(status) if error::reason(&status) == Some(ErrorReason::Uniqueness) => {
            println!("there already")
        }
        Err(status) if error::reason(&status) == Some(ErrorReason::ManagedByScim) => {
            println!("the identity provider decides")
        }
        Err(status) => return Err(status.into()),
    }

    let found = identity
        .list_users(ListUsersRequest {
            account_id,
            filter: r#"userName sw "ann" and active eq true"#.to_owned(),
            page_size: 10,
            ..ListUsersRequest::default()
        })
        .await?
        .into_inner();
    println!("{} users match", found.total_size);

    // Store the sequence with what you make of a change, and ask again from there after a restart.
    let mut changes = identity
        .watch_changes(WatchChangesRequest::default())
        .await?
        .into_inner();
    // A real follower waits for ever; this one ends where nothing has happened yet.
    match tokio::time::timeout(Duration::from_secs(5), changes.message()).await {
        Ok(change) => {
            if let Some(change) = change? {
                println!(
                    "{}: {} {}",
                    change.sequence, change.kind, change.resource_id
                );
            }
        }
        Err(_) => println!("no user has changed yet"),
    }
    Ok(())
}

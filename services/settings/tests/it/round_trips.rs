//! What reading an account costs: it stands before every SCIM request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use proto::settings::v1::{self as pb, ip_rule::Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, tcp},
};

use crate::app::{App, actor};

/// What clients have sent to Postgres through [`count`].
#[derive(Default)]
struct Counts {
    /// `Parse`: statements that were not kept prepared.
    parsed: AtomicUsize,
    /// `Sync` and simple queries: each ends what is sent at once, and is answered.
    round_trips: AtomicUsize,
}

impl Counts {
    fn get(&self) -> (usize, usize) {
        (self.parsed.load(SeqCst), self.round_trips.load(SeqCst))
    }
}

/// Stands before the server of a URL; returns a URL that leads through it.
fn count(url: &str, counts: Arc<Counts>) -> String {
    let (start, rest) = url.split_once('@').unwrap();
    let (server, path) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(&server).await.unwrap();
            let ((client, mut to_client), (mut from_server, server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(forward(client, server, Arc::clone(&counts)));
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
        }
    });
    format!("{start}@{address}/{path}")
}

/// The first message has no type; then type, length including itself, body.
async fn forward(
    mut client: tcp::OwnedReadHalf,
    mut server: tcp::OwnedWriteHalf,
    counts: Arc<Counts>,
) -> std::io::Result<()> {
    let mut is_first = true;
    loop {
        let mut head = vec![0; if is_first { 4 } else { 5 }];
        client.read_exact(&mut head).await?;
        let length = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap());
        let mut body = vec![0; length as usize - 4];
        client.read_exact(&mut body).await?;
        match head[0] {
            _ if is_first => {}
            b'P' => {
                counts.parsed.fetch_add(1, SeqCst);
            }
            b'S' | b'Q' => {
                counts.round_trips.fetch_add(1, SeqCst);
            }
            _ => {}
        }
        is_first = false;
        server.write_all(&head).await?;
        server.write_all(&body).await?;
    }
}

async fn fill(app: &mut App) {
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    for license_type in ["developer", "read_only", "it"] {
        let request = pb::CreateLicenseMapRequest {
            account_id: 1,
            license_map: Some(pb::LicenseMap {
                license_type: license_type.to_owned(),
                sso_license_mapping_groups: vec!["a".to_owned(), "b".to_owned()],
                ..pb::LicenseMap::default()
            }),
            actor: Some(actor()),
        };
        app.account.create_license_map(request).await.unwrap();
    }
    let rule = pb::IpRule {
        id: 0,
        name: "office".to_owned(),
        r#type: Type::Allow.into(),
        cidrs: vec!["192.0.2.0/24".to_owned()],
        ..Default::default()
    };
    let request = pb::ReplaceIpRestrictionsRequest {
        account_id: 1,
        ip_restrictions: Some(pb::IpRestrictions {
            enabled: true,
            rules: vec![rule.clone(), rule],
        }),
        actor: Some(actor()),
        confirm: true,
    };
    app.account.replace_ip_restrictions(request).await.unwrap();
}

/// Seats, maps and rules included, and nothing is parsed anew.
#[tokio::test]
async fn an_account_is_read_in_one_round_trip() {
    let counts = Arc::new(Counts::default());
    let mut app = App::start_with(|url| count(url, Arc::clone(&counts))).await;
    fill(&mut app).await;
    app.get(1).await.unwrap();
    let mut cheapest = (usize::MAX, usize::MAX);
    for _ in 0..100 {
        let before = counts.get();
        let account = app.get(1).await.unwrap();
        assert_eq!(account.license_seats.len(), 4);
        assert_eq!(account.license_maps.len(), 3);
        assert_eq!(account.ip_restrictions.unwrap().rules.len(), 2);
        let after = counts.get();
        // Meanwhile the changes made above are numbered and looked at for delivery, and the pool may ask an idle
        // connection for a sign of life or open another.
        cheapest = cheapest.min((after.0 - before.0, after.1 - before.1));
    }
    assert_eq!(cheapest, (0, 1), "(parsed, round trips)");
}

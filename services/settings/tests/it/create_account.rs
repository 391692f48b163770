use proto::{
    protocol::v1::{Actor, ErrorReason},
    settings::v1 as pb,
};

use crate::app::{App, Change, actor, assert_refused};

#[tokio::test]
async fn a_new_account_has_scim_off_and_seats_without_limit() {
    let mut app = App::start().await;
    let account = app.create(7, pb::Plan::EnterprisePlus).await.unwrap();
    assert_eq!(account.id, 7);
    assert_eq!(account.name, "Acme");
    assert_eq!(account.plan(), pb::Plan::EnterprisePlus);
    let off = pb::ScimConfiguration::default();
    assert_eq!(account.scim_configuration, Some(off));
    assert_eq!(account.options, Some(pb::AccountOptions::default()));
    assert_eq!(account.create_time, account.update_time);
    let seats: Vec<_> = account
        .license_seats
        .iter()
        .map(|seats| (seats.license_type.as_str(), seats.total))
        .collect();
    let types = ["analyst", "developer", "it", "read_only"];
    assert_eq!(seats, types.map(|license_type| (license_type, None)));
    assert_eq!(app.get(7).await.unwrap(), account);

    let change = Change {
        account_id: 7,
        kind: "account.created".to_owned(),
        actor_kind: "KIND_ADMIN_TOKEN".to_owned(),
        actor_name: "terraform".to_owned(),
        request_id: "r-1".to_owned(),
        actor_ip: "192.0.2.7".to_owned(),
        resource_id: "7".to_owned(),
        changed_attributes: vec!["name".to_owned(), "plan".to_owned()],
    };
    assert_eq!(app.changes().await, [change]);
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let mut app = App::start().await;
    let first = app.create(1, pb::Plan::Team).await.unwrap();
    let second = app.create(1, pb::Plan::Enterprise).await;
    assert_refused(second, ErrorReason::Uniqueness);
    assert_eq!(app.get(1).await.unwrap(), first);
    assert_eq!(app.changes().await.len(), 1);
}

#[tokio::test]
async fn of_many_at_once_one_creates_the_account() {
    let app = App::start().await;
    let attempts = (0..8).map(|_| {
        let mut client = app.client.clone();
        tokio::spawn(async move { client.create_account(request(|_| {})).await.is_ok() })
    });
    let mut created = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        created += usize::from(attempt.await.unwrap());
    }
    assert_eq!(created, 1);
    assert_eq!(app.changes().await.len(), 1);
}

fn request(change: impl FnOnce(&mut pb::CreateAccountRequest)) -> pb::CreateAccountRequest {
    let mut request = pb::CreateAccountRequest {
        account: Some(pb::Account {
            id: 1,
            name: "Acme".to_owned(),
            plan: pb::Plan::Team.into(),
            ..pb::Account::default()
        }),
        actor: Some(actor()),
    };
    change(&mut request);
    request
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    let account =
        |change: fn(&mut pb::Account)| request(|request| change(request.account.as_mut().unwrap()));
    for bad in [
        account(|account| account.id = 0),
        account(|account| account.id = -1),
        account(|account| account.name = " ".to_owned()),
        account(|account| account.name = "x".repeat(256)),
        account(|account| account.name = "a\0b".to_owned()),
        account(|account| account.name = "a\r\n2\tteam".to_owned()),
        account(|account| account.name = "a\u{1b}[31mb".to_owned()),
        account(|account| account.name = "a\u{202e}b".to_owned()),
        account(|account| account.name = "a\u{2028}b".to_owned()),
        account(|account| account.plan = 0),
        account(|account| account.plan = 99),
        request(|request| request.account = None),
        request(|request| request.actor = None),
        request(|request| request.actor = Some(Actor::default())),
    ] {
        let result = app.client.create_account(bad).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    assert_eq!(app.changes().await, []);
    // The longest name, in characters and not bytes.
    let longest = account(|account| account.name = "ß".repeat(255));
    app.client.create_account(longest).await.unwrap();
}

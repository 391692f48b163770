//! Rule 2: what an account has bought changes, and with it whether it may have SCIM.

use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{self as pb, Plan},
};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

async fn update(app: &App, account: pb::Account, paths: &[&str]) -> Result<pb::Account, Status> {
    let request = pb::UpdateAccountRequest {
        account: Some(account),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
        }),
        actor: Some(actor()),
    };
    let mut client = app.client.clone();
    Ok(client.update_account(request).await?.into_inner())
}

fn named(name: &str, plan: Plan) -> pb::Account {
    pb::Account {
        id: 1,
        name: name.to_owned(),
        plan: plan.into(),
        ..pb::Account::default()
    }
}

async fn configure(app: &mut App, enabled: bool) -> Result<pb::ScimConfiguration, Status> {
    let request = pb::UpdateScimConfigurationRequest {
        account_id: 1,
        scim_configuration: Some(pb::ScimConfiguration {
            enabled,
            manual_updates_allowed: true,
            scim_controlled_license_type: true,
        }),
        actor: Some(actor()),
        update_mask: Some(proto::mask::all()),
    };
    let written = app.client.update_scim_configuration(request).await?;
    Ok(written.into_inner())
}

#[tokio::test]
async fn name_and_plan_are_written_on_their_own() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let renamed = update(&app, named("Emca", Plan::Team), &["name"]).await;
    let renamed = renamed.unwrap();
    assert_eq!(
        (renamed.name.as_str(), renamed.plan()),
        ("Emca", Plan::Enterprise)
    );
    // Without a mask, what is set is meant.
    let raised = update(&app, named("", Plan::EnterprisePlus), &[]).await;
    let raised = raised.unwrap();
    assert_eq!(
        (raised.name.as_str(), raised.plan()),
        ("Emca", Plan::EnterprisePlus)
    );
    assert_eq!(app.get(1).await.unwrap(), raised);
    // What changes nothing leaves no trace.
    let same = named("Emca", Plan::EnterprisePlus);
    assert_eq!(update(&app, same, &["name", "plan"]).await.unwrap(), raised);
    let kinds = app.kinds().await;
    let entry = |kind: &str, changed: &str| (kind.to_owned(), changed.to_owned());
    assert_eq!(
        kinds[1..],
        [
            entry("account.updated", "name"),
            entry("account.updated", "plan")
        ]
    );
    for (account, paths) in [
        (named("", Plan::Team), vec!["name"]),
        (named("a\nb", Plan::Team), vec!["name"]),
        (named("a\u{202e}b", Plan::Team), vec!["name"]),
        (named("a\u{2028}b", Plan::Team), vec!["name"]),
        (named("x", Plan::Unspecified), vec!["plan"]),
        (named("x", Plan::Team), vec!["id"]),
    ] {
        let refused = update(&app, account, &paths).await;
        assert_refused(refused, ErrorReason::InvalidValue);
    }
    let unknown = pb::Account {
        id: 2,
        ..named("x", Plan::Team)
    };
    let refused = update(&app, unknown, &["name"]).await;
    assert_refused(refused, ErrorReason::ResourceNotFound);
}

/// A plan without SCIM switches SCIM off; the rest of the configuration is there when it is switched on again.
#[tokio::test]
async fn a_lower_plan_switches_scim_off() {
    let mut app = App::start().await;
    app.create(1, Plan::EnterprisePlus).await.unwrap();
    configure(&mut app, true).await.unwrap();
    update(&app, named("", Plan::Enterprise), &["plan"])
        .await
        .unwrap();
    let account = app.get(1).await.unwrap();
    assert!(account.scim_configuration.unwrap().enabled);

    let lowered = update(&app, named("", Plan::Team), &["plan"]).await;
    let configuration = lowered.unwrap().scim_configuration.unwrap();
    assert!(!configuration.enabled);
    assert!(configuration.manual_updates_allowed && configuration.scim_controlled_license_type);
    let refused = configure(&mut app, true).await;
    assert_refused(refused, ErrorReason::PlanNotEligible);
    configure(&mut app, false).await.unwrap();

    let raised = update(&app, named("", Plan::Enterprise), &["plan"]).await;
    assert!(!raised.unwrap().scim_configuration.unwrap().enabled);
    assert!(configure(&mut app, true).await.unwrap().enabled);
    let kinds: Vec<_> = app
        .kinds()
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        kinds[2..],
        [
            "account.updated",
            "account.updated",
            "scim_config.changed",
            "account.updated",
            "scim_config.changed"
        ]
    );
}

/// Two administrators who write different options at once both have their way.
#[tokio::test]
async fn a_mask_leaves_the_other_fields_alone() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let write = async |path: &str| {
        let request = pb::UpdateAccountOptionsRequest {
            account_id: 1,
            options: Some(pb::AccountOptions {
                email_user_names: true,
                strict: true,
                allow_admin_lockout: true,
                ..pb::AccountOptions::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec![path.to_owned()],
            }),
            actor: Some(actor()),
        };
        app.client.clone().update_account_options(request).await
    };
    let (one, other) = tokio::join!(write("strict"), write("email_user_names"));
    assert!(one.unwrap().into_inner().strict);
    assert!(other.unwrap().into_inner().email_user_names);
    assert_refused(write("name").await, ErrorReason::InvalidValue);
    let options = app.get(1).await.unwrap().options.unwrap();
    assert!(options.strict && options.email_user_names && !options.allow_admin_lockout);
}

#[tokio::test]
async fn accounts_are_listed_in_pages() {
    let mut app = App::start().await;
    for id in [5, 1, 3] {
        app.create(id, Plan::Team).await.unwrap();
    }
    let mut ids = Vec::new();
    let mut request = pb::ListAccountsRequest {
        page_size: 2,
        page_token: String::new(),
    };
    let mut pages = 0;
    loop {
        let page = app.client.list_accounts(request.clone()).await.unwrap();
        let page = page.into_inner();
        assert_eq!(page.accounts[0].license_seats.len(), 4);
        ids.extend(page.accounts.into_iter().map(|account| account.id));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!((ids, pages), (vec![1, 3, 5], 2));
    for (page_size, page_token, reason) in [
        (-1, "", ErrorReason::InvalidValue),
        (1, "x", ErrorReason::InvalidCursor),
    ] {
        let request = pb::ListAccountsRequest {
            page_size,
            page_token: page_token.to_owned(),
        };
        assert_refused(app.client.list_accounts(request).await, reason);
    }
}

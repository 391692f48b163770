//! What the characteristics of attributes make of them, those of extended users too.

use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::{Value, json};

use super::{BADGE, attributes, create, delete, get, list, patch, replace, serials, start};
use crate::fixture::{operation, refusal, user};

/// R-ATTR-12, R-ATTR-14, R-ATTR-16, R-PUT-06.
#[tokio::test]
async fn characteristics_are_kept() {
    let app = start().await;
    let refused = refusal(create(&app, json!({"name": "one"})).await);
    assert_eq!(refused, ErrorReason::InvalidValue);
    let one = json!({"serial": "S1", "name": "One", "voucher": "v", "hidden": "h", "ports": [{"mac": "AA"}]});
    let one = create(&app, one).await.expect("created");
    assert_eq!(
        attributes(&one)["voucher"],
        "v",
        "the company's own services read it"
    );
    for (taken, attribute) in [
        (json!({"serial": "S1"}), "serial"),
        (json!({"serial": "S2", "name": "oNE"}), "name"),
        (
            json!({"serial": "S2", "ports": [{"mac": "bb"}, {"mac": "aa"}]}),
            "ports.mac",
        ),
    ] {
        let status = create(&app, taken).await.expect_err("taken");
        assert!(status.message().starts_with(attribute), "{status}");
        assert_eq!(refusal::<()>(Err(status)), ErrorReason::Uniqueness);
    }
    let two = create(&app, json!({"serial": "s1", "name": "two"}))
        .await
        .expect("case counts");
    let clash = patch(&app, &two.id, "*", Op::Replace, "name", json!("ONE")).await;
    assert_eq!(refusal(clash), ErrorReason::Uniqueness);
    assert_eq!(
        get(&app, &two.id).await.expect("found"),
        two,
        "nothing happened"
    );
    let own = patch(&app, &one.id, "*", Op::Replace, "name", json!("oNe")).await;
    assert_eq!(attributes(&own.expect("its own name"))["name"], "oNe");
    let fixed = patch(&app, &one.id, "*", Op::Replace, "serial", json!("S9")).await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let fixed = replace(&app, &one.id, json!({"serial": "S9"})).await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let put = replace(&app, &one.id, json!({"serial": "S1", "tags": ["a"]}))
        .await
        .expect("replaced");
    assert_eq!(
        attributes(&put),
        json!({"serial": "S1", "tags": ["a"], "voucher": "v"})
    );
    let free = patch(&app, &two.id, "*", Op::Replace, "name", json!("one")).await;
    free.expect("the name is free again");
    delete(&app, &two.id).await.expect("deleted");
    create(&app, json!({"serial": "s1", "name": "ONE"}))
        .await
        .expect("free after a deletion");
}

/// R-COMMON-04: the client's own key, which several resources may have, whatever the account wants of users.
#[tokio::test]
async fn an_external_id_may_be_shared() {
    let app = start().await;
    app.options(|options| options.unique_external_id = true);
    for serial in ["S1", "S2"] {
        let sent = json!({"externalId": "x", "serial": serial});
        create(&app, sent).await.expect("created");
    }
    let request = pb::ListResourcesRequest {
        filter: "externalId eq \"x\"".to_owned(),
        page_size: 10,
        ..Default::default()
    };
    let found = list(&app, request).await.expect("a list");
    assert_eq!(serials(&found.resources), ["S1", "S2"]);
}

/// R-FILTER-25: nobody may guess at what nobody may see.
#[tokio::test]
async fn what_is_never_returned_cannot_be_asked_for() {
    let app = start().await;
    for secret in ["voucher eq \"v\"", "hidden pr"] {
        let request = pb::ListResourcesRequest {
            filter: secret.to_owned(),
            ..Default::default()
        };
        assert_eq!(
            refusal(list(&app, request).await),
            ErrorReason::InvalidFilter
        );
    }
}

/// R-POST-04: of many that race for a value, one gets it.
#[tokio::test]
async fn a_unique_value_is_given_once() {
    let app = start().await;
    let race = (0..16).map(|n| create(&app, json!({"serial": format!("S{n}"), "name": "it"})));
    let results = futures::future::join_all(race).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(lost), ErrorReason::Uniqueness);
    }
}

/// R-EXT: the extensions of users are stored, found, unique and fixed as all else.
#[tokio::test]
async fn users_are_extended() {
    let app = start().await;
    let badge = |name: &str, badge: Value| pb::User {
        attributes_json: json!({ BADGE: badge }).to_string(),
        ..user(name)
    };
    let ann = app
        .create(badge("ann", json!({"number": 7, "colour": "red"})))
        .await
        .expect("created");
    app.create(badge("bob", json!({"number": 70})))
        .await
        .expect("created");
    let taken = app.create(badge("eve", json!({"number": 7.0}))).await;
    assert_eq!(refusal(taken), ErrorReason::Uniqueness);
    let path = format!("{BADGE}:number");
    let found = app
        .select(&format!("{path} gt 6 and {path} lt 10"))
        .await
        .expect("found");
    assert_eq!(found, ["ann"]);
    let found = app
        .select(&format!("schemas eq \"{BADGE}\""))
        .await
        .expect("found");
    assert_eq!(found, ["ann", "bob"]);
    let taken = app
        .patch(&ann.id, vec![operation(Op::Replace, &path, json!(70))])
        .await;
    assert_eq!(refusal(taken), ErrorReason::Uniqueness);
    let fixed = app
        .replace(&ann.id, badge("ann", json!({"colour": "blue"})))
        .await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let put = app.replace(&ann.id, user("ann")).await.expect("replaced");
    assert_eq!(
        put.attributes_json,
        json!({ BADGE: {"colour": "red"} }).to_string()
    );
    app.create(badge("eve", json!({"number": 7})))
        .await
        .expect("free again");
}

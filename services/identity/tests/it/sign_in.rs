//! What a sign-in does: product rules 6 and 8, L4 to L6 and L12.

use proto::{
    identity::v1::{self as pb, invitation::State},
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::LicenseMap,
};
use serde_json::json;

use crate::fixture::{ACCOUNT, App, admin, operation, refusal, user};

fn map(app: &App, id: i64, license_type: &str, groups: &[&str]) {
    app.account(ACCOUNT, |account| {
        account.license_maps.push(LicenseMap {
            id,
            account_id: ACCOUNT,
            license_type: license_type.to_owned(),
            sso_license_mapping_groups: groups.iter().map(|&name| name.to_owned()).collect(),
            ..Default::default()
        });
    });
}

async fn manual(app: &App) -> pb::User {
    let sent = pb::User {
        license_type: "analyst".to_owned(),
        ..user("ann")
    };
    app.create_as(admin(), sent).await.expect("created")
}

/// L12: developer beats all others, no match gives the default.
#[tokio::test]
async fn maps_give_licences() {
    let app = App::start().await;
    let ann = manual(&app).await;
    // Without a map nothing is evaluated.
    let same = app.sign_in(&ann.id, &["Devs"]).await.expect("signed in");
    assert_eq!(same, ann);
    map(&app, 1, "read_only", &["Readers", "Everyone"]);
    map(&app, 2, "it", &["Everyone"]);
    map(&app, 3, "developer", &["Devs"]);
    for (groups, expected) in [
        (&["Readers"][..], "read_only"),
        (&[], "developer"),
        (&["Everyone"], "read_only"),
        (&["Devs"], "developer"),
        (&["Readers", "Devs"], "developer"),
        // Compared exactly.
        (&["readers"], "developer"),
    ] {
        let user = app.sign_in(&ann.id, groups).await.expect("signed in");
        assert_eq!(user.license_type, expected, "{groups:?}");
    }
    let changes = app.changes(1, 1).await;
    assert_eq!(changes[0].kind, "user.signed_in");
    let urn = scim::definitions::LicenseExtension::default().urn;
    assert_eq!(
        changes[0].changed_attributes,
        [format!("{urn}:licenseType")]
    );
    app.options(|options| options.default_license_type = "it".to_owned());
    let user = app.sign_in(&ann.id, &[]).await.expect("signed in");
    assert_eq!(user.license_type, "it");
    // A sign-in that changes nothing leaves no trace.
    let before = app.get(&ann.id).await.expect("read");
    let same = app.sign_in(&ann.id, &[]).await.expect("signed in");
    assert_eq!(same, before);
}

/// L4 to L6, F12: the switch silences the maps for those whom SCIM manages, while SCIM is on.
#[tokio::test]
async fn scim_may_silence_the_maps() {
    let app = App::start().await;
    map(&app, 1, "read_only", &["Readers"]);
    let managed = app.create(user("managed")).await.expect("created");
    let unmanaged = app.create_as(admin(), user("unmanaged")).await;
    let unmanaged = unmanaged.expect("created");
    app.configure(|configuration| {
        configuration.enabled = true;
        configuration.scim_controlled_license_type = true;
    });
    let user = app.sign_in(&managed.id, &["Readers"]).await;
    assert_eq!(user.expect("signed in").license_type, "developer");
    let user = app.sign_in(&unmanaged.id, &["Readers"]).await;
    assert_eq!(user.expect("signed in").license_type, "read_only");

    // Off: the last writer wins, manual updates or not.
    app.configure(|configuration| configuration.scim_controlled_license_type = false);
    let user = app.sign_in(&managed.id, &["Readers"]).await;
    assert_eq!(user.expect("signed in").license_type, "read_only");
    let urn = scim::definitions::LicenseExtension::default().urn;
    let path = format!("{urn}:licenseType");
    let push = vec![operation(Op::Replace, &path, json!("analyst"))];
    let user = app.patch(&managed.id, push).await.expect("patched");
    assert_eq!(user.license_type, "analyst");
    // SCIM off: the switch does nothing.
    app.configure(|configuration| {
        configuration.enabled = false;
        configuration.scim_controlled_license_type = true;
    });
    let user = app.sign_in(&managed.id, &["Readers"]).await;
    assert_eq!(user.expect("signed in").license_type, "read_only");
}

#[tokio::test]
async fn a_sign_in_redeems_a_pending_invitation() {
    let app = App::start().await;
    app.options(|options| options.license_on_redemption = true);
    app.seats(&[("developer", Some(1)), ("read_only", Some(0))]);
    let ann = app.create(user("ann")).await.expect("created");
    let bob = app.create(user("bob")).await.expect("created");
    app.sql(&format!(
        "UPDATE invitations SET expires_at = now() WHERE user_id = '{}'",
        bob.id
    ))
    .await;
    app.sign_in(&ann.id, &[]).await.expect("signed in");
    let invitation = &app.invitations_of(&ann.id).await[0];
    assert_eq!(invitation.state(), State::Redeemed);
    assert_eq!(app.unlicensed(&[&ann.id]).await, [""; 0]);
    // An expired one stays so, and gives nothing.
    app.sign_in(&bob.id, &[]).await.expect("signed in");
    let invitation = &app.invitations_of(&bob.id).await[0];
    assert_eq!(invitation.state(), State::Expired);
    assert_eq!(app.unlicensed(&[&bob.id]).await, ["bob"]);
    // Until the account gives licences at once; then there has to be a seat.
    app.options(|options| options.license_on_redemption = false);
    assert_eq!(
        refusal(app.sign_in(&bob.id, &[]).await),
        ErrorReason::NoSeat
    );
    // A mapped licence needs a seat of its own type.
    map(&app, 1, "read_only", &["Readers"]);
    assert_eq!(
        refusal(app.sign_in(&ann.id, &["Readers"]).await),
        ErrorReason::NoSeat
    );
    // A map to a type the plan lacks does nothing.
    map(&app, 0, "it", &["IT"]);
    let user = app.sign_in(&ann.id, &["IT"]).await.expect("signed in");
    assert_eq!(user.license_type, "developer");
}

#[tokio::test]
async fn not_everybody_signs_in() {
    let app = App::start().await;
    let sent = pb::User {
        active: Some(false),
        ..user("ann")
    };
    let ann = app.create(sent).await.expect("created");
    let inactive = app.sign_in(&ann.id, &[]).await;
    assert_eq!(refusal(inactive), ErrorReason::InvalidValue);
    let nobody = app.sign_in("nobody", &[]).await;
    assert_eq!(refusal(nobody), ErrorReason::ResourceNotFound);
}

//! Product rule 8: invitations.

use proto::{
    identity::v1::{
        self as pb,
        invitation::{State, Type},
    },
    protocol::v1::{Change, ErrorReason, patch_operation::Op},
    time::date_time,
};
use serde_json::json;

use crate::{
    calls::service,
    fixture::{ACCOUNT, App, STRANGERS, admin, email, operation, refusal, scim, user},
};

const EXPIRE: &str = "UPDATE invitations SET expires_at = now() - interval '1 second'";

fn set_active(active: bool) -> Vec<proto::protocol::v1::PatchOperation> {
    vec![operation(Op::Replace, "active", json!(active))]
}

/// The kinds of the changes to invitations, in order.
async fn kinds(app: &App, count: usize) -> Vec<String> {
    let wanted = |change: &Change| change.kind.starts_with("invitation.");
    let changes = app.changes_that(wanted, 0, count).await;
    changes.into_iter().map(|change| change.kind).collect()
}

#[tokio::test]
async fn a_user_created_over_scim_is_invited() {
    let app = App::start().await;
    let sent = pb::User {
        emails: vec![
            email("home@x.test"),
            pb::Email {
                primary: Some(true),
                ..email("Ann@x.test")
            },
        ],
        ..user("ann")
    };
    let created = app.create(sent).await.expect("created");
    let [invitation] = &app.invitations_of(&created.id).await[..] else {
        panic!("one invitation");
    };
    assert_eq!(invitation.email, "Ann@x.test");
    assert_eq!(invitation.r#type(), Type::Scim);
    assert_eq!(invitation.state(), State::Pending);
    assert_eq!(invitation.license_type, "developer");
    let (made, expires) = (invitation.create_time, invitation.expire_time);
    let days = date_time(&expires.expect("set")) - date_time(&made.expect("set"));
    assert_eq!(days.num_days(), 7);
    assert_eq!(
        app.invitation(invitation.id).await.expect("read"),
        *invitation
    );
    let changes = app.changes_that(|_| true, 0, 2).await;
    assert_eq!(changes[1].kind, "invitation.created");
    assert_eq!(changes[1].resource_id, invitation.id.to_string());
    // The licence is given at once.
    assert_eq!(app.unlicensed(&[&created.id]).await, [""; 0]);

    // Others make users without, and a link is no creation.
    let other = app.create_as(admin(), user("other")).await;
    let other = other.expect("created");
    app.create(user("other")).await.expect("linked");
    assert_eq!(app.invitations_of(&other.id).await, []);
    // A foreign account sees nothing.
    let foreign = pb::GetInvitationRequest {
        account_id: STRANGERS,
        id: invitation.id,
    };
    let foreign = app.invitations().get_invitation(foreign).await;
    assert_eq!(refusal(foreign), ErrorReason::ResourceNotFound);
}

#[tokio::test]
async fn an_administrator_invites_all_or_none() {
    let app = App::start().await;
    let group = "0192f0c1-2345-7abc-8def-0123456789ab".to_owned();
    let request = pb::CreateInvitationsRequest {
        account_id: ACCOUNT,
        emails: vec!["zoe@x.test".to_owned(), "Bob@x.test".to_owned()],
        license_type: "it".to_owned(),
        group_ids: vec![group.clone()],
        actor: Some(admin()),
    };
    let invited = app.invite_with(request).await.expect("invited");
    let emails = |users: &[pb::User]| -> Vec<String> {
        users.iter().map(|user| user.user_name.clone()).collect()
    };
    assert_eq!(emails(&invited.users), ["zoe@x.test", "Bob@x.test"]);
    for (invitation, user) in invited.invitations.iter().zip(&invited.users) {
        assert_eq!(invitation.user_id, user.id);
        assert_eq!(invitation.email, user.user_name);
        assert_eq!(invitation.r#type(), Type::Standard);
        assert_eq!(invitation.license_type, "it");
        assert_eq!(invitation.group_ids, [group.as_str()]);
        assert!(!user.scim_managed);
        assert_eq!(user.license_type, "it");
        assert_eq!(user.active, Some(true));
        assert_eq!(user.emails[0].primary, Some(true));
    }

    let refused = app.invite(&["new@x.test", "BOB@x.test"]).await;
    let status = refused.expect_err("refused");
    assert!(status.message().contains("BOB@x.test"));
    assert!(!status.message().contains("new@x.test"));
    assert_eq!(refusal(Err::<(), _>(status)), ErrorReason::Uniqueness);
    for bad in [
        &["new@x.test", "no address"][..],
        &["new@x.test", "NEW@x.test"],
        &[],
    ] {
        let refused = app.invite(bad).await;
        assert_eq!(refusal(refused), ErrorReason::InvalidValue, "{bad:?}");
    }
    app.seats(&[("developer", Some(1)), ("it", None)]);
    let refused = app.invite(&["new@x.test", "newer@x.test"]).await;
    let status = refused.expect_err("refused");
    assert!(status.message().contains("newer@x.test"));
    assert_eq!(refusal(Err::<(), _>(status)), ErrorReason::NoSeat);
    let all = app.select("userName co \"x.test\"").await.expect("a list");
    assert_eq!(all, ["Bob@x.test", "zoe@x.test"]);
    app.invite(&["new@x.test"]).await.expect("one seat is free");
}

/// Rule 11, M2: invitations are refused account-wide while manual updates are off.
#[tokio::test]
async fn nobody_is_invited_by_hand_while_scim_is_on() {
    let app = App::start().await;
    app.configure(|configuration| configuration.enabled = true);
    let refused = app.invite(&["ann@x.test"]).await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    app.configure(|configuration| configuration.manual_updates_allowed = true);
    app.invite(&["ann@x.test"]).await.expect("invited");
}

#[tokio::test]
async fn an_invitation_goes_its_way() {
    let app = App::start().await;
    let invited = app.invite(&["a@x.test", "b@x.test"]).await;
    let invited = invited.expect("invited").invitations;
    let (one, other) = (invited[0].id, invited[1].id);
    app.sql(EXPIRE).await;
    let expired = app.invitation(one).await.expect("read");
    assert_eq!(expired.state(), State::Expired);
    assert_eq!(refusal(app.redeem(one).await), ErrorReason::InvalidValue);
    let resent = app.resend(one).await.expect("resent");
    assert_eq!(resent.state(), State::Pending);
    assert!(
        date_time(&resent.expire_time.expect("set"))
            > date_time(&expired.expire_time.expect("set"))
    );
    let redeemed = app.redeem(one).await.expect("redeemed");
    assert_eq!(redeemed.state(), State::Redeemed);
    assert!(redeemed.redeem_time.is_some());
    let revoked = app.revoke(other).await.expect("revoked");
    assert_eq!(revoked.state(), State::Revoked);
    for id in [one, other] {
        for refused in [
            app.resend(id).await,
            app.revoke(id).await,
            app.redeem(id).await,
        ] {
            assert_eq!(refusal(refused), ErrorReason::InvalidValue);
        }
    }
    assert_eq!(
        refusal(app.resend(999_999).await),
        ErrorReason::ResourceNotFound
    );
    let request = |state: State| pb::ListInvitationsRequest {
        account_id: ACCOUNT,
        state: state.into(),
        page_size: 1,
        ..Default::default()
    };
    for (state, total, first) in [
        (State::Unspecified, 2, Some(other)),
        (State::Redeemed, 1, Some(one)),
        (State::Revoked, 1, Some(other)),
        (State::Pending, 0, None),
        (State::Expired, 0, None),
    ] {
        let listed = app.invitations().list_invitations(request(state)).await;
        let listed = listed.expect("a list").into_inner();
        assert_eq!(listed.total_size, total, "{state:?}");
        assert_eq!(listed.invitations.first().map(|one| one.id), first);
    }
}

/// Expiry is nobody's call, and is logged once all the same.
#[tokio::test]
async fn expiry_is_logged() {
    let app = App::start().await;
    app.invite(&["a@x.test"]).await.expect("invited");
    app.sql(EXPIRE).await;
    assert_eq!(
        kinds(&app, 2).await,
        ["invitation.created", "invitation.expired"]
    );
    let invitation = app.select("userName eq \"a@x.test\"").await;
    assert_eq!(invitation.expect("a list").len(), 1);
}

/// U17, F7: adding a user whose invitation has expired to a SCIM group sends it again.
#[tokio::test]
async fn expired_invitations_are_renewed_and_no_others() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["expired", "pending", "redeemed"] {
        ids.push(app.create(user(name)).await.expect("created").id);
    }
    let [redeemed] = &app.invitations_of(&ids[2]).await[..] else {
        panic!("one invitation");
    };
    app.redeem(redeemed.id).await.expect("redeemed");
    let expire = format!("{EXPIRE} WHERE user_id = '{}'", ids[0]);
    app.sql(&expire).await;
    ids.push("nobody".to_owned());
    let request = pb::RenewExpiredInvitationsRequest {
        account_id: ACCOUNT,
        user_ids: ids.clone(),
        actor: Some(scim()),
    };
    for expected in [1, 0] {
        let renewed = app
            .invitations()
            .renew_expired_invitations(request.clone())
            .await;
        let renewed = renewed.expect("renewed").into_inner();
        assert_eq!(renewed.renewed_count, expected);
    }
    let [renewed] = &app.invitations_of(&ids[0]).await[..] else {
        panic!("one invitation");
    };
    assert_eq!(renewed.state(), State::Pending);
}

/// Rule 7: deactivation takes a pending invitation back, activation makes a new one.
#[tokio::test]
async fn deactivation_revokes_and_activation_invites_anew() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    app.patch(&ann.id, set_active(false))
        .await
        .expect("patched");
    let [revoked] = &app.invitations_of(&ann.id).await[..] else {
        panic!("one invitation");
    };
    assert_eq!(revoked.state(), State::Revoked);
    assert_eq!(
        kinds(&app, 2).await,
        ["invitation.created", "invitation.revoked"]
    );
    app.patch(&ann.id, set_active(true)).await.expect("patched");
    let [new, old] = &app.invitations_of(&ann.id).await[..] else {
        panic!("two invitations");
    };
    assert_eq!(old, revoked);
    assert_eq!((new.state(), new.r#type()), (State::Pending, Type::Scim));
    assert_eq!(app.unlicensed(&[&ann.id]).await, [""; 0]);
    // Whoever has redeemed one needs no other.
    app.redeem(new.id).await.expect("redeemed");
    for active in [false, true] {
        app.patch(&ann.id, set_active(active))
            .await
            .expect("patched");
    }
    assert_eq!(app.invitations_of(&ann.id).await.len(), 2);
    app.delete(&ann.id).await.expect("deleted");
    assert_eq!(app.invitations_of(&ann.id).await, []);
    assert_eq!(
        refusal(app.invitation(new.id).await),
        ErrorReason::ResourceNotFound
    );
}

/// A user who is created inactive is invited when activated.
#[tokio::test]
async fn the_inactive_are_not_invited_yet() {
    let app = App::start().await;
    let sent = pb::User {
        active: Some(false),
        ..user("ann")
    };
    let ann = app.create(sent).await.expect("created");
    assert_eq!(app.invitations_of(&ann.id).await, []);
    app.patch(&ann.id, set_active(true)).await.expect("patched");
    assert_eq!(app.invitations_of(&ann.id).await.len(), 1);
    assert_eq!(app.unlicensed(&[&ann.id]).await, [""; 0]);
}

/// Rule 8, U14, Q16: with `license_on_redemption` there is no licence and no seat until redeemed.
#[tokio::test]
async fn the_licence_may_wait_for_the_redemption() {
    let app = App::start().await;
    app.options(|options| options.license_on_redemption = true);
    app.seats(&[("developer", Some(1))]);
    let sent = |name: &str| pb::User {
        emails: vec![email(&format!("{name}@x.test"))],
        ..user(name)
    };
    let ann = app.create(sent("ann")).await.expect("created");
    let bob = app.create(sent("bob")).await.expect("created");
    let carl = app.invite(&["carl@x.test"]).await.expect("invited");
    let everybody = [&*ann.id, &bob.id, &carl.users[0].id];
    assert_eq!(
        app.unlicensed(&everybody).await,
        ["ann@x.test", "bob@x.test", "carl@x.test"]
    );
    assert_eq!(app.in_use("developer").await, 0);

    let id = app.invitations_of(&ann.id).await[0].id;
    app.redeem(id).await.expect("redeemed");
    assert_eq!(app.in_use("developer").await, 1);
    assert_eq!(
        app.unlicensed(&everybody).await,
        ["bob@x.test", "carl@x.test"]
    );
    // The only seat is gone, which names who would need another, and leaves the invitation as it was.
    let id = app.invitations_of(&bob.id).await[0].id;
    let status = app.redeem(id).await.expect_err("refused");
    assert!(status.message().contains("bob@x.test"));
    assert_eq!(refusal(Err::<(), _>(status)), ErrorReason::NoSeat);
    let bobs = app.invitation(id).await.expect("read");
    assert_eq!(bobs.state(), State::Pending);
    // The redemption is no change of the resource.
    assert_eq!(app.get(&ann.id).await.expect("read"), ann);
    // A deactivated user frees the seat, and keeps what was redeemed.
    app.patch(&ann.id, set_active(false))
        .await
        .expect("patched");
    assert_eq!(app.unlicensed(&[&ann.id]).await, ["ann@x.test"]);
    app.patch(&ann.id, set_active(true)).await.expect("patched");
    assert_eq!(app.unlicensed(&[&ann.id]).await, [""; 0]);
    // Who never redeemed comes back without.
    for active in [false, true] {
        app.patch(&bob.id, set_active(active))
            .await
            .expect("patched");
    }
    assert_eq!(app.unlicensed(&[&bob.id]).await, ["bob@x.test"]);
    assert_eq!(app.in_use("developer").await, 1);
    assert_eq!(service().id, "sso");
}

/// Without mail and without a webhook nobody has an invitation, however often it is renewed: its link is there to
/// be handed over.
#[tokio::test]
async fn what_nobody_took_is_not_sent() {
    let app = App::start().await;
    let invited = app.invite(&["ann@x.test"]).await.expect("invited");
    let id = invited.invitations[0].id;
    let resent = app.resend(id).await.expect("renewed");
    let listed = app.invitations_of(&invited.users[0].id).await.remove(0);
    let read = app.invitation(id).await.expect("read");
    for invitation in [&invited.invitations[0], &resent, &listed, &read] {
        assert_eq!(invitation.send_time, None);
        assert!(!invitation.is_mailed);
        let link = format!("https://x.test/{ACCOUNT}/join/{id}");
        assert_eq!(invitation.link, link);
    }
}

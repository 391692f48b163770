//! Rule 14: IP rules that shut out their own author are refused unless he says so, whatever writes them, and the
//! operator lifts them.

use proto::{
    protocol::v1::{Actor, ErrorReason, actor::Kind},
    settings::v1::{self as pb, Plan, ip_rule::Type},
};
use settings::{LiftIpRestrictions, lift_ip_restrictions};
use tonic::{Code, Status};

use crate::app::{App, actor, assert_refused};

/// The networks of the actor, 192.0.2.7, and of others.
const OURS: &str = "192.0.2.0/24";
const THEIRS: &str = "203.0.113.0/24";

fn rule(r#type: Type, cidr: &str) -> pb::IpRule {
    pb::IpRule {
        name: cidr.to_owned(),
        r#type: r#type.into(),
        cidrs: vec![cidr.to_owned()],
        ..pb::IpRule::default()
    }
}

/// A set, and a change of it.
struct Door {
    app: App,
    actor: Actor,
    confirm: bool,
}

impl Door {
    /// An account with these rules, on or off.
    async fn with(enabled: bool, rules: Vec<pb::IpRule>) -> Door {
        let mut app = App::start().await;
        app.create(1, Plan::Team).await.unwrap();
        let mut door = Door {
            app,
            actor: actor(),
            confirm: true,
        };
        door.replace(enabled, rules).await.unwrap();
        door.confirm = false;
        door
    }

    async fn replace(&self, enabled: bool, rules: Vec<pb::IpRule>) -> Result<(), Status> {
        let request = pb::ReplaceIpRestrictionsRequest {
            account_id: 1,
            ip_restrictions: Some(pb::IpRestrictions { enabled, rules }),
            actor: Some(self.actor.clone()),
            confirm: self.confirm,
        };
        let mut client = self.app.account.clone();
        client.replace_ip_restrictions(request).await.map(drop)
    }

    async fn switch(&self, enabled: bool) -> Result<(), Status> {
        let request = pb::UpdateIpRestrictionsEnabledRequest {
            account_id: 1,
            enabled,
            actor: Some(self.actor.clone()),
            confirm: self.confirm,
        };
        let mut client = self.app.account.clone();
        let switched = client.update_ip_restrictions_enabled(request).await;
        switched.map(drop)
    }

    async fn create(&self, rule: pb::IpRule, enabled: Option<bool>) -> Result<(), Status> {
        let request = pb::CreateIpRuleRequest {
            account_id: 1,
            ip_rule: Some(rule),
            enabled,
            actor: Some(self.actor.clone()),
            confirm: self.confirm,
        };
        let mut client = self.app.account.clone();
        client.create_ip_rule(request).await.map(drop)
    }

    /// Writes what is set of the first rule.
    async fn update(&self, rule: pb::IpRule, enabled: Option<bool>) -> Result<(), Status> {
        let id = self.set().await.rules[0].id;
        let request = pb::UpdateIpRuleRequest {
            account_id: 1,
            ip_rule: Some(pb::IpRule { id, ..rule }),
            update_mask: None,
            enabled,
            actor: Some(self.actor.clone()),
            confirm: self.confirm,
            expected: None,
        };
        let mut client = self.app.account.clone();
        client.update_ip_rule(request).await.map(drop)
    }

    /// Deletes the first rule.
    async fn delete(&self) -> Result<(), Status> {
        let request = pb::DeleteIpRuleRequest {
            account_id: 1,
            id: self.set().await.rules[0].id,
            actor: Some(self.actor.clone()),
            confirm: self.confirm,
        };
        let mut client = self.app.account.clone();
        client.delete_ip_rule(request).await.map(drop)
    }

    async fn set(&self) -> pb::IpRestrictions {
        let request = pb::GetIpRestrictionsRequest { account_id: 1 };
        let mut client = self.app.account.clone();
        let set = client.get_ip_restrictions(request).await.unwrap();
        set.into_inner()
    }

    /// That something is refused, changes nothing, and is done once confirmed.
    async fn asks(mut self, change: impl AsyncFn(&Door) -> Result<(), Status>) {
        let (before, changes) = (self.set().await, self.app.changes().await.len());
        let refused = change(&self).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains("192.0.2.7"), "{refused:?}");
        assert!(refused.message().contains("confirm"), "{refused:?}");
        assert_refused(Err::<(), _>(refused), ErrorReason::ConfirmationRequired);
        assert_eq!(self.set().await, before);
        assert_eq!(self.app.changes().await.len(), changes);
        self.confirm = true;
        change(&self).await.unwrap();
        assert_ne!(self.set().await, before);
    }
}

#[tokio::test]
async fn every_way_to_shut_oneself_out_asks_first() {
    let (allow, deny) = (Type::Allow, Type::Deny);
    let ours = || vec![rule(allow, OURS), rule(allow, THEIRS)];
    // The switch.
    for kept_out in [rule(allow, THEIRS), rule(deny, OURS)] {
        let door = Door::with(false, vec![kept_out]).await;
        door.asks(async |door| door.switch(true).await).await;
    }
    // The whole set.
    for kept_out in [rule(allow, THEIRS), rule(deny, OURS)] {
        let door = Door::with(false, Vec::new()).await;
        door.asks(async |door| door.replace(true, vec![kept_out.clone()]).await)
            .await;
    }
    // A new rule, of a set that acts, and of one that is to act from now on.
    let door = Door::with(true, Vec::new()).await;
    door.asks(async |door| door.create(rule(allow, THEIRS), None).await)
        .await;
    let door = Door::with(true, ours()).await;
    door.asks(async |door| door.create(rule(deny, "192.0.2.7/32"), None).await)
        .await;
    let door = Door::with(false, Vec::new()).await;
    door.asks(async |door| door.create(rule(deny, OURS), Some(true)).await)
        .await;
    // A rule changed: its networks, its type, or with it the switch.
    let door = Door::with(true, ours()).await;
    door.asks(async |door| {
        let moved = pb::IpRule {
            cidrs: vec!["198.51.100.0/24".to_owned()],
            ..pb::IpRule::default()
        };
        door.update(moved, None).await
    })
    .await;
    let door = Door::with(true, ours()).await;
    door.asks(async |door| door.update(rule(deny, OURS), None).await)
        .await;
    let door = Door::with(false, vec![rule(deny, OURS)]).await;
    door.asks(async |door| door.update(pb::IpRule::default(), Some(true)).await)
        .await;
    // The only rule that lets the actor in.
    let door = Door::with(true, ours()).await;
    door.asks(async |door| door.delete().await).await;
}

#[tokio::test]
async fn what_shuts_nobody_out_is_not_asked_about() {
    let door = Door::with(true, vec![rule(Type::Allow, OURS)]).await;
    door.create(rule(Type::Deny, THEIRS), None).await.unwrap();
    door.update(rule(Type::Allow, "192.0.0.0/16"), None)
        .await
        .unwrap();
    door.switch(true).await.unwrap();
    door.switch(false).await.unwrap();
    // Off, anything may be written.
    door.create(rule(Type::Deny, OURS), None).await.unwrap();
    door.delete().await.unwrap();
    door.replace(false, vec![rule(Type::Deny, OURS)])
        .await
        .unwrap();
}

/// Who was kept out before is not kept out by this change.
#[tokio::test]
async fn whoever_is_out_already_may_mend_the_rules_by_steps() {
    let door = Door::with(true, vec![rule(Type::Allow, THEIRS)]).await;
    door.create(rule(Type::Deny, "198.51.100.0/24"), None)
        .await
        .unwrap();
    door.delete().await.unwrap();
}

/// An operator and a service come by no address; a token without one is kept out by any rules.
#[tokio::test]
async fn an_actor_without_an_address() {
    let mut door = Door::with(false, vec![rule(Type::Allow, OURS)]).await;
    for kind in [Kind::AdminToken, Kind::ScimToken] {
        door.actor = Actor {
            kind: kind.into(),
            ip_address: String::new(),
            ..actor()
        };
        assert_refused(door.switch(true).await, ErrorReason::ConfirmationRequired);
    }
    door.actor.ip_address = "nonsense".to_owned();
    assert_refused(door.switch(true).await, ErrorReason::ConfirmationRequired);
    for kind in [Kind::Operator, Kind::Service] {
        door.actor = Actor {
            kind: kind.into(),
            ip_address: String::new(),
            ..actor()
        };
        door.switch(true).await.unwrap();
        door.switch(false).await.unwrap();
    }
}

#[tokio::test]
async fn an_operator_lifts_the_rules() {
    let mut door = Door::with(true, vec![rule(Type::Deny, OURS)]).await;
    let config = door.app.config.clone();
    for _ in 0..2 {
        let lifted = lift_ip_restrictions(config.clone(), LiftIpRestrictions { id: 1 }).await;
        lifted.unwrap();
        let set = door.set().await;
        assert!(!set.enabled);
        assert_eq!(set.rules.len(), 1);
    }
    let changes = door.app.changes().await;
    let [.., last] = &changes[..] else {
        panic!("no change")
    };
    assert_eq!(changes.len(), 3); // the account, the rules, and that they were lifted, once
    assert_eq!(last.kind, "ip_restrictions.changed");
    assert_eq!(last.changed_attributes, ["enabled"]);
    assert_eq!(
        (&*last.actor_kind, &*last.actor_name),
        ("KIND_OPERATOR", "settings lift-ip-restrictions")
    );
    let unknown = lift_ip_restrictions(config, LiftIpRestrictions { id: 2 }).await;
    assert_eq!(unknown.unwrap_err().to_string(), "there is no such account");
    door.app.get(1).await.unwrap();
}

//! From which addresses the account may be reached.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{
        CreateIpRuleRequest, DeleteIpRuleRequest, GetIpRestrictionsRequest, IpRestrictions, IpRule,
        UpdateIpRestrictionsEnabledRequest, UpdateIpRuleRequest, ip_rule::Type,
    },
};

use super::{
    confirm::{Fact, Question},
    form::{Form, shown_lines},
    page::{Page, answer},
    session::Session,
};
use crate::{
    admin::{fields::invalid, invites::number},
    error::Fault,
    request::Id,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "ip_restrictions.html")]
struct ListPage {
    page: Page,
    is_enabled: bool,
    rules: Vec<Rule>,
    /// The address this browser has for the gateway.
    address: String,
}

#[derive(Template)]
#[template(path = "ip_restriction.html")]
struct RulePage {
    page: Page,
    rule: Rule,
}

/// Asks before a change that shuts the one who makes it out.
#[derive(Template)]
#[template(path = "confirm_ip_restrictions.html")]
struct ConfirmPage {
    page: Page,
    /// Where the form goes, under the console's path.
    path: String,
    /// The form as it came.
    fields: Vec<(&'static str, String)>,
    address: String,
}

/// What a form asks for, to ask back by.
struct Asked {
    path: String,
    fields: Vec<(&'static str, String)>,
}

struct Rule {
    id: i64,
    name: String,
    is_deny: bool,
    cidrs: Vec<String>,
    description: String,
}

impl Rule {
    fn new(rule: IpRule) -> Rule {
        Rule {
            id: rule.id,
            is_deny: rule.r#type() == Type::Deny,
            name: rule.name,
            cidrs: rule.cidrs,
            description: rule.description,
        }
    }
}

/// `GET /console/ip-restrictions`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
) -> Result<Response, Fault> {
    view(&gateway, &session).await
}

async fn get(gateway: &Gateway, session: &Session) -> Result<IpRestrictions, Fault> {
    let request = GetIpRestrictionsRequest {
        account_id: session.caller.account_id,
    };
    let mut client = gateway.clients.account.clone();
    Ok(client.get_ip_restrictions(request).await?.into_inner())
}

async fn view(gateway: &Gateway, session: &Session) -> Result<Response, Fault> {
    let set = get(gateway, session).await?;
    let view = ListPage {
        page: Page::new(session, "ip-restrictions", "IP restrictions"),
        is_enabled: set.enabled,
        rules: set.rules.into_iter().map(Rule::new).collect(),
        address: session.caller.actor().ip_address,
    };
    answer(view.page.status(), &view)
}

/// `GET /console/ip-restrictions/{id}`.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    view_one(&gateway, &session, number(&id)?).await
}

async fn view_one(gateway: &Gateway, session: &Session, id: i64) -> Result<Response, Fault> {
    let mut rules = get(gateway, session).await?.rules.into_iter();
    let rule = rules.find(|rule| rule.id == id);
    let view = RulePage {
        page: Page::new(session, "ip-restrictions", "IP rule"),
        rule: Rule::new(rule.ok_or_else(Fault::not_found)?),
    };
    answer(view.page.status(), &view)
}

/// `POST /console/ip-restrictions/switch`: whether the rules act.
pub(super) async fn switch(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let enabled = form.is_on("on")?;
    let confirm = form.is_on("confirmed")?;
    let session = form.session;
    let request = UpdateIpRestrictionsEnabledRequest {
        account_id: session.caller.account_id,
        enabled,
        actor: Some(session.caller.actor()),
        confirm,
    };
    let mut client = gateway.clients.account.clone();
    let written = client.update_ip_restrictions_enabled(request).await;
    let done = if enabled { "on" } else { "off" };
    let asked = Asked {
        path: "/ip-restrictions/switch".to_owned(),
        fields: vec![("on", enabled.to_string())],
    };
    after(written.map(drop), &gateway, session, (done, asked)).await
}

async fn after(
    result: Result<(), tonic::Status>,
    gateway: &Gateway,
    session: Session,
    (done, asked): (&str, Asked),
) -> Result<Response, Fault> {
    match result {
        Ok(()) => Ok(session.see("/ip-restrictions", done)),
        Err(status) if shuts_out(&status) => ask(&session, asked),
        Err(status) => view(gateway, &session.refused(status.into())?).await,
    }
}

fn shuts_out(status: &tonic::Status) -> bool {
    proto::error::reason(status) == Some(ErrorReason::ConfirmationRequired)
}

fn ask(session: &Session, asked: Asked) -> Result<Response, Fault> {
    let view = ConfirmPage {
        page: Page::new(session, "ip-restrictions", "Keep your own address out?"),
        path: asked.path,
        fields: asked.fields,
        address: session.caller.actor().ip_address,
    };
    answer(view.page.status(), &view)
}

fn kind(text: &str) -> Result<i32, Fault> {
    match text {
        "allow" => Ok(Type::Allow.into()),
        "deny" => Ok(Type::Deny.into()),
        _ => Err(invalid("a rule allows or denies")),
    }
}

/// What a form says of a new rule.
fn read(form: &mut Form) -> Result<IpRule, Fault> {
    Ok(IpRule {
        name: form.text("name")?,
        r#type: kind(&form.text("type")?)?,
        cidrs: form.lines("cidrs", true)?,
        description: form.text("description")?,
        ..IpRule::default()
    })
}

/// The rule as the page showed it, where the form says so.
fn shown(form: &mut Form) -> Result<Option<IpRule>, Fault> {
    let Some(text) = form.shown("type")? else {
        return Ok(None);
    };
    Ok(Some(IpRule {
        r#type: kind(&text)?,
        name: form.shown("name")?.unwrap_or_default(),
        cidrs: shown_lines(&form.shown("cidrs")?.unwrap_or_default()),
        description: form.shown("description")?.unwrap_or_default(),
        ..IpRule::default()
    }))
}

/// The fields in which a rule differs from what the page showed.
fn changed(rule: &IpRule, shown: Option<&IpRule>) -> Vec<String> {
    let differs = |of: fn(&IpRule) -> String| shown.is_none_or(|shown| of(shown) != of(rule));
    let fields = [
        ("name", differs(|rule| rule.name.trim().to_owned())),
        ("type", differs(|rule| rule.r#type.to_string())),
        ("cidrs", differs(|rule| rule.cidrs.join("\n"))),
        (
            "description",
            differs(|rule| rule.description.trim().to_owned()),
        ),
    ];
    let fields = fields.into_iter().filter(|(_, differs)| *differs);
    fields.map(|(name, _)| name.to_owned()).collect()
}

/// What [`read`] and [`shown`] read the rule from, to be sent once more.
fn fields(rule: &IpRule, shown: Option<&IpRule>) -> Vec<(&'static str, String)> {
    let named = |rule: &IpRule, names: [&'static str; 4]| {
        let is_deny = rule.r#type() == Type::Deny;
        let texts = [
            if is_deny { "deny" } else { "allow" }.to_owned(),
            rule.name.clone(),
            rule.cidrs.join("\n"),
            rule.description.clone(),
        ];
        names.into_iter().zip(texts)
    };
    let shown = shown.map(|shown| {
        named(
            shown,
            ["was_type", "was_name", "was_cidrs", "was_description"],
        )
    });
    named(rule, ["type", "name", "cidrs", "description"])
        .chain(shown.into_iter().flatten())
        .collect()
}

/// `POST /console/ip-restrictions`.
pub(super) async fn create(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let rule = read(&mut form)?;
    let confirm = form.is_on("confirmed")?;
    let session = form.session;
    let asked = Asked {
        path: "/ip-restrictions".to_owned(),
        fields: fields(&rule, None),
    };
    let request = CreateIpRuleRequest {
        account_id: session.caller.account_id,
        ip_rule: Some(rule),
        enabled: None,
        actor: Some(session.caller.actor()),
        confirm,
    };
    let mut client = gateway.clients.account.clone();
    let written = client.create_ip_rule(request).await;
    after(written.map(drop), &gateway, session, ("created", asked)).await
}

/// `POST /console/ip-restrictions/{id}`.
pub(super) async fn update(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let expected = shown(&mut form)?;
    let rule = IpRule {
        id,
        ..read(&mut form)?
    };
    let paths = changed(&rule, expected.as_ref());
    let confirm = form.is_on("confirmed")?;
    let session = form.session;
    if paths.is_empty() {
        return Ok(session.see("/ip-restrictions", "saved"));
    }
    let asked = Asked {
        path: format!("/ip-restrictions/{id}"),
        fields: fields(&rule, expected.as_ref()),
    };
    let request = UpdateIpRuleRequest {
        account_id: session.caller.account_id,
        ip_rule: Some(rule),
        update_mask: Some(prost_types::FieldMask { paths }),
        expected,
        enabled: None,
        actor: Some(session.caller.actor()),
        confirm,
    };
    let mut client = gateway.clients.account.clone();
    match client.update_ip_rule(request).await {
        Ok(_) => Ok(session.see("/ip-restrictions", "saved")),
        Err(status) if shuts_out(&status) => ask(&session, asked),
        Err(status) => view_one(&gateway, &session.refused(status.into())?, id).await,
    }
}

/// `POST /console/ip-restrictions/{id}/delete`: asks first.
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let confirm = form.is_on("shuts_out")?;
    if !form.is_on("confirmed")? {
        let set = get(&gateway, &form.session).await?;
        return removal(set, id)?.ask(&form.session);
    }
    let session = form.session;
    let request = DeleteIpRuleRequest {
        account_id: session.caller.account_id,
        id,
        actor: Some(session.caller.actor()),
        confirm,
    };
    let mut client = gateway.clients.account.clone();
    let deleted = client.delete_ip_rule(request).await;
    let asked = Asked {
        path: format!("/ip-restrictions/{id}/delete"),
        // Beside `confirmed`, which the question before was answered by.
        fields: vec![("shuts_out", "true".to_owned())],
    };
    after(deleted.map(drop), &gateway, session, ("deleted", asked)).await
}

fn removal(set: IpRestrictions, id: i64) -> Result<Question, Fault> {
    let mut rules = set.rules.into_iter();
    let rule = rules.find(|rule| rule.id == id);
    let rule = Rule::new(rule.ok_or_else(Fault::not_found)?);
    let effect = match (set.enabled, rule.is_deny) {
        (false, _) => "The rules are off, so nothing changes until they are switched on.",
        (true, true) => "These addresses are let in at once, unless another rule keeps them out.",
        (true, false) => {
            "These addresses are let in no longer, unless another rule lets them in; without any rule that allows, every address is let in."
        }
    };
    let kind = if rule.is_deny { "Deny" } else { "Allow" };
    Ok(Question {
        section: "ip-restrictions",
        title: "Delete IP rule".to_owned(),
        facts: vec![
            ("Name", Fact::Text(rule.name)),
            ("Type", kind.into()),
            ("Networks", Fact::Text(rule.cidrs.join(", "))),
        ],
        effects: vec![effect.to_owned()],
        action: format!("/ip-restrictions/{id}/delete"),
        cancel: "/ip-restrictions".to_owned(),
        button: "Delete IP rule",
        ..Question::default()
    })
}

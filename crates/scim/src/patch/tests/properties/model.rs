//! What PATCH should do, once more: on typed data, in the plainest way, knowing nothing of schemas.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::super::*;

type Text = Option<&'static str>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Email {
    value: Text,
    r#type: Text,
    display: Text,
    primary: Option<bool>,
}

/// The part of a user that the steps work on.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    title: Text,
    name: BTreeMap<&'static str, &'static str>,
    emails: Vec<Email>,
}

/// An operation; `add` tells `add` from `replace`.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Title {
        add: bool,
        value: Text,
    },
    RemoveTitle,
    Name {
        add: bool,
        parts: Vec<(&'static str, Text)>,
    },
    NamePart {
        add: bool,
        part: &'static str,
        value: Text,
    },
    RemoveNamePart(&'static str),
    RemoveName,
    AddEmails(Vec<Email>),
    ReplaceEmails(Vec<Email>),
    RemoveEmails,
    RemoveEmailsOfType(&'static str),
    RemoveListed(Vec<&'static str>),
    EmailValue {
        add: bool,
        r#type: &'static str,
        value: Text,
    },
    EmailPrimary {
        r#type: &'static str,
        value: bool,
    },
    RemoveEmailDisplay {
        r#type: &'static str,
    },
}

fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b"), Just("c")]
}

fn maybe() -> impl Strategy<Value = Text> {
    prop::option::of(text())
}

fn part() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("givenName"), Just("familyName")]
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("work"), Just("home")]
}

fn email() -> impl Strategy<Value = Email> {
    (
        maybe(),
        prop::option::of(kind()),
        maybe(),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(value, r#type, display, primary)| Email {
            value,
            r#type,
            display,
            primary,
        })
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let emails = || prop::collection::vec(email(), 0..4);
    let parts = prop::collection::btree_map(part(), maybe(), 0..3)
        .prop_map(|parts| parts.into_iter().collect());
    prop_oneof![
        (any::<bool>(), maybe()).prop_map(|(add, value)| Step::Title { add, value }),
        Just(Step::RemoveTitle),
        (any::<bool>(), parts).prop_map(|(add, parts)| Step::Name { add, parts }),
        (any::<bool>(), part(), maybe()).prop_map(|(add, part, value)| Step::NamePart {
            add,
            part,
            value
        }),
        part().prop_map(Step::RemoveNamePart),
        Just(Step::RemoveName),
        emails().prop_map(Step::AddEmails),
        emails().prop_map(Step::ReplaceEmails),
        Just(Step::RemoveEmails),
        kind().prop_map(Step::RemoveEmailsOfType),
        prop::collection::vec(text(), 0..3).prop_map(Step::RemoveListed),
        (any::<bool>(), kind(), maybe()).prop_map(|(add, r#type, value)| Step::EmailValue {
            add,
            r#type,
            value
        }),
        (kind(), any::<bool>()).prop_map(|(r#type, value)| Step::EmailPrimary { r#type, value }),
        kind().prop_map(|r#type| Step::RemoveEmailDisplay { r#type }),
    ]
}

impl Step {
    pub(super) fn operation(&self) -> Operation {
        let set = |add: &bool, path: &str, value| {
            if *add {
                super::super::add(path, value)
            } else {
                replace(path, value)
            }
        };
        match self {
            Step::Title { add, value } => set(add, "title", json!(value)),
            Step::RemoveTitle => remove("title"),
            Step::Name { add, parts } => set(
                add,
                "name",
                parts
                    .iter()
                    .map(|(part, value)| (*part, json!(value)))
                    .collect(),
            ),
            Step::NamePart { add, part, value } => set(add, &format!("name.{part}"), json!(value)),
            Step::RemoveNamePart(part) => remove(&format!("name.{part}")),
            Step::RemoveName => remove("name"),
            Step::AddEmails(emails) => {
                set(&true, "emails", emails.iter().map(Email::json).collect())
            }
            Step::ReplaceEmails(emails) => {
                set(&false, "emails", emails.iter().map(Email::json).collect())
            }
            Step::RemoveEmails => remove("emails"),
            Step::RemoveEmailsOfType(r#type) => remove(&format!("emails[type eq \"{type}\"]")),
            Step::RemoveListed(values) => remove_listed(
                "emails",
                values.iter().map(|value| json!({"value": value})).collect(),
            ),
            Step::EmailValue { add, r#type, value } => set(
                add,
                &format!("emails[type eq \"{type}\"].value"),
                json!(value),
            ),
            Step::EmailPrimary { r#type, value } => {
                replace(&format!("emails[type eq \"{type}\"].primary"), json!(value))
            }
            Step::RemoveEmailDisplay { r#type } => {
                remove(&format!("emails[type eq \"{type}\"].display"))
            }
        }
    }
}

impl Email {
    /// As sent: what is not stated is null.
    fn json(&self) -> Value {
        json!({"value": self.value, "type": self.r#type, "display": self.display, "primary": self.primary})
    }

    fn is(&self, other: &Email) -> bool {
        if self.value.is_some() || other.value.is_some() {
            return self.value == other.value && self.r#type == other.r#type;
        }
        self == other
    }

    fn take_over(&mut self, other: &Email) {
        self.display = other.display.or(self.display);
        self.primary = other.primary.or(self.primary);
    }
}

/// Each once, and none that says nothing; none: two are primary.
fn tidy(emails: &[Email]) -> Option<Vec<Email>> {
    let mut tidy: Vec<Email> = Vec::new();
    for email in emails.iter().filter(|email| **email != Email::default()) {
        match tidy.iter_mut().find(|kept| kept.is(email)) {
            Some(kept) => kept.take_over(email),
            None => tidy.push(email.clone()),
        }
    }
    (tidy
        .iter()
        .filter(|email| email.primary == Some(true))
        .count()
        < 2)
    .then_some(tidy)
}

impl Model {
    pub(super) fn resource(&self) -> Map {
        let strip = |value: Value| -> Value {
            object(value)
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect()
        };
        let mut resource = object(json!({"userName": "ann"}));
        if let Some(title) = self.title {
            resource.insert("title".to_owned(), json!(title));
        }
        if !self.name.is_empty() {
            resource.insert("name".to_owned(), json!(self.name));
        }
        if !self.emails.is_empty() {
            resource.insert(
                "emails".to_owned(),
                self.emails
                    .iter()
                    .map(|email| strip(email.json()))
                    .collect(),
            );
        }
        resource
    }

    /// The model after a step; none: the step is refused.
    pub(super) fn after(&self, step: &Step, dialect: Dialect) -> Option<Model> {
        let mut next = self.clone();
        match step {
            Step::Title { value, .. } => next.title = *value,
            Step::RemoveTitle => next.title = None,
            Step::Name { parts, .. } => parts
                .iter()
                .for_each(|(part, value)| next.set_name(part, *value)),
            Step::NamePart { part, value, .. } => next.set_name(part, *value),
            Step::RemoveNamePart(part) => next.set_name(part, None),
            Step::RemoveName => next.name.clear(),
            Step::AddEmails(emails) => next.emails = next.appended(emails)?,
            Step::ReplaceEmails(emails) => next.emails = tidy(emails)?,
            Step::RemoveEmails => next.emails.clear(),
            Step::RemoveListed(values) => {
                // Listed without type, a value is meant in every type.
                next.emails
                    .retain(|email| email.value.is_none_or(|value| !values.contains(&value)));
            }
            Step::RemoveEmailsOfType(r#type) => {
                if !next.has(r#type) {
                    return (dialect == Dialect::Lenient).then_some(next);
                }
                next.emails.retain(|email| email.r#type != Some(r#type));
            }
            Step::EmailValue { r#type, value, .. } => {
                next.set(r#type, dialect, *value, |email| email.value = *value)?
            }
            Step::EmailPrimary { r#type, value } => {
                next.set(r#type, dialect, Some(()), |email| {
                    email.primary = Some(*value)
                })?;
                next.make_room(r#type, *value)?;
            }
            Step::RemoveEmailDisplay { r#type } => {
                if !next.has(r#type) {
                    return (dialect == Dialect::Lenient).then_some(next);
                }
                next.set(r#type, dialect, None::<()>, |email| email.display = None)?;
            }
        }
        next.emails = tidy(&next.emails)?;
        Some(next)
    }

    fn has(&self, r#type: &str) -> bool {
        self.emails.iter().any(|email| email.r#type == Some(r#type))
    }

    fn set_name(&mut self, part: &'static str, value: Text) {
        match value {
            Some(value) => self.name.insert(part, value),
            None => self.name.remove(part),
        };
    }

    fn appended(&self, added: &[Email]) -> Option<Vec<Email>> {
        let added = tidy(added)?;
        let mut all = self.emails.clone();
        if added.iter().any(|email| email.primary == Some(true)) {
            all.iter_mut()
                .filter(|email| email.primary == Some(true))
                .for_each(|email| email.primary = Some(false));
        }
        all.extend(added);
        tidy(&all)
    }

    /// Edits the e-mails of a type; if there is none, makes one for what is stated.
    fn set<T>(
        &mut self,
        r#type: &'static str,
        dialect: Dialect,
        stated: Option<T>,
        edit: impl Fn(&mut Email),
    ) -> Option<()> {
        if self.has(r#type) {
            self.emails
                .iter_mut()
                .filter(|email| email.r#type == Some(r#type))
                .for_each(edit);
            return Some(());
        }
        if dialect == Dialect::Strict {
            return None;
        }
        if stated.is_some() {
            let mut email = Email {
                r#type: Some(r#type),
                ..Email::default()
            };
            edit(&mut email);
            self.emails = self.appended(&[email])?;
        }
        Some(())
    }

    /// The mark moves over from e-mails of other types.
    fn make_room(&mut self, r#type: &str, primary: bool) -> Option<()> {
        if primary {
            if self
                .emails
                .iter()
                .filter(|email| email.r#type == Some(r#type))
                .count()
                > 1
            {
                return None;
            }
            let others = self
                .emails
                .iter_mut()
                .filter(|email| email.r#type != Some(r#type));
            others
                .filter(|email| email.primary == Some(true))
                .for_each(|email| email.primary = Some(false));
        }
        Some(())
    }
}

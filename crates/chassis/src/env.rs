//! Reads configuration from environment variables and reports every fault at once.

use std::{collections::HashMap, fmt, str::FromStr};

use secrecy::SecretString;

/// The fewest characters of a key.
const KEY_LENGTH: usize = 32;

/// The environment of the process, read once. The getters note what is missing or malformed and return a
/// placeholder, so that [`Env::finish`] can name every fault together; a value got before is only to be
/// used if `finish` succeeds.
#[derive(Debug)]
pub struct Env {
    variables: HashMap<String, String>,
    faults: Vec<Fault>,
}

/// One variable that is missing or malformed. Never holds a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The name of the variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// Every fault found in the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The faults, in the order they were found.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is not usable:")?;
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(f, "{separator} {} {}", fault.name, fault.problem)?;
        }
        Ok(())
    }
}

impl Env {
    /// The variables of this process.
    pub fn from_process() -> Env {
        // `vars` would panic at a value that is not Unicode; such a variable cannot be ours.
        Env::from_pairs(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// The given variables, for tests.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Env
    where
        N: Into<String>,
        V: Into<String>,
    {
        let variables = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Env {
            variables,
            faults: Vec::new(),
        }
    }

    /// The value of a variable that must be set.
    pub fn required<T>(&mut self, name: &'static str) -> T
    where
        T: FromStr + Default,
        T::Err: fmt::Display,
    {
        match self.text(name) {
            Some(text) => self.parse(name, &text).unwrap_or_default(),
            None => {
                self.fault(name, "is not set");
                T::default()
            }
        }
    }

    /// The value of a variable, or the default where it is unset or empty.
    pub fn or<T>(&mut self, name: &'static str, default: T) -> T
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.optional(name).unwrap_or(default)
    }

    /// The value of a variable; `None` where it is unset or empty.
    pub fn optional<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let text = self.text(name)?;
        self.parse(name, &text)
    }

    /// What the file says whose path is the value of a variable; `None` where that is unset or empty.
    pub fn file<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let path = self.text(name)?;
        let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let parsed = read.and_then(|text| text.parse().map_err(|error: T::Err| error.to_string()));
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(
                    name,
                    format!("names {path:?}, which is unusable: {problem}"),
                );
                None
            }
        }
    }

    /// The comma-separated values of a variable, or the default where it is unset or empty.
    pub fn list(&mut self, name: &'static str, default: &[&str]) -> Vec<String> {
        match self.text(name) {
            Some(text) => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                items.map(str::to_owned).collect()
            }
            None => default.iter().copied().map(str::to_owned).collect(),
        }
    }

    /// As [`Env::list`], of names: letters, digits, `-` and `_`; at least one.
    pub fn names(&mut self, name: &'static str, default: &[&str]) -> Vec<String> {
        let names = self.list(name, default);
        let is_name = |text: &String| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        if names.is_empty() || !names.iter().all(is_name) {
            self.fault(
                name,
                "must be names of letters, digits, - and _, with commas between them",
            );
        }
        names
    }

    /// A URN (RFC 8141), or the default where the variable is unset or empty.
    pub fn urn(&mut self, name: &'static str, default: String) -> String {
        let urn = self.or(name, default);
        let mut parts = urn.splitn(3, ':');
        let is_urn = parts
            .next()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
            && parts.next().is_some_and(|namespace| namespace.len() > 1)
            && parts.next().is_some_and(|rest| !rest.is_empty())
            && urn
                .bytes()
                .all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b));
        if !is_urn {
            self.fault(name, "must be a URN such as urn:example:2.0:User");
        }
        urn
    }

    /// A key of at least 32 characters; `None` where the variable is unset or empty.
    pub fn key(&mut self, name: &'static str) -> Option<SecretString> {
        let key: String = self.optional(name)?;
        if key.len() < KEY_LENGTH {
            self.fault(name, "must have at least 32 characters");
        }
        Some(key.into())
    }

    /// The value of a variable that must be set and must never be shown, such as a URL with a password.
    pub fn secret(&mut self, name: &'static str) -> SecretString {
        self.required::<String>(name).into()
    }

    /// Succeeds if every getter found what it asked for.
    ///
    /// # Errors
    /// All faults noted since the environment was read.
    pub fn finish(self) -> Result<(), Error> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Error {
                faults: self.faults,
            })
        }
    }

    /// Notes a fault the caller found in a value.
    pub fn fault(&mut self, name: &'static str, problem: impl Into<String>) {
        self.faults.push(Fault {
            name,
            problem: problem.into(),
        });
    }

    // Compose files pass `${NAME:-}` on as an empty value, so empty is unset.
    fn text(&self, name: &str) -> Option<String> {
        let text = self.variables.get(name)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn parse<T>(&mut self, name: &'static str, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, format!("is malformed: {error}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;

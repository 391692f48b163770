//! What a change is, in the words of the change log.

use std::fmt::Display;

use storage::changes::{Details, Value};

/// The attributes that a change changes, with old and new values: settings hold nothing personal.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) names: Vec<String>,
    values: Vec<Value>,
}

impl Changed {
    /// Those of the attributes whose old and new values differ.
    pub(crate) fn between<const N: usize>(
        attributes: [(&str, &dyn Display, &dyn Display); N],
    ) -> Changed {
        let mut changed = Changed::default();
        for (name, old, new) in attributes {
            let (old, new) = (old.to_string(), new.to_string());
            if old != new {
                changed.push(name, Some(old), Some(new));
            }
        }
        changed
    }

    /// Adds an attribute; a list as its elements with commas.
    pub(crate) fn push(&mut self, name: &str, old: Option<String>, new: Option<String>) {
        self.values.push(Value::new(name, old, new));
        self.names.push(name.to_owned());
    }

    pub(crate) fn details(&self) -> Details<'_> {
        Details {
            values: &self.values,
            ..Details::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

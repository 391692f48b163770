//! Which fields of a message a request writes (AIP-134).

use prost_types::FieldMask;

use crate::error::Error;

/// The fields named; none named: all of them.
#[derive(Debug, Default)]
pub(crate) struct Mask(Vec<String>);

impl Mask {
    /// Fails for a field that is not one of these.
    pub(crate) fn read(mask: Option<FieldMask>, fields: &[&str]) -> Result<Mask, Error> {
        let paths = mask.unwrap_or_default().paths;
        if paths.iter().any(|path| !fields.contains(&path.as_str())) {
            let known = fields.join(", ");
            return Err(Error::InvalidValue(format!(
                "update_mask may name {known} only"
            )));
        }
        Ok(Mask(paths))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.is_empty() || self.0.iter().any(|path| path == field)
    }

    /// The value wanted where the field is written, else the one there is.
    pub(crate) fn pick<T>(&self, field: &str, wanted: T, current: T) -> T {
        if self.has(field) { wanted } else { current }
    }
}

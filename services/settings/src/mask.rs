//! Which fields of a message a request writes (AIP-134).

use prost_types::FieldMask;
use proto::mask::ALL;

use crate::error::Error;

/// The fields to write.
#[derive(Debug)]
pub(crate) enum Mask {
    /// Those named.
    Named(Vec<String>),
    /// Those that are set in the message: a request that names none clears none and switches nothing off.
    Set,
    All,
}

impl Mask {
    /// Fails for a field that is not one of these.
    pub(crate) fn read(mask: Option<FieldMask>, fields: &[&str]) -> Result<Mask, Error> {
        let paths = mask.unwrap_or_default().paths;
        match &*paths {
            [] => return Ok(Mask::Set),
            [path] if path == ALL => return Ok(Mask::All),
            _ => {}
        }
        if paths.iter().any(|path| !fields.contains(&path.as_str())) {
            let known = fields.join(", ");
            return Err(Error::InvalidValue(format!(
                "update_mask may name {known}, or be {ALL} alone"
            )));
        }
        Ok(Mask::Named(paths))
    }

    /// The mask of a message of which these fields are set.
    pub(crate) fn of<const N: usize>(self, fields: [(&str, bool); N]) -> Mask {
        let Mask::Set = self else {
            return self;
        };
        let set = fields.into_iter().filter(|(_, is_set)| *is_set);
        Mask::Named(set.map(|(name, _)| name.to_owned()).collect())
    }

    /// The value wanted where the field is written, else the one there is. A field is set where it has another
    /// value than the one that is not sent: false, 0, no text, no elements.
    pub(crate) fn pick<T: Default + PartialEq>(&self, field: &str, wanted: T, current: T) -> T {
        let writes = match self {
            Mask::Named(paths) => paths.iter().any(|path| path == field),
            Mask::Set => wanted != T::default(),
            Mask::All => true,
        };
        if writes { wanted } else { current }
    }
}

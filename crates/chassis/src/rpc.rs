//! What calling and being called have in common: the observation of a call, and the chassis' own errors.

pub(crate) mod observe;
pub(crate) mod status;

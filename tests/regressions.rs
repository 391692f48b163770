//! What other servers got wrong (scim-requirements part D, reliability §2.3), each case by its number. A
//! case that is not here is proved elsewhere: `docs/conformance.md` says where.

mod concurrency;
mod errors;
mod filters;
mod life_cycle;
mod paging;
mod patch;
mod patch_containers;
mod put_post;
mod scale;
mod security;
mod sizes;
mod surfaces;

use crate::harness::{App, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// This many users, ids in the order of creation.
async fn users(app: &App, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(app.scim.create_user(&unique("user")).await);
    }
    ids
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

//! Pages of lists, the same in every service.

use std::time::Duration;

/// The most resources on a page; published as `filter.maxResults`.
pub const MAX_SIZE: i32 = 1000;

/// How long a page token is good for; published as `pagination.cursorTimeout`.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

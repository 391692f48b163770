//! The style sheet, the script and the icon, under names that change with what is in them, so that a browser
//! keeps them.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use sha2::{Digest, Sha256};

use crate::{error::Fault, request::Id};

/// A file that is part of the program.
struct Asset {
    name: LazyLock<String>,
    media_type: &'static str,
    content: &'static str,
}

static CSS: Asset = Asset {
    name: LazyLock::new(|| name(CSS.content, "css")),
    media_type: "text/css; charset=utf-8",
    content: include_str!("console.css"),
};
static JS: Asset = Asset {
    name: LazyLock::new(|| name(JS.content, "js")),
    media_type: "text/javascript; charset=utf-8",
    content: include_str!("console.js"),
};
static ICON: Asset = Asset {
    name: LazyLock::new(|| name(ICON.content, "svg")),
    media_type: "image/svg+xml",
    content: include_str!("icon.svg"),
};

fn name(content: &str, extension: &str) -> String {
    let digest = Sha256::digest(content);
    let hash: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("console-{hash}.{extension}")
}

/// The name of the style sheet; called by templates, as the others.
pub(super) fn css() -> &'static str {
    &CSS.name
}

/// The name of the script.
pub(super) fn js() -> &'static str {
    &JS.name
}

/// The name of the icon.
pub(super) fn icon() -> &'static str {
    &ICON.name
}

/// `GET /console/assets/{id}`.
pub(super) async fn get_asset(Id(name): Id) -> Result<Response, Fault> {
    let mut assets = [&CSS, &JS, &ICON].into_iter();
    let asset = assets.find(|asset| *asset.name == name);
    let asset = asset.ok_or_else(Fault::not_found)?;
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, asset.content).into_response())
}

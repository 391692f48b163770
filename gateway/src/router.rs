//! Every route, once.

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use bytes::Bytes;
use http::{Method, StatusCode};
use std::convert::Infallible;
use tower::{BoxError, Service, ServiceBuilder, util::MapRequest};

use crate::{
    admin::{account_options, scim_config, tokens},
    error::Fault,
    health, middleware,
    scim::{self, discovery, groups, users},
    state::Gateway,
};

/// Where the admin API of an account stands.
const ADMIN: &str = "/api/v3/accounts/{account_id}";

/// A path and what can be done there.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) path: String,
    pub(crate) methods: MethodRouter<Gateway>,
}

fn at(base: &str, path: &str, methods: MethodRouter<Gateway>) -> Route {
    let path = format!("{base}{path}");
    Route { path, methods }
}

/// The routes of both surfaces.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = scim_routes();
    routes.extend(admin_routes());
    routes
}

fn scim_routes() -> Vec<Route> {
    let scim = |path, methods| at(scim::BASE, path, methods);
    let missing = scim::not_implemented;
    vec![
        scim("/Users", get(users::list_users).post(users::create_user)),
        scim("/Users/.search", post(users::search_users)),
        scim(
            "/Users/{id}",
            get(users::get_user)
                .put(users::replace_user)
                .patch(users::patch_user)
                .delete(users::delete_user),
        ),
        scim(
            "/Groups",
            get(groups::list_groups).post(groups::create_group),
        ),
        scim("/Groups/.search", post(groups::search_groups)),
        scim(
            "/Groups/{id}",
            get(groups::get_group)
                .put(groups::replace_group)
                .patch(groups::patch_group)
                .delete(groups::delete_group),
        ),
        scim("", get(missing)),
        scim("/.search", post(missing)),
        scim("/Bulk", post(missing)),
        scim(
            "/Me",
            get(missing)
                .post(missing)
                .put(missing)
                .patch(missing)
                .delete(missing),
        ),
        scim(
            "/ServiceProviderConfig",
            get(discovery::get_service_provider_config),
        ),
        scim("/Schemas", get(discovery::list_schemas)),
        scim("/Schemas/{id}", get(discovery::get_schema)),
        scim("/ResourceTypes", get(discovery::list_resource_types)),
        scim("/ResourceTypes/{id}", get(discovery::get_resource_type)),
    ]
}

fn admin_routes() -> Vec<Route> {
    let admin = |path, methods| at(ADMIN, path, methods);
    vec![
        admin(
            "/scim-config",
            get(scim_config::get_scim_config).post(scim_config::update_scim_config),
        ),
        admin(
            "/scim-config/tokens",
            get(tokens::list_tokens).post(tokens::create_token),
        ),
        admin(
            "/scim-config/tokens/{id}",
            get(tokens::get_token).delete(tokens::delete_token),
        ),
        admin(
            "/account-options",
            get(account_options::get_account_options).post(account_options::update_account_options),
        ),
    ]
}

/// Routes and layers as one service, for any kind of request body.
pub(crate) fn service<B>(
    gateway: Gateway,
) -> impl Service<Request<B>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let mut surfaces = Router::new();
    for route in routes() {
        surfaces = surfaces.route(&route.path, route.methods);
    }
    let surfaces = surfaces.fallback(not_found).layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(gateway.clone(), middleware::limit))
            .layer(from_fn(middleware::bound_time)),
    );
    // Probes are answered however great the load.
    let probes = Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready));
    let router = probes
        .merge(surfaces)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(gateway.clone(), middleware::observe))
                .layer(from_fn(middleware::render))
                .layer(from_fn(middleware::catch_panic)),
        )
        .with_state(gateway);
    MapRequest::new(router, middleware::normalise)
}

async fn not_found() -> Fault {
    Fault::of(
        proto::protocol::v1::ErrorReason::ResourceNotFound,
        "There is nothing at this URL.",
    )
}

/// 405, or the answer to OPTIONS; the router adds `Allow` to both (R-HTTP-13, R-HTTP-15).
async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let detail = "The method is not allowed at this URL.";
        Fault::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response()
    }
}

#[cfg(test)]
pub(crate) mod tests;

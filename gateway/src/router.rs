//! Every route, once.

use axum::{
    Extension, Router,
    body::{Body, HttpBody},
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use std::convert::Infallible;
use tower::{BoxError, Service, ServiceBuilder, util::MapRequest};

use crate::{
    admin, console, cors,
    error::Fault,
    health, middleware,
    request::{Surface, unsupported_version},
    scim::{self, bulk, discovery, groups, kind::Kind, list, resources, root, users},
    state::Gateway,
};

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

/// The routes of both surfaces, but for those of [`configured_routes`].
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = scim_routes();
    routes.extend(admin_routes());
    routes
}

fn scim_routes() -> Vec<Route> {
    let scim = |path, methods| at(scim::BASE, path, methods);
    let missing = scim::not_implemented;
    let of = |kind: Kind| Extension(kind);
    vec![
        scim(
            "/Users",
            get(list::list)
                .post(users::create_user)
                .layer(of(Kind::User)),
        ),
        scim("/Users/.search", post(list::search).layer(of(Kind::User))),
        scim(
            "/Users/{id}",
            get(users::get_user)
                .put(users::replace_user)
                .patch(users::patch_user)
                .delete(users::delete_user),
        ),
        scim(
            "/Groups",
            get(list::list)
                .post(groups::create_group)
                .layer(of(Kind::Group)),
        ),
        scim("/Groups/.search", post(list::search).layer(of(Kind::Group))),
        scim(
            "/Groups/{id}",
            get(groups::get_group)
                .put(groups::replace_group)
                .patch(groups::patch_group)
                .delete(groups::delete_group),
        ),
        scim("", get(root::list)),
        scim("/.search", post(root::search)),
        scim("/Bulk", post(bulk::bulk)),
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

/// The routes of the types that the operator defined.
fn configured_routes(gateway: &Gateway) -> Vec<Route> {
    let types = gateway.resource_types.iter().enumerate();
    let routes = types.flat_map(|(index, resource_type)| {
        let scim = |path: &str, methods: MethodRouter<Gateway>| {
            let path = format!("{}{path}", resource_type.endpoint);
            at(
                scim::BASE,
                &path,
                methods.layer(Extension(Kind::Other(index))),
            )
        };
        [
            scim("", get(list::list).post(resources::create_resource)),
            scim("/.search", post(list::search)),
            scim(
                "/{id}",
                get(resources::get_resource)
                    .put(resources::replace_resource)
                    .patch(resources::patch_resource)
                    .delete(resources::delete_resource),
            ),
        ]
    });
    routes.collect()
}

fn admin_routes() -> Vec<Route> {
    let routes = admin::routes::routes().into_iter();
    routes
        .map(|(path, methods)| Route { path, methods })
        .collect()
}

/// Routes and layers as one service, for any kind of request body.
pub(crate) fn service<B>(
    gateway: Gateway,
) -> impl Service<Request<B>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let mut surfaces = Router::new();
    for route in routes().into_iter().chain(configured_routes(&gateway)) {
        surfaces = surfaces.route(&route.path, route.methods);
    }
    // A browser without a session is led to the sign-in page, so these are not among `routes`.
    for (path, methods) in console::routes::routes() {
        surfaces = surfaces.route(&path, methods);
    }
    // The one path that anybody may read.
    surfaces = surfaces.route(admin::openapi::PATH, get(admin::openapi::get_document));
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
                .layer(from_fn_with_state(gateway.clone(), cors::share))
                .layer(from_fn_with_state(gateway.clone(), middleware::render))
                .layer(from_fn(middleware::catch_panic))
                .layer(from_fn(middleware::bound_head)),
        )
        .with_state(gateway);
    MapRequest::new(router, middleware::normalise)
}

async fn not_found(uri: Uri) -> Fault {
    let mut segments = uri
        .path()
        .split('/')
        .skip_while(|segment| *segment != "scim");
    let version = segments
        .nth(1)
        .filter(|_| Surface::of(uri.path()) == Surface::Scim);
    version.and_then(unsupported_version).unwrap_or_else(|| {
        Fault::of(
            proto::protocol::v1::ErrorReason::ResourceNotFound,
            "There is nothing at this URL.",
        )
    })
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

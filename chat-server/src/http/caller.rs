//! Who makes a request. Whoever says so wrongly, or not at all where it must be said, is counted by where they are: else
//! knocking at doors would be free.

use super::{
    address::{Vouched, client_address},
    layers,
};
use crate::{App, Error, auth, auth::Caller};
use axum::http::{Extensions, HeaderMap};
use std::net::IpAddr;

/// Where a request comes from.
pub(super) fn address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    client_address(headers, extensions, &app.config.trusted_proxies)
}

/// Who makes a request; perhaps nobody.
pub(super) async fn anybody(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Caller, Error> {
    let address = address(app, headers, extensions);
    let found = found(app, headers, extensions, address).await;
    let caller = counted(app, address, found).await?;
    if let Ok(user) = caller.user() {
        layers::made_by(extensions, user);
    }
    Ok(caller)
}

/// Who it is by what they bring; on a socket of this machine also by whom they name.
pub(super) async fn found(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
    address: IpAddr,
) -> Result<Caller, Error> {
    match extensions.get::<Vouched>() {
        Some(Vouched) => auth::vouched(app, headers, Some(address)).await,
        None => auth::identify(app, headers, Some(address)).await,
    }
}

/// Who makes a request, or 401.
pub(super) async fn somebody(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Caller, Error> {
    let caller = anybody(app, headers, extensions).await?;
    let address = address(app, headers, extensions);
    counted(app, address, caller.user().map(|_| caller)).await
}

/// Counts whoever was not let in.
pub(super) async fn counted(
    app: &App,
    address: IpAddr,
    found: Result<Caller, Error>,
) -> Result<Caller, Error> {
    if let Err(Error::Rule(..)) = &found {
        app.limiter.unknown(address).await?;
    }
    found
}

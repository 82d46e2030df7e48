//! From a GET to a socket: who one is, where the page comes from, and the handshake of RFC 6455.

use super::{answer, caller, layers};
use crate::{App, Error, auth, auth::Caller, conversation, ws};
use axum::{
    body::Body,
    extract::Request,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header},
};
use chat_core::{Code, ConversationId, SUBPROTOCOL};
use hyper_util::rt::TokioIo;
use std::{net::IpAddr, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Opens a socket, for all of the caller's conversations or for one.
pub(crate) async fn upgrade(
    app: Arc<App>,
    mut request: Request,
    only: Option<ConversationId>,
) -> Result<Response<Body>, Error> {
    let key = handshake_key(request.headers())?;
    require_origin(request.headers(), &app.config.allowed_origins)?;
    if app.is_draining() {
        return Err(Error::Unavailable {
            reason: "the server is stopping; come back in a moment",
            retry_after_ms: 1_000,
        });
    }
    let address = caller::address(&app, request.headers(), request.extensions());
    let found = opener(
        &app,
        request.headers(),
        request.uri(),
        request.extensions(),
        address,
    )
    .await;
    let caller = caller::counted(&app, address, found).await?;
    if let Ok(user) = caller.user() {
        layers::made_by(request.extensions(), user);
    }
    app.limiter.opening(caller.user().ok(), address).await?;
    let stranger = match caller.is_anonymous() {
        true => Some(place_for_a_stranger(&app)?),
        false => None,
    };
    if let (Some(id), Ok(user)) = (only, caller.user()) {
        conversation::require(&mut app.db.read().await?, id, user).await?;
    }
    let subprotocol = offered(request.headers());
    let upgrade = hyper::upgrade::on(&mut request);
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        match upgrade.await {
            Ok(stream) => ws::serve(app, TokioIo::new(stream), caller, stranger, only).await,
            Err(error) => tracing::debug!(%error, "a socket was not opened after all"),
        }
    });

    Ok(switching(&key, subprotocol))
}

/// One of the few places for sockets that have not said who they are.
fn place_for_a_stranger(app: &App) -> Result<OwnedSemaphorePermit, Error> {
    let strangers = app.strangers.clone();
    strangers
        .try_acquire_owned()
        .map_err(|_| Error::Unavailable {
            reason: "too many sockets have not said who they are; try again",
            retry_after_ms: 5_000,
        })
}

/// The server's half of the handshake.
fn switching(key: &str, subprotocol: bool) -> Response<Body> {
    let mut response = answer::plain(101, "text/plain", Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if subprotocol {
        headers.insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
    }
    response
}

/// The key of a correct handshake (RFC 6455, 4.2.1).
fn handshake_key(headers: &HeaderMap) -> Result<String, Error> {
    let has = |name: HeaderName, word: &str| {
        let mut values = headers
            .get_all(name)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        values.any(|value| {
            value
                .split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(word))
        })
    };
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .and_then(|value| value.to_str().ok());
    match key {
        Some(key)
            if has(header::CONNECTION, "upgrade")
                && has(header::UPGRADE, "websocket")
                && has(header::SEC_WEBSOCKET_VERSION, "13") =>
        {
            Ok(key.to_owned())
        }
        _ => Err(Error::rule(
            Code::UpgradeRequired,
            "open a websocket (version 13) here",
        )),
    }
}

/// Pages of other origins must be on the allow-list; programs send no origin.
fn require_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), Error> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    match allowed
        .iter()
        .any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(origin))
    {
        true => Ok(()),
        false => Err(Error::forbidden(
            "pages of this origin may not open sockets here; see allowed_origins",
        )),
    }
}

/// Who opens the socket: by header, by ticket, by the token in the query where that is switched on. Without any, the
/// first frame has to say.
async fn opener(
    app: &App,
    headers: &HeaderMap,
    uri: &Uri,
    extensions: &Extensions,
    address: IpAddr,
) -> Result<Caller, Error> {
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "ticket" => return auth::by_ticket(app, &value, Some(address)).await,
            "token" if app.config.query_token => {
                return auth::by_token(app, &value, Some(address)).await;
            }
            "token" => {
                let detail =
                    "a token does not belong into a URL; send a header, a ticket or a hello frame";
                return Err(Error::rule(Code::Unauthenticated, detail));
            }
            _ => {}
        }
    }
    caller::found(app, headers, extensions, address).await
}

fn offered(headers: &HeaderMap) -> bool {
    let mut offers = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    offers.any(|offer| offer.split(',').any(|part| part.trim() == SUBPROTOCOL))
}

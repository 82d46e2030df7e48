//! The first frame of a socket that came without credentials: `{"type": "hello", "data": {"token": "…"}}`, in time.

use super::Stream;
use crate::{App, auth, auth::Caller, conversation};
use chat_core::{Close, Code, ConversationId};
use futures_util::StreamExt;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as WsMessage;

/// A hello must come within this time.
const HELLO_DEADLINE: Duration = Duration::from_secs(5);
/// A hello is short.
const HELLO_BYTES_MOST: usize = 4 * 1024;

#[derive(Deserialize)]
struct Hello {
    r#type: String,
    data: HelloData,
}

#[derive(Deserialize)]
struct HelloData {
    token: String,
}

/// The caller, known already or from the first frame.
pub(super) async fn caller(
    app: &App,
    stream: &mut Stream,
    caller: Caller,
    only: Option<ConversationId>,
) -> Result<Caller, Close> {
    if !caller.is_anonymous() {
        return Ok(caller);
    }
    let Ok(Some(Ok(WsMessage::Text(text)))) = timeout(HELLO_DEADLINE, stream.next()).await else {
        return Err(Close::NotSignedIn);
    };
    let hello = Some(text).filter(|text| text.len() <= HELLO_BYTES_MOST);
    let hello = hello.and_then(|text| serde_json::from_str::<Hello>(&text).ok());
    let hello = hello
        .filter(|hello| hello.r#type == "hello")
        .ok_or(Close::NotSignedIn)?;
    let caller = auth::by_token(app, &hello.data.token, caller.address).await;
    let caller = caller.map_err(|error| match error.code() {
        Code::TokenExpired => Close::TokenExpired,
        Code::SessionEnded => Close::SessionEnded,
        // It cannot be known now; whoever comes back is answered.
        Code::Unavailable => Close::PositionLost,
        _ => Close::NotSignedIn,
    })?;
    if let Some(id) = only {
        let user = caller.user().map_err(|_| Close::NotSignedIn)?;
        let mut conn = app.db.read().await.map_err(|_| Close::PositionLost)?;
        conversation::require(&mut conn, id, user)
            .await
            .map_err(|_| Close::NotSignedIn)?;
    }
    Ok(caller)
}

//! What the log says of a socket: that it opened, that it closed and why, and which of its calls failed.

use super::Connection;
use crate::{
    Error,
    auth::Caller,
    hub::{Ending, SocketId},
};
use chat_core::UserId;
use tokio::time::Instant;

/// The two lines that a socket has in the log.
pub(super) struct Opened {
    user: UserId,
    socket: SocketId,
    at: Instant,
}

impl Opened {
    pub(super) fn log(caller: &Caller, user: UserId, socket: SocketId) -> Self {
        let address = caller.address.map(tracing::field::display);
        tracing::info!(%user, %socket, address, "a socket opened");
        let at = Instant::now();
        Self { user, socket, at }
    }

    pub(super) fn log_end(&self, connection: &Connection, ending: Option<&Ending>) {
        let reason = match ending {
            None => "the connection broke",
            Some(ending) if ending.reason.is_empty() => "the peer said goodbye",
            Some(ending) => &ending.reason,
        };
        tracing::info!(
            user = %self.user,
            socket = %self.socket,
            address = connection.caller.address.map(tracing::field::display),
            code = ending.map(|ending| ending.code),
            reason,
            duration_s = self.at.elapsed().as_secs(),
            frames_in = connection.frames_in,
            frames_out = connection.frames_out,
            "a socket closed"
        );
    }
}

/// The cause of a failed call goes into the log, once, and stays there. The socket and the number of the frame are what a
/// request id is elsewhere.
pub(super) fn failed(
    error: &Error,
    operation: &str,
    caller: &Caller,
    (socket, frame): (SocketId, Option<u64>),
) {
    if error.code().status() < 500 {
        return;
    }
    tracing::error!(
        operation,
        %socket,
        frame,
        user = caller.user().ok().map(tracing::field::display),
        code = error.code().as_str(),
        %error,
        cause = error.cause(),
        "a call over a socket failed"
    );
}

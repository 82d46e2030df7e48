//! One socket, one task: it reads calls, writes what waits, keeps the peer alive, and ends for a reason.
//!
//! Calls run beside each other, but each begins in the order it came: sends reach the writer in the order they were
//! sent (unless a hook of the embedding program lets one wait). While too many are under way, nothing more is read, and TCP holds the peer back.

mod hello;
mod log;

use crate::{
    App,
    auth::Caller,
    hub::{Caps, Ending, Item, Socket},
    presence,
};
use chat_core::{
    ClientFrame, Close, Code, ConversationId, Envelope, Event, Ready, ServerFrame, TokenScope,
    UserId,
};
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use log::Opened;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error as WsError, Message as WsMessage, Utf8Bytes,
        error::{CapacityError, ProtocolError},
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

type Stream = WebSocketStream<TokioIo<Upgraded>>;

/// Calls of one socket under way at a time.
const UNDER_WAY_MOST: usize = 16;
/// Frames in a second; a peer that sends more, pings included, is let go.
const FRAMES_PER_S_MOST: u32 = 500;
/// A closing handshake must be done within this time.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// Serves an upgraded connection until it ends.
pub(crate) async fn serve(
    app: Arc<App>,
    io: TokioIo<Upgraded>,
    caller: Caller,
    stranger: Option<OwnedSemaphorePermit>,
    only: Option<ConversationId>,
) {
    let frame_bytes = app.config.limits.frame_bytes as usize;
    // Small buffers: an idle socket should cost little. A few frames may gather before a write.
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(16 * 1024)
        // The queue before it is bounded; a long answer alone may be longer than any other bound.
        .max_write_buffer_size(usize::MAX)
        .max_message_size(Some(frame_bytes))
        .max_frame_size(Some(frame_bytes));
    let mut stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    // What runs once is boxed, here and below: its space is free again while the socket idles.
    let named = tokio::select! {
        named = Box::pin(hello::caller(&app, &mut stream, caller, only)) => named.map_err(Ending::new),
        // Nobody is let in any more; who is here already is told by the hub.
        () = app.draining.cancelled() => Err(going_away(&app)),
    };
    let ending = match named {
        Ok(caller) => {
            drop(stranger);
            run(&app, &mut stream, caller, only).await
        }
        Err(ending) => Some(ending),
    };
    if let Some(ending) = ending {
        Box::pin(close(&mut stream, ending)).await;
    }
}

fn going_away(app: &App) -> Ending {
    Ending::going_away(app.config.shutdown_spread_ms, app.random.word())
}

async fn run(
    app: &Arc<App>,
    stream: &mut Stream,
    mut caller: Caller,
    only: Option<ConversationId>,
) -> Option<Ending> {
    let user = caller.user().ok()?;
    let before = app.hub.presence(user);
    let limits = &app.config.limits;
    let caps = Caps {
        all: app.config.sockets_most as usize,
        per_user: limits.sockets_per_user as usize,
        per_address: app.config.sockets_per_address,
    };
    let frame = match Box::pin(ready(app, &caller, user)).await {
        Ok(frame) => frame,
        Err(close) => return Some(Ending::new(close)),
    };
    let make = |id| {
        let bytes = app.config.socket_queue_bytes as usize;
        let socket = Socket::new(id, user, caller.session_id, caller.address, only, bytes);
        if caller.scope == Some(TokenScope::Read) {
            // It changes nothing that others could see.
            socket.hide();
        }
        // Before anything that it will hear once the hub knows it.
        socket.push(Item::reply(frame));
        socket
    };
    let socket = match Box::pin(app.hub.connect(make, caps)).await {
        Ok(socket) => socket,
        Err(close) => return Some(Ending::new(close)),
    };
    // What happened while the socket was being let in: the hub did not know it yet.
    let ended = caller
        .session_id
        .is_some_and(|session| app.tokens.is_ended(session));
    let ending = match (ended, app.is_draining()) {
        (true, _) => Some(Ending::new(Close::SessionEnded)),
        (false, true) => Some(going_away(app)),
        (false, false) => {
            Box::pin(presence::changed(app, user, before)).await;
            caller.socket = Some(socket.clone());
            let opened = Opened::log(&caller, user, socket.id());
            let mut connection = Connection::new(app.clone(), socket.clone(), caller);
            let ending = connection.run(stream).await;
            opened.log_end(&connection, ending.as_ref());
            ending
        }
    };
    let before = app.hub.presence(user);
    if !app.hub.disconnect(&socket) {
        // Others are left; perhaps only those that rest.
        Box::pin(presence::changed(app, user, before)).await;
    } else {
        let left = app.clone();
        app.tasks
            .spawn(async move { presence::went(&left, user).await });
    }
    ending
}

/// The first frame. Who is gone meanwhile is not signed in; where it cannot be made, whoever comes again may have it.
async fn ready(app: &App, caller: &Caller, user: UserId) -> Result<String, Close> {
    let known = crate::user::me(app, user).await;
    let user = known.map_err(|error| match error.code() {
        Code::NotFound => Close::NotSignedIn,
        _ => {
            tracing::error!(%error, cause = error.cause(), "a socket could not be told who it is");
            Close::PositionLost
        }
    })?;
    let ready = Ready {
        user,
        session_id: caller.session_id,
        server_time: app.now(),
        heartbeat_ms: app.config.heartbeat_ms,
        limits: app.config.limits.clone(),
    };
    Ok(ServerFrame::encode_event(&Envelope::passing(
        None,
        Event::Ready(ready),
    )))
}

/// The state of a connected socket.
struct Connection {
    app: Arc<App>,
    socket: Arc<Socket>,
    caller: Caller,
    under_way: FuturesUnordered<BoxFuture<'static, Option<String>>>,
    heartbeat: Duration,
    last_heard: Instant,
    next_ping: Instant,
    /// Frames in the second that began then.
    frames: (Instant, u32),
    /// Frames in all, for the log.
    frames_in: u64,
    frames_out: u64,
}

impl Connection {
    fn new(app: Arc<App>, socket: Arc<Socket>, caller: Caller) -> Self {
        let heartbeat = Duration::from_millis(u64::from(app.config.heartbeat_ms.max(10)));
        let now = Instant::now();
        // Spread over the interval, so that sockets opened together are not pinged together.
        let jitter = heartbeat.mul_f64((app.random.word() % 1_000) as f64 / 1_000.0);
        Self {
            app,
            socket,
            caller,
            under_way: FuturesUnordered::new(),
            heartbeat,
            last_heard: now,
            next_ping: now + jitter,
            frames: (now, 0),
            frames_in: 0,
            frames_out: 0,
        }
    }

    async fn run(&mut self, stream: &mut Stream) -> Option<Ending> {
        let token_left = self
            .caller
            .expires_at
            .map(|at| at.since_ms(self.app.now()).max(0).cast_unsigned());
        let token_end = token_left.map(|ms| Instant::now() + Duration::from_millis(ms));
        loop {
            let wake_at = token_end.map_or(self.next_ping, |end| end.min(self.next_ping));
            tokio::select! {
                () = self.socket.woken() => {
                    if let Some(ending) = self.write(stream).await? {
                        return Some(ending);
                    }
                }
                answer = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.answered(answer);
                }
                frame = stream.next(), if self.under_way.len() < UNDER_WAY_MOST => {
                    if let Some(ending) = self.read(frame?)? {
                        return Some(ending);
                    }
                }
                () = tokio::time::sleep_until(wake_at) => {
                    if token_end.is_some_and(|end| end <= Instant::now()) {
                        return Some(Ending::new(Close::TokenExpired));
                    }
                    self.ping(stream).await?;
                }
            }
        }
    }

    fn answered(&self, answer: Option<Option<String>>) {
        if let Some(Some(text)) = answer {
            self.socket.push(Item::reply(text));
        }
    }

    /// Writes what waits. The outer `None` is a broken connection.
    async fn write(&mut self, stream: &mut Stream) -> Option<Option<Ending>> {
        // An answer is often there together with its event; they leave in one system call.
        while let Some(Some(answer)) = self.under_way.next().now_or_never() {
            self.answered(Some(answer));
        }
        let (items, ending) = self.socket.take();
        let patience = self.heartbeat * 2;
        self.frames_out += items.len() as u64;
        let all = async {
            for item in items {
                stream.feed(WsMessage::Text(item.into_bytes())).await?;
            }
            stream.flush().await
        };
        let written = tokio::select! {
            written = timeout(patience, all) => written,
            // Access ends at once, also for a peer that does not read.
            ending = self.socket.ended() => return Some(Some(ending)),
        };
        match written {
            Ok(Ok(())) => Some(ending),
            Ok(Err(_)) => None,
            Err(_) => Some(Some(Ending::new(Close::TooSlow))),
        }
    }

    /// Takes a frame in. The outer `None` is a connection that has ended already.
    fn read(&mut self, frame: Result<WsMessage, WsError>) -> Option<Option<Ending>> {
        let now = Instant::now();
        self.last_heard = now;
        if now.duration_since(self.frames.0) >= Duration::from_secs(1) {
            self.frames = (now, 0);
        }
        self.frames.1 += 1;
        self.frames_in += 1;
        if self.frames.1 > FRAMES_PER_S_MOST {
            return Some(Some(Ending::new(Close::TooMany)));
        }
        match frame {
            Ok(WsMessage::Text(text)) => {
                self.call(&text);
                Some(None)
            }
            Ok(WsMessage::Binary(_)) => Some(Some(Ending::new(Close::BrokenFrame))),
            // The answer to a goodbye waits to be flushed; closing does that.
            Ok(WsMessage::Close(_)) => Some(Some(Ending {
                code: 1000,
                reason: String::new(),
            })),
            Ok(_) => Some(None),
            Err(error) => broken(&error).map(Some),
        }
    }

    fn call(&mut self, text: &Utf8Bytes) {
        let ClientFrame { id, request } = ClientFrame::parse(text);
        let request = match request {
            Ok(request) => request,
            Err(problem) => {
                let counted = self
                    .caller
                    .user()
                    .and_then(|user| self.app.limiter.noise(user));
                let problem = counted.map_or_else(|error| error.problem(), |()| problem);
                // Without a number nobody waits for the answer; number 0 says that something was wrong at all.
                self.socket.push(Item::reply(ServerFrame::encode_reply(
                    id.unwrap_or(0),
                    Err(problem),
                )));
                return;
            }
        };
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let socket = self.socket.id();
        let mut work = async move {
            let operation = request.operation().name;
            let result = app.handle(&caller, request).await;
            if let Err(error) = &result {
                log::failed(error, operation, &caller, (socket, id));
            }
            let id = id?;
            Some(ServerFrame::encode_reply(
                id,
                result.as_ref().map_err(|error| error.problem()),
            ))
        }
        .boxed();
        // Begun at once, so that calls reach the writer in the order they came.
        match work.as_mut().now_or_never() {
            Some(Some(text)) => {
                self.socket.push(Item::reply(text));
            }
            Some(None) => {}
            None => self.under_way.push(work),
        }
    }

    async fn ping(&mut self, stream: &mut Stream) -> Option<()> {
        if self.last_heard.elapsed() >= self.heartbeat * 2 {
            return None;
        }
        self.next_ping = Instant::now() + self.heartbeat;
        timeout(
            self.heartbeat,
            stream.send(WsMessage::Ping(Vec::new().into())),
        )
        .await
        .ok()?
        .ok()
    }
}

/// How to end after a broken frame; none when there is nobody to tell.
fn broken(error: &WsError) -> Option<Ending> {
    let (code, reason) = match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            (CloseCode::Size, "frame too large")
        }
        WsError::Utf8(_) => (CloseCode::Invalid, "text is not UTF-8"),
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return None,
        WsError::Protocol(_) => (CloseCode::Protocol, "broken frame"),
        _ => return None,
    };
    Some(Ending {
        code: code.into(),
        reason: reason.to_owned(),
    })
}

/// Says why, and gives the peer a moment to say goodbye.
async fn close(stream: &mut Stream, ending: Ending) {
    let frame = CloseFrame {
        code: ending.code.into(),
        reason: ending.reason.into(),
    };
    let goodbye = async {
        if stream.close(Some(frame)).await.is_err() {
            // The peer has said goodbye first: the answer to that waits to be flushed.
            stream.flush().await?;
        }
        while let Some(Ok(_)) = stream.next().await {}
        // In the middle of a broken frame the peer may still be sending.
        stream.get_mut().shutdown().await?;
        Ok::<_, WsError>(())
    };
    // Whether the peer answers is its own business.
    let _ = timeout(CLOSE_DEADLINE, goodbye).await;
}

//! A network over another that breaks as planned. It changes and reorders nothing: what comes through is what was sent.

use super::faults::{Program, Step};
use crate::{
    Error, FileContent, HttpAnswer, HttpBody, HttpCall, HttpFile, Incoming, Peer, Socket,
    SocketRequest, Transport,
};
use async_trait::async_trait;
use futures_util::StreamExt;
use std::{io, sync::Arc};
use tokio::sync::{mpsc, watch};

/// Carries what another transport carries, until something is planned to go wrong. Made by [`Program::transport`].
#[derive(Clone)]
pub struct FaultyTransport {
    program: Program,
    inner: Arc<dyn Transport>,
}

impl std::fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FaultyTransport")
            .field(&self.program)
            .finish()
    }
}

/// Both ends of an open socket, and what is in between.
struct Relay {
    program: Program,
    near: Peer,
    outgoing: mpsc::Sender<String>,
    incoming: mpsc::Receiver<Incoming>,
    cuts: watch::Receiver<u64>,
}

impl FaultyTransport {
    pub(super) fn new(program: Program, inner: Arc<dyn Transport>) -> Self {
        Self { program, inner }
    }

    /// What goes up, with a step before each piece of a file.
    fn in_steps(&self, body: HttpBody) -> HttpBody {
        let HttpBody::File { mime_type, content } = body else {
            return body;
        };
        let program = self.program.clone();
        let content = FileContent::stream(content.length(), move || {
            let program = program.clone();
            content.open().then(move |piece| {
                let program = program.clone();
                async move {
                    let through = program.pass("in the middle of a file").await;
                    through.map_err(io::Error::other)?;
                    piece
                }
            })
        });
        HttpBody::File { mime_type, content }
    }
}

#[async_trait]
impl Transport for FaultyTransport {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        self.program.pass("on the way there").await?;
        let body = self.in_steps(call.body);
        let answer = self.inner.call(HttpCall { body, ..call }).await?;
        self.program.pass("on the way back").await?;
        Ok(answer)
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        self.program.pass("on the way there").await?;
        let file = self.inner.fetch(call).await?;
        let program = self.program.clone();
        let chunks = file.chunks.then(move |chunk| {
            let program = program.clone();
            async move {
                program.pass("in the middle of a file").await?;
                chunk
            }
        });
        Ok(HttpFile {
            chunks: chunks.boxed(),
            ..file
        })
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        self.program.pass("before it was open").await?;
        let cuts = self.program.faults().cuts();
        let (outgoing, incoming) = self.inner.connect(request).await?.into_parts();
        let (socket, near) = Socket::pair();
        let relay = Relay {
            program: self.program.clone(),
            near,
            outgoing,
            incoming,
            cuts,
        };
        tokio::spawn(relay.run());
        Ok(socket)
    }
}

impl Relay {
    /// Hands frames over until something breaks. Returning lets go of both ends.
    async fn run(mut self) {
        loop {
            let program = self.program.clone();
            let step = tokio::select! {
                biased;
                () = program.killed() => return,
                _ = self.cuts.changed() => return,
                frame = self.near.frames.recv() => {
                    let Some(frame) = frame else { return };
                    let step = program.step();
                    if step == Step::Through && self.outgoing.send(frame).await.is_err() {
                        return;
                    }
                    step
                }
                heard = self.incoming.recv() => {
                    let Some(heard) = heard else { return };
                    let step = program.step();
                    if step == Step::Through && self.near.says.send(heard).await.is_err() {
                        return;
                    }
                    step
                }
            };
            match step {
                Step::Through => {}
                Step::Silent => return self.be_silent().await,
                Step::Broken | Step::Dead => return,
            }
        }
    }

    /// Takes what the program says, and tells nobody; until the program lets go.
    async fn be_silent(mut self) {
        loop {
            tokio::select! {
                () = self.program.killed() => return,
                _ = self.cuts.changed() => return,
                frame = self.near.frames.recv() => if frame.is_none() { return },
            }
        }
    }
}

//! The way to the server of these tests: no port, no socket of the system, and every fault of the test kit on it.

use super::server::Server;
use crate::kit::ann;
use async_trait::async_trait;
use chat_client::{
    Error, HttpAnswer, HttpBody, HttpCall, HttpFile, Incoming, Peer, Socket, SocketRequest,
    Transport,
    test_kit::{Faults, FaultyTransport, Program},
};
use futures_util::TryStreamExt;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// What a program of ann's has around it: a server, and what goes wrong on the way there.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) server: Arc<Mutex<Server>>,
    pub(crate) program: Program,
}

impl World {
    pub(crate) fn new(faults: &Faults, server: &Arc<Mutex<Server>>) -> Self {
        Self {
            faults: faults.clone(),
            server: Arc::clone(server),
            program: faults.program(),
        }
    }

    pub(crate) fn transport(&self) -> FaultyTransport {
        self.program.transport(Wire(Arc::clone(&self.server)))
    }
}

/// Calls and sockets of ann, answered at once.
struct Wire(Arc<Mutex<Server>>);

#[async_trait]
impl Transport for Wire {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        let (HttpBody::File { content, .. }, Some(once)) = (&call.body, &call.once) else {
            return Ok(self.0.lock().unwrap().call(ann(), &call));
        };
        let bytes = content.open().try_fold(Vec::new(), async |mut all, piece| {
            all.extend(piece);
            Ok(all)
        });
        match bytes.await {
            Ok(bytes) => Ok(self.0.lock().unwrap().store(once, bytes)),
            Err(error) => Err(Error::network("the file broke off", error)),
        }
    }

    async fn fetch(&self, _: HttpCall) -> Result<HttpFile, Error> {
        Err(Error::disconnected("there are no files here"))
    }

    async fn connect(&self, _: SocketRequest) -> Result<Socket, Error> {
        let (socket, peer) = Socket::pair();
        tokio::spawn(serve(Arc::clone(&self.0), peer));
        Ok(socket)
    }
}

/// The server's end of a socket.
async fn serve(server: Arc<Mutex<Server>>, mut peer: Peer) {
    let (says, mut said) = mpsc::unbounded_channel();
    server.lock().unwrap().connect(ann(), says.clone());
    loop {
        tokio::select! {
            biased;
            frame = peer.frames.recv() => {
                let Some(frame) = frame else { return };
                server.lock().unwrap().frame(ann(), &frame, &says);
            }
            Some(text) = said.recv() => {
                if peer.says.send(Incoming::Text(text)).await.is_err() {
                    return;
                }
            }
        }
    }
}

//! One address before several servers: each new connection goes to the next one that takes it, or to the first, as a
//! balancer does that tries another when one refuses.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A balancer. It is gone when this is dropped; its connections are not.
pub struct Balancer {
    address: SocketAddr,
    servers: Arc<Mutex<Vec<String>>>,
    accepts: JoinHandle<()>,
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

impl Balancer {
    /// Starts one before servers that are named by address and port, which take turns.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn start(servers: Vec<String>) -> Self {
        Self::stepping(servers, 1).await
    }

    /// The same, where the first server gets every connection that it takes.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn to_the_first(servers: Vec<String>) -> Self {
        Self::stepping(servers, 0).await
    }

    async fn stepping(servers: Vec<String>, step: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let servers = Arc::new(Mutex::new(servers));
        let (known, next) = (servers.clone(), AtomicUsize::new(0));
        let accepts = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let first = next.fetch_add(step, Ordering::Relaxed);
                tokio::spawn(join(stream, known.clone(), first));
            }
        });
        Self {
            address,
            servers,
            accepts,
        }
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on these are the servers.
    pub fn set(&self, servers: Vec<String>) {
        *self.servers.lock().unwrap_or_else(PoisonError::into_inner) = servers;
    }
}

async fn join(mut client: TcpStream, servers: Arc<Mutex<Vec<String>>>, first: usize) {
    let servers = servers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    for nth in 0..servers.len() {
        let server = &servers[(first + nth) % servers.len()];
        if let Ok(mut server) = TcpStream::connect(server.as_str()).await {
            // Whoever breaks the connection has their own reasons.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}

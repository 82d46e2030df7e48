//! A Redis of its own for a story: a real one on a free port, which can be killed, started empty again, and paused.

use crate::{send_signal, until};
use rustix::process::Signal;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

/// A running `redis-server`. It is killed when this is dropped.
pub struct RedisServer {
    port: u16,
    directory: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one, and waits until it answers.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let directory = TempDir::new().expect("a temporary directory can be made");
        let mut redis = Self {
            port,
            directory,
            child: None,
        };
        redis.start_again().await;
        redis
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address for a server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once.
    ///
    /// # Panics
    /// When it has ended already.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().await.expect("it is our child");
    }

    /// Starts it at the same place; it remembers nothing.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn start_again(&mut self) {
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let child = child.expect("redis-server is installed (Debian: apt-get install redis-server)");
        self.child = Some(child);
        until("redis answers", async || self.ping().await).await;
    }

    /// Stops it where it is: connections stay open, nobody gets an answer.
    pub fn pause(&self) {
        send_signal(self.pid(), Signal::STOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        send_signal(self.pid(), Signal::CONT);
    }

    fn pid(&self) -> u32 {
        let child = self.child.as_ref().and_then(Child::id);
        child.expect("it runs")
    }

    async fn ping(&self) -> Result<(), String> {
        let answer = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(b"PING\r\n").await?;
            let mut answer = [0; 7];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        match answer.await {
            Ok(answer) if &answer == b"+PONG\r\n" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

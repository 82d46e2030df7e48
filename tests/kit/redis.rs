//! A Redis of its own for a story: a real one on a free port, which can be killed, started empty again, and paused.

use crate::{Certificate, kit::port::Port, send_signal, until};
use rustix::process::Signal;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
};

/// A running `redis-server`. It is killed when this is dropped.
pub struct RedisServer {
    port: Port,
    tls_port: Option<Port>,
    /// Where it talks to the others of its cluster.
    bus: Option<Port>,
    directory: TempDir,
    child: Option<Child>,
    words: Vec<String>,
}

impl RedisServer {
    /// Starts one, and waits until it answers.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one that also talks TLS, with a certificate of one's own; [`RedisServer::url`] names that door.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn over_tls(certificate: &Certificate) -> Self {
        let port = Port::new();
        let own = certificate.certificate().display().to_string();
        let (key, port_word) = (
            certificate.key().display().to_string(),
            port.number().to_string(),
        );
        let words = ["--tls-port", &port_word, "--tls-auth-clients", "no"];
        let files = ["--tls-cert-file", &own, "--tls-key-file", &key];
        let authorities = ["--tls-ca-cert-file", own.as_str()];
        let mut redis = Self::start_with(&[&words[..], &files, &authorities].concat()).await;
        redis.tls_port = Some(port);
        redis
    }

    /// Starts three, which share all keys and channels as a cluster.
    ///
    /// # Panics
    /// Where none is installed, or they do not come together.
    pub async fn cluster() -> Vec<Self> {
        let mut servers = Vec::new();
        for _ in 0..3 {
            let more = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
            // Else it is ten thousand above the port: anybody's.
            let bus = Port::new();
            let number = bus.number().to_string();
            let mut node =
                Self::start_with(&[&more[..], &["--cluster-port", &number]].concat()).await;
            node.bus = Some(bus);
            servers.push(node);
        }
        let addresses = servers.iter().map(|one| one.port.address());
        let mut words = vec!["--cluster".to_owned(), "create".to_owned()];
        words.extend(addresses);
        words.push("--cluster-yes".to_owned());
        let made = Command::new("redis-cli").args(words).output().await;
        let made = made.expect("redis-cli is installed");
        assert!(made.status.success(), "{made:?}");
        servers
    }

    /// Starts another that copies everything from this one, and waits until it has.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn replica(&self) -> Self {
        let port = self.port().to_string();
        let replica = Self::start_with(&["--replicaof", "127.0.0.1", &port]).await;
        until("the replica has everything", async || {
            let says = replica.ask(&["INFO", "replication"]).await;
            let is_up = says.contains("master_link_status:up");
            if is_up { Ok(()) } else { Err(says) }
        })
        .await;
        replica
    }

    /// What it answers to a command, as `redis-cli` shows it.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn ask(&self, words: &[&str]) -> String {
        let port = self.port().to_string();
        let asked = Command::new("redis-cli")
            .args(["-p", &port])
            .args(words)
            .output()
            .await;
        let asked = asked.expect("redis-cli is installed");
        String::from_utf8_lossy(&asked.stdout).trim_end().to_owned()
    }

    /// Starts a Sentinel that looks after this one under the name `main`, and takes it for dead after twelve seconds of
    /// silence: one that only has to wait for its turn is alive.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn sentinel(&self) -> Self {
        let file = self.directory.path().join("sentinel.conf");
        let text = format!(
            "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 12000\n\
             sentinel failover-timeout main 3000\n",
            self.port()
        );
        std::fs::write(&file, text).expect("it is writable");
        let file = file.to_str().expect("text").to_owned();
        let sentinel = Self::start_as(vec![file, "--sentinel".to_owned()], Vec::new()).await;
        // One that stood still itself for two seconds would otherwise only look on for half a minute.
        let patient = ["SENTINEL", "DEBUG", "tilt-trigger", "30000"];
        assert_eq!(sentinel.ask(&patient).await, "OK");
        sentinel
    }

    async fn start_with(more: &[&str]) -> Self {
        let more = more.iter().map(|word| (*word).to_owned());
        let keeps_nothing = ["--save", "", "--appendonly", "no"].map(str::to_owned);
        Self::start_as(Vec::new(), keeps_nothing.into_iter().chain(more).collect()).await
    }

    async fn start_as(first: Vec<String>, last: Vec<String>) -> Self {
        let port = Port::new();
        let directory = TempDir::new().expect("a temporary directory can be made");
        let own = ["--bind", "127.0.0.1", "--dir"].map(str::to_owned);
        let place = directory.path().to_str().expect("text").to_owned();
        let port_words = ["--port".to_owned(), port.number().to_string()];
        let words = first.into_iter().chain(own).chain([place]);
        let mut redis = Self {
            words: words.chain(port_words).chain(last).collect(),
            port,
            tls_port: None,
            bus: None,
            directory,
            child: None,
        };
        redis.start_again().await;
        redis
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its address for a server.
    pub fn url(&self) -> String {
        match &self.tls_port {
            Some(port) => format!("rediss://localhost:{}", port.number()),
            None => format!("redis://{}", self.port.address()),
        }
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
        let child = Command::new("redis-server")
            .args(&self.words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let child =
            child.expect("redis-server is installed (Debian: apt-get install redis-server)");
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
            let mut stream = TcpStream::connect(self.port.address()).await?;
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

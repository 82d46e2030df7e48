//! Straight on a database: a server in this process, reached through a socket that nobody else can open, for as long as one
//! command takes. For the first steps, and for rescue where no server answers.
//!
//! Beside a running server on a file it would not be heard: that one keeps what it knows in memory. So it refuses where one
//! runs: there `--socket` is the way. It makes no database: a name that is wrong leaves nothing behind.

use crate::{
    alone::Alone,
    config::ConfigArgs,
    error::{Error, Result},
};
use chat_core::Code;
use chat_server::{ChatServer, Config};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// A server for one command.
pub(crate) struct Direct {
    directory: TempDir,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    _alone: Option<Alone>,
}

impl Direct {
    /// Opens the database; with an empty name the one of the settings.
    pub(crate) async fn open(database: &str) -> Result<Self> {
        let args = match database {
            "" => ConfigArgs::default(),
            named => ConfigArgs::of_database(named),
        };
        Self::over(args.load()?.config).await
    }

    /// Opens the database of these settings.
    pub(crate) async fn over(config: Config) -> Result<Self> {
        require_file(&config)?;
        let socket = answering(&config);
        let way = match &socket {
            Some(name) => format!("say --socket {name}"),
            None => "give it a local_socket and say --socket FILE, or stop it".to_owned(),
        };
        let taken = format!("its server runs, and would not hear of it; {way}");
        let alone = Alone::claim(&config, &taken)?;
        if alone.is_none() && socket.is_some() {
            return Err(Error::coded(Code::Conflict, taken));
        }
        let directory = tempfile::Builder::new()
            .prefix("chat-direct-")
            .tempdir()
            .map_err(|error| Error::io("cannot make a temporary directory", error))?;
        let server = ChatServer::builder().config(config).build().await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel();
        let socket = directory.path().join("socket");
        let served = tokio::spawn(async move {
            let until = async {
                // It is there when this is asked for the first time.
                let _ = ready.send(());
                let _ = stopped.await;
            };
            server.run_local(&socket, until).await
        });
        if is_ready.await.is_err() {
            return Err(ended(served.await));
        }
        Ok(Self {
            directory,
            stop,
            served,
            _alone: alone,
        })
    }

    /// Where it is reached.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// Ends it in good order: what was done is on the disk.
    pub(crate) async fn close(self) -> Result<()> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        match self.served.await {
            Ok(Ok(())) => Ok(()),
            other => Err(ended(other)),
        }
    }
}

/// Refuses a file that is not there.
fn require_file(config: &Config) -> Result<()> {
    if config.database_file().is_none_or(|file| file.is_file()) {
        return Ok(());
    }
    let name = config.shown_database();
    Err(Error::coded(
        Code::NotFound,
        format!(
            "there is no database {name}; name it, or make it with: chat user create NAME --admin"
        ),
    ))
}

/// The socket of the settings, where a server answers at it. Whose it is can be told only of a database in a file, by its
/// lock.
fn answering(config: &Config) -> Option<String> {
    #[cfg(unix)]
    if let Some(socket) = &config.local_socket
        && std::os::unix::net::UnixStream::connect(socket).is_ok()
    {
        return Some(socket.display().to_string());
    }
    None
}

fn ended(how: std::result::Result<std::io::Result<()>, tokio::task::JoinError>) -> Error {
    match how {
        Ok(Err(error)) => Error::io("cannot go straight on the database", error),
        Ok(Ok(())) => Error::Failed("the database was closed too early".to_owned()),
        Err(error) => Error::Failed(format!("the program failed: {error}")),
    }
}

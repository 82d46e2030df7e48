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
        let args = ConfigArgs {
            database: Some(database.to_owned()).filter(|name| !name.is_empty()),
            ..ConfigArgs::default()
        };
        let config = args.load()?.config;
        require_alone(&config)?;
        let taken = "its server runs, and would not hear of it; give it a local_socket and say --socket FILE, or stop it";
        let alone = Alone::claim(&config, taken)?;
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

/// Refuses a file that is not there, and one whose server answers.
fn require_alone(config: &Config) -> Result<()> {
    if config.database_file().is_some_and(|file| !file.is_file()) {
        let name = config.shown_database();
        return Err(Error::coded(
            Code::NotFound,
            format!(
                "there is no database {name}; name it, or make it with: chat user create NAME --admin"
            ),
        ));
    }
    #[cfg(unix)]
    if let Some(socket) = &config.local_socket
        && std::os::unix::net::UnixStream::connect(socket).is_ok()
    {
        let name = socket.display();
        return Err(Error::coded(
            Code::Conflict,
            format!("its server runs, and would not hear of it; say --socket {name}"),
        ));
    }
    Ok(())
}

fn ended(how: std::result::Result<std::io::Result<()>, tokio::task::JoinError>) -> Error {
    match how {
        Ok(Err(error)) => Error::io("cannot go straight on the database", error),
        Ok(Ok(())) => Error::Failed("the database was closed too early".to_owned()),
        Err(error) => Error::Failed(format!("the program failed: {error}")),
    }
}

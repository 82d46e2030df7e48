//! A socket in the file system, for who looks after the server on its own machine. Whoever may open it is vouched for by
//! the system: they are root, or whom the server runs as, or of its group where that is let in. They need no password,
//! and speak for any account that they name; each change is written down as that account's.
//!
//! It is never reachable by others, not even for the moment in which it is made.

use super::{Way, connection};
use crate::ChatServer;
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Root speaks for everybody on its machine.
const ROOT: u32 = 0;

/// Names that are tried for a directory of one's own.
const HIDDEN_MOST: u32 = 100;

/// The socket, and who may speak through it. The file goes with it.
pub(super) struct Local {
    listener: UnixListener,
    path: PathBuf,
    /// Which file it is: another server may have taken the name since.
    file: (u64, u64),
    owner: u32,
    with_group: bool,
}

impl Local {
    /// Opens it. A file that a server left behind when it was killed gives way; one that is served does not.
    pub(super) async fn open(path: &Path, with_group: bool) -> io::Result<Self> {
        require_free(path).await?;
        let parent = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // Made where nobody else looks, and moved when it is closed to others.
        let hidden = hide(parent)?;
        let made = make(&hidden.join("s"), path, with_group);
        fs::remove_dir(&hidden)?;
        let (listener, there) = made?;
        Ok(Self {
            file: identity(&there),
            owner: there.uid(),
            path: path.to_owned(),
            listener,
            with_group,
        })
    }

    /// Serves it until `stop`.
    pub(super) async fn serve(
        self,
        server: ChatServer,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) {
        while let Some(accepted) = stop.run_until_cancelled(self.listener.accept()).await {
            match accepted {
                Ok((stream, _)) if self.vouches_for(&stream) => {
                    let connection = connection(server.clone(), stream, Way::Local, stop.clone());
                    tasks.spawn(connection);
                }
                Ok(_) => tracing::warn!("somebody else tried the local socket"),
                Err(error) => {
                    tracing::warn!(%error, "a local connection could not be taken");
                    tokio::time::sleep(super::ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// By what the system says of the other end. Of a group it tells only the first; the file itself keeps the others out.
    fn vouches_for(&self, stream: &UnixStream) -> bool {
        let Ok(peer) = stream.peer_cred() else {
            return false;
        };
        tracing::debug!(uid = peer.uid(), "a local connection");
        self.with_group || [ROOT, self.owner].contains(&peer.uid())
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let there = fs::symlink_metadata(&self.path);
        if there.is_ok_and(|there| identity(&there) == self.file) {
            // A name that is gone already is no loss.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The listener, and what its file is. It takes the place of one that nobody serves.
fn make(hidden: &Path, path: &Path, with_group: bool) -> io::Result<(UnixListener, fs::Metadata)> {
    let listener = UnixListener::bind(hidden)?;
    let mode = if with_group { 0o660 } else { 0o600 };
    let made = fs::set_permissions(hidden, fs::Permissions::from_mode(mode))
        .and_then(|()| fs::symlink_metadata(hidden))
        .and_then(|there| fs::rename(hidden, path).map(|()| there))
        .inspect_err(|_| {
            // It would keep its directory from going, too.
            let _ = fs::remove_file(hidden);
        })?;
    Ok((listener, made))
}

fn identity(file: &fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// A directory that is nobody else's: a name that is taken may be, so it is let be.
fn hide(parent: &Path) -> io::Result<PathBuf> {
    let mut nth = 0;
    loop {
        let hidden = parent.join(format!(".chat-{}-{nth}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&hidden) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && nth < HIDDEN_MOST => {
                nth += 1;
            }
            made => return made.map(|()| hidden),
        }
    }
}

/// Sees that nobody serves the name.
async fn require_free(path: &Path) -> io::Result<()> {
    let Ok(there) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !there.file_type().is_socket() {
        let text = "there is a file that is no socket; move it, or name another path";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another server serves it",
        )),
        // Nobody listens, or it is gone.
        Err(error)
            if [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound]
                .contains(&error.kind()) =>
        {
            Ok(())
        }
        // Whoever has too much to do just now, or is another's, is there.
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_with_too_much_to_do_is_not_pushed_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.sock");
        let socket = tokio::net::UnixSocket::new_stream().unwrap();
        socket.bind(&path).unwrap();
        let _listener = socket.listen(1).unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = UnixStream::connect(&path).await {
            waiting.push(stream);
        }

        let opened = Local::open(&path, false).await;

        assert!(opened.is_err() && path.exists());
    }

    #[tokio::test]
    async fn what_another_server_serves_stays_when_this_one_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.sock");
        let first = Local::open(&path, false).await.unwrap();
        // As if both had looked at the same moment.
        fs::remove_file(&path).unwrap();
        let second = Local::open(&path, false).await.unwrap();

        drop(first);

        assert!(UnixStream::connect(&path).await.is_ok());
        drop(second);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_a_killed_server_left_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());

        let opened = Local::open(&path, false).await;

        assert!(opened.is_ok() && UnixStream::connect(&path).await.is_ok());
    }

    #[tokio::test]
    async fn what_another_has_hidden_is_let_be() {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().join(format!(".chat-{}-0", std::process::id()));
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("s"), "theirs").unwrap();

        let opened = Local::open(&dir.path().join("chat.sock"), false).await;

        assert!(opened.is_ok());
        assert_eq!(fs::read(theirs.join("s")).unwrap(), b"theirs");
    }
}

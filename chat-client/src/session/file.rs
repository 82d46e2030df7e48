//! A session in a file that only its owner can read. One session in one file: a program of several users has a store of its
//! own that names a file for each.

use super::{SavedSession, SessionStore};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Keeps the session of a device in a file, with a mode of 0600 in directories of 0700 that are made where they are
/// missing. The file is replaced whole: a crash leaves the old session or the new one.
///
/// ```
/// # chat_client::test_kit::between_two(async |ann, _, _| {
/// # let home = tempfile::tempdir()?;
/// # let path = home.path().join("chat/session.json");
/// # let new = chat_core::Register {
/// #     username: chat_core::Username::parse("cleo")?,
/// #     email: chat_core::Email::parse("cleo@example.org")?,
/// #     password: chat_core::NewPassword::try_from("correct horse battery".to_owned())?,
/// #     display_name: None,
/// #     device_name: None,
/// # };
/// # let server = ann.server().clone();
/// use chat_client::{Client, SessionFile, SessionStore};
///
/// let file = SessionFile::at(&path);
/// let mut builder = Client::builder(server).sessions(file.clone());
/// if let Some(session) = file.load()? {
///     builder = builder.session(session);
/// }
/// let client = builder.build()?;
/// if client.me().is_none() {
///     client.register(new).await?;
/// }
/// // The next start comes back signed in.
/// assert_eq!(file.load()?, client.session());
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct SessionFile {
    path: PathBuf,
}

impl SessionFile {
    /// Keeps it at this place. Nothing is read or written yet.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("session.json");
    /// use chat_client::{SessionFile, SessionStore};
    ///
    /// let file = SessionFile::at(&path);
    /// assert!(file.load()?.is_none() && !path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl SessionStore for SessionFile {
    fn save(&self, session: &SavedSession) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            create_private_dir(directory)?;
        }
        // Written aside and moved into place. Two programs may do so at once.
        let aside = self
            .path
            .with_extension(format!("{}.new", std::process::id()));
        write_private(&aside, &serde_json::to_vec(session)?)?;
        fs::rename(&aside, &self.path)
    }

    fn clear(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// Also when what is there is no session.
    fn load(&self) -> io::Result<Option<SavedSession>> {
        match fs::read(&self.path) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|error| {
                let path = self.path.display();
                io::Error::other(format!(
                    "{path} is no session: {error}; delete it and sign in again"
                ))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Makes a directory that only its owner can look into (0700), and those above it where they are missing.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let home = tempfile::tempdir()?;
/// # let path = home.path().join("chat/known");
/// chat_client::create_private_dir(&path)?;
/// assert!(path.is_dir());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When it cannot be made.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner can read (0600), over what was there, and whoever could read that; it is on the disk
/// then. A crash on the way leaves it empty or in part: who minds writes another and gives it the name.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let home = tempfile::tempdir()?;
/// # let path = home.path().join("draft.md");
/// chat_client::write_private(&path, b"Dear all")?;
/// assert_eq!(std::fs::read(&path)?, b"Dear all");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // One that was there has the mode that it had.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    io::Write::write_all(&mut file, content)?;
    file.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_everybody_could_read_is_its_owners_alone_once_it_is_written() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("draft.md");
        fs::write(&path, "a longer text than the next").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

        write_private(&path, b"Dear all").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"Dear all");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

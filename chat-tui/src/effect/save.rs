//! Files from a message onto this machine: under their own name, or one like it that is free. Nothing that is there is
//! written over, whoever saves what at the same time.

use super::files::at_home;
use crate::Msg;
use chat_client::Client;
use chat_core::{Attachment, FileName, text};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Saves a file under its own name, or one like it that is free.
pub(super) async fn save(
    client: Client,
    file: Attachment,
    directory: Option<PathBuf>,
    tell: impl Fn(Msg) + Send + Sync + 'static,
) {
    let name = safe_name(&file.file_name);
    let Some(directory) = directory
        .map(|path| at_home(&path.to_string_lossy()))
        .or_else(downloads)
    else {
        return tell(Msg::Failed(
            "there is no home directory to save it in".to_owned(),
        ));
    };
    if let Err(error) = tokio::fs::create_dir_all(&directory).await {
        return tell(Msg::Failed(format!(
            "{} cannot be made: {error}",
            directory.display()
        )));
    }
    let mut told = 0;
    let progress = |received: u64, size: Option<u64>| {
        let size = size.unwrap_or(file.size).max(1);
        let tenths = received.saturating_mul(10) / size;
        if tenths > told {
            told = tenths;
            tell(Msg::Told(format!("saving {name}: {} %", tenths * 10)));
        }
    };
    // Only when it is whole it is looked which name is free: another of the same name may be on its way, too.
    let whole = directory.join(format!(".{}.whole", file.id));
    let fetched = match whole.exists() {
        true => Ok(()),
        false => client.download_to(file.id, &whole, progress).await,
    };
    let saved = match fetched {
        Ok(()) => settle(&whole, &directory, &name).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match saved {
        Ok(path) => tell(Msg::Told(format!("saved as {}", path.display()))),
        Err(error) => tell(Msg::Failed(format!("failed to save {name}: {error}"))),
    }
}

/// Gives a whole file the first name that nothing has.
fn settle(whole: &Path, directory: &Path, name: &str) -> io::Result<PathBuf> {
    for path in names(directory, name) {
        match std::fs::hard_link(whole, &path) {
            Ok(()) => {
                // Another save of the same file may have taken it away already.
                std::fs::remove_file(whole).ok();
                return Ok(path);
            }
            Err(_) if path.symlink_metadata().is_ok() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
            // Some file systems know no links.
            Err(_) => return std::fs::rename(whole, &path).map(|()| path),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The names that a file may have here, the best first.
fn names(directory: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name, String::new()),
    };
    let others = (1_u64..).map(move |nth| directory.join(format!("{stem} ({nth}){end}")));
    std::iter::once(directory.join(name)).chain(others)
}

fn downloads() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_DOWNLOAD_DIR").map(PathBuf::from);
    set.or_else(|| Some(etcetera::home_dir().ok()?.join("Downloads")))
}

/// A name without a path, that hides nothing.
fn safe_name(name: &str) -> String {
    let name = FileName::parse(text::inert_line(name)).map(String::from);
    let name = name.unwrap_or_else(|_| "file".to_owned());
    match name.starts_with('.') {
        true => format!("_{name}"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_under_a_name_that_stays_in_its_directory() {
        for (sent, saved) in [
            ("map.png", "map.png"),
            ("../../.bashrc", "_.bashrc"),
            ("/etc/passwd", "passwd"),
            ("a\u{1b}[2Jb.txt", "a[2Jb.txt"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(safe_name(sent), saved);
        }
    }

    #[test]
    fn nothing_that_is_there_is_written_over_and_each_gets_a_name_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let whole = home.path().join(".whole");
        for (nth, expected) in ["a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"]
            .into_iter()
            .enumerate()
        {
            std::fs::write(&whole, nth.to_string()).unwrap();
            let path = settle(&whole, home.path(), "a.tar.gz").unwrap();
            assert_eq!(path.file_name().unwrap(), expected);
            assert_eq!(std::fs::read_to_string(path).unwrap(), nth.to_string());
            assert!(!whole.exists());
        }
        assert!(settle(&whole, home.path(), "b").is_err(), "there is none");
    }
}

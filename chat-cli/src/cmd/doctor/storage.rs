//! Where a server keeps things: the database and its migrations, the keys, the files, and the space that is left.

use super::{Finding, State, machine};
use crate::cmd::serve;
use chat_server::{Config, DatabaseState};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// Less than this is soon full.
const LOW_BYTES: u64 = 1 << 30;
/// Less than this is full.
const FULL_BYTES: u64 = 64 << 20;

/// Whether the database can be used.
pub(super) fn database(config: &Config, found: &Result<DatabaseState, String>) -> Finding {
    const CHECK: &str = "database";
    let name = config.shown_database();
    match found {
        Ok(state) if state.is_partial => Finding::problem(
            CHECK,
            format!("{name} has only a part of what is being carried or imported into it"),
            "run the same chat import or chat migrate again, which goes on where it was, or name an empty database",
        ),
        Ok(state) if state.is_made => Finding::ok(CHECK, format!("{name} ({})", state.engine)),
        // Its directory is not made with it.
        Ok(_) => match config.database_file().map_or(Ok(()), |file| into(&file)) {
            Ok(()) => Finding::ok(
                CHECK,
                format!("{name} is not there yet; chat serve makes it"),
            ),
            Err(error) => Finding::problem(
                CHECK,
                format!("{name} is not there, and cannot be made: {error}"),
                "make its directory, and see that this user may write there",
            ),
        },
        Err(reason) => {
            let advice = match config.database_file() {
                Some(_) => {
                    "see that it is a database of this program, and that this user may read and write it; --database names \
                     another one"
                }
                None => "start it, or correct the address, the user or the password in database",
            };
            Finding::problem(CHECK, format!("{name}: {reason}"), advice)
        }
    }
}

/// Whether it is as new as this program.
pub(super) fn migrations(found: &Result<DatabaseState, String>) -> Finding {
    const CHECK: &str = "migrations";
    match found {
        Err(_) => Finding::skipped(CHECK, "the database cannot be asked"),
        Ok(state) if state.migration > state.newest => Finding::problem(
            CHECK,
            format!(
                "the database is at {}, this program knows up to {}",
                state.migration, state.newest
            ),
            "run the version of chat that made it, or a newer one",
        ),
        Ok(state) if state.is_made && state.migration < state.newest => Finding::warning(
            CHECK,
            format!("at {} of {}", state.migration, state.newest),
            "chat serve runs the others when it starts; make a backup first",
        ),
        Ok(state) => Finding::ok(CHECK, format!("{} of {}", state.migration, state.newest)),
    }
}

/// Whether only the server can read what it signs with.
pub(super) fn keys(config: &Config) -> Finding {
    const CHECK: &str = "keys";
    match config.key_path() {
        None => Finding::skipped(CHECK, "they are in the database, or in memory"),
        Some(path) if path.exists() => match File::open(&path) {
            Ok(_) => machine::private(CHECK, &path),
            Err(error) => Finding::problem(
                CHECK,
                format!("{} cannot be read: {error}", path.display()),
                "it belongs to the user of the server: run this as that one, or give it back with chown",
            ),
        },
        Some(path) => absent_keys(config, &path),
    }
}

/// Beside a database that is filled, keys that are not there are more likely elsewhere.
fn absent_keys(config: &Config, path: &Path) -> Finding {
    const CHECK: &str = "keys";
    let name = path.display();
    if serve::lost_key_file(config).is_some() {
        return Finding::warning(
            CHECK,
            format!("{name} is not there, and the database is"),
            "put the old one back before the server starts, or everybody has to sign in again",
        );
    }
    match into(path) {
        Ok(()) => Finding::ok(CHECK, format!("{name} is made at the first start")),
        Err(error) => Finding::problem(
            CHECK,
            format!("{name} cannot be made: {error}"),
            "make its directory, for the user of the server (mode 700)",
        ),
    }
}

/// Whether only the server can read what was said, where that is in a file.
pub(super) fn database_file(config: &Config) -> Option<Finding> {
    const CHECK: &str = "database file";
    let file = config.database_file().filter(|file| file.exists())?;
    // What was written last is in the second.
    let mut log = file.clone().into_os_string();
    log.push("-wal");
    let log = Some(PathBuf::from(log)).filter(|log| log.exists());
    let mut looked = log.iter().map(|log| machine::private(CHECK, log));
    let open = looked.find(|finding| finding.state != State::Ok);
    Some(open.unwrap_or_else(|| machine::private(CHECK, &file)))
}

/// Whether files can be kept, and who else can read them.
pub(super) fn files(config: &Config, bucket: Option<Result<(), String>>) -> Finding {
    const CHECK: &str = "files";
    let store = config.media.store.as_deref().unwrap_or_default();
    match bucket {
        Some(Ok(())) => return Finding::ok(CHECK, format!("{store} answers")),
        Some(Err(reason)) => {
            let advice =
                "see that media.store, media.s3_endpoint and the keys of the bucket are right";
            return Finding::problem(CHECK, format!("{store}: {reason}"), advice);
        }
        None => {}
    }
    let Some(directory) = config.media_directory() else {
        return Finding::skipped(CHECK, "they are in memory");
    };
    match writable(&directory) {
        Ok(()) if directory.is_dir() => machine::private(CHECK, &directory),
        Ok(()) => Finding::ok(CHECK, directory.display().to_string()),
        Err(error) => Finding::problem(
            CHECK,
            format!("{} cannot be written to: {error}", directory.display()),
            "see that this user may write there",
        ),
    }
}

/// The nearest directory that is there.
fn standing(path: &Path) -> PathBuf {
    let mut at = path;
    while !at.is_dir() {
        match at.parent() {
            Some(parent) if parent != Path::new("") => at = parent,
            _ => return PathBuf::from("."),
        }
    }
    at.to_owned()
}

/// Tries it, in the nearest directory that is there: rights alone do not tell of disks that are mounted to be read.
fn writable(path: &Path) -> io::Result<()> {
    tempfile::tempfile_in(standing(path)).map(drop)
}

/// Whether a file can be made in its own directory, which nobody makes for it.
pub(super) fn into(file: &Path) -> io::Result<()> {
    let place = file.parent().filter(|place| *place != Path::new(""));
    tempfile::tempfile_in(place.unwrap_or(Path::new("."))).map(drop)
}

/// How much space is left, for each disk that is written to.
#[cfg(unix)]
pub(super) fn disks(config: &Config) -> Vec<Finding> {
    use std::os::unix::fs::MetadataExt;
    let mut places: Vec<_> = [config.key_path(), config.media_directory()]
        .into_iter()
        .flatten()
        .map(|path| standing(&path))
        .collect();
    // Several places may be on one disk.
    places.dedup_by_key(|place| std::fs::metadata(place).map(|about| about.dev()).ok());
    places.iter().map(|place| disk(place)).collect()
}

/// How much space is left is not told here.
#[cfg(not(unix))]
pub(super) fn disks(_: &Config) -> Vec<Finding> {
    vec![Finding::skipped("disk", "not looked at")]
}

#[cfg(unix)]
fn disk(place: &Path) -> Finding {
    const CHECK: &str = "disk";
    let name = place.display();
    match rustix::fs::statvfs(place) {
        Err(error) => Finding::warning(CHECK, format!("{name}: {error}"), "look yourself: df -h"),
        Ok(about) => space(
            &name.to_string(),
            about.f_bavail.saturating_mul(about.f_frsize),
        ),
    }
}

fn space(name: &str, left: u64) -> Finding {
    const CHECK: &str = "disk";
    let found = format!("{} MB left at {name}", left >> 20);
    let advice = "make room, or messages will be refused; chat stats says what takes it";
    match left {
        0..FULL_BYTES => Finding::problem(CHECK, found, advice),
        FULL_BYTES..LOW_BYTES => Finding::warning(CHECK, found, advice),
        _ => Finding::ok(CHECK, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_full_before_it_is_empty() {
        let state = |bytes| space("/", bytes).state;

        assert_eq!(state(1 << 20), State::Problem);
        assert_eq!(state(512 << 20), State::Warning);
        assert_eq!(state(2 << 30), State::Ok);
        assert!(space("/", 512 << 20).found.starts_with("512 MB left"));
    }

    #[test]
    fn a_directory_that_will_be_made_is_judged_by_where_it_will_be() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("a/b/c");

        assert_eq!(standing(&deep), home.path());
        assert!(writable(&deep).is_ok());
        assert_eq!(standing(Path::new("chat.db")), Path::new("."));
    }
}

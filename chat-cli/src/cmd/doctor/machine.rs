//! What the machine itself gives: who may read what is secret, how many files may be open, what the terminal can do.

use super::Finding;
use crate::profile::Profile;
use std::{
    io::{self, IsTerminal},
    path::Path,
};

/// Every socket is an open file.
const FILES_LOW: u64 = 4_096;

/// Where the settings come from.
pub(super) fn said_by(file: Option<&Path>) -> String {
    match file {
        Some(file) => format!("the settings of {} can work", file.display()),
        None => "there is no file with settings; the defaults can work".to_owned(),
    }
}

/// The settings may hold passwords.
pub(super) fn settings_file(file: &Path) -> Finding {
    private("settings file", file)
}

/// The sign-ins of this user.
pub(super) fn sessions() -> Finding {
    const CHECK: &str = "sign-ins";
    let profile = match Profile::of_this_user() {
        Ok(profile) => profile,
        Err(error) => return Finding::warning(CHECK, error.story(), "set HOME"),
    };
    match profile.accounts() {
        Ok(accounts) if accounts.is_empty() => {
            Finding::skipped(CHECK, "nobody is signed in; see: chat auth login")
        }
        Ok(accounts) => {
            let kept = private(CHECK, profile.path());
            let count = accounts.len();
            Finding {
                found: format!("{count} kept; {}", kept.found),
                ..kept
            }
        }
        Err(error) => Finding::problem(
            CHECK,
            error.story(),
            format!("delete {} and sign in again", profile.path().display()),
        ),
    }
}

/// Whether others can read a file that may hold secrets.
#[cfg(unix)]
pub(super) fn private(check: &'static str, file: &Path) -> Finding {
    use std::os::unix::fs::MetadataExt;
    let name = file.display();
    match std::fs::metadata(file) {
        Err(error) => Finding::problem(
            check,
            format!("{name}: {error}"),
            "see that this user may read it",
        ),
        Ok(about) if about.mode() & 0o077 == 0 => {
            Finding::ok(check, format!("only its owner can read {name}"))
        }
        Ok(about) => {
            let right = if about.is_dir() { "700" } else { "600" };
            let found = format!("others can read {name} (mode {:o})", about.mode() & 0o777);
            Finding::warning(check, found, format!("chmod {right} {name}"))
        }
    }
}

/// Whether others can read a file is not told here.
#[cfg(not(unix))]
pub(super) fn private(check: &'static str, file: &Path) -> Finding {
    Finding::skipped(
        check,
        format!("who may read {} is not looked at", file.display()),
    )
}

/// How many files may be open.
#[cfg(unix)]
pub(super) fn open_files() -> Finding {
    use rustix::process::{Resource, getrlimit};
    const CHECK: &str = "open files";
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < FILES_LOW => Finding::warning(
            CHECK,
            format!("at most {most}, and each socket is one"),
            "raise it: LimitNOFILE= in the unit, or ulimit -Hn",
        ),
        Some(most) => Finding::ok(CHECK, format!("at most {most}")),
        None => Finding::ok(CHECK, "as many as one likes"),
    }
}

/// How many files may be open is not told here.
#[cfg(not(unix))]
pub(super) fn open_files() -> Finding {
    Finding::skipped("open files", format!("not looked at; {FILES_LOW} are few"))
}

/// What the terminal can show.
pub(super) fn terminal() -> Finding {
    const CHECK: &str = "terminal";
    let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    if !io::stdout().is_terminal() {
        return Finding::skipped(CHECK, "standard output is no terminal");
    }
    let kind = set("TERM").unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let locale = locale.unwrap_or_default();
    let color = match set("NO_COLOR") {
        Some(_) => "no colour is wanted",
        None => "colour",
    };
    if kind.is_empty() || kind == "dumb" {
        return Finding::warning(
            CHECK,
            "TERM says that it can show nothing but letters",
            "set TERM to what it is, for instance xterm-256color",
        );
    }
    let lower = locale.to_lowercase();
    if !lower.contains("utf-8") && !lower.contains("utf8") {
        return Finding::warning(
            CHECK,
            format!("{kind}; the locale {locale:?} is not UTF-8"),
            "set LANG, for instance to C.UTF-8, or names may look broken",
        );
    }
    Finding::ok(CHECK, format!("{kind}, {locale}, {color}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::cmd::doctor::State;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn who_else_may_read_it_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let state = |mode| {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            private("x", file.path()).state
        };

        assert_eq!(state(0o600), State::Ok);
        assert_eq!(state(0o640), State::Warning);
        assert_eq!(state(0o604), State::Warning);
        assert_eq!(
            private("x", Path::new("/no/such/file")).state,
            State::Problem
        );
    }
}

//! Finds the workspace's programs, as new as their source.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A program of the workspace: `chat`, `chat-tui`, `examples/axum_app`. Where it is missing or older than its source, it
/// is built here, once: `cargo test` alone does not build every program.
///
/// # Panics
/// When it cannot be built.
pub fn program(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let test = std::env::current_exe().expect("a test is a file");
    // target/debug/deps/stories-0123456789abcdef
    let target = test.ancestors().nth(2).expect("cargo's directories");
    let path = target.join(name);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.insert(name.to_owned()) && changed(&path) < source_changed(name) {
        build(name, target.ends_with("release"));
    }
    assert!(
        path.exists(),
        "{} was not built; build it with cargo build",
        path.display()
    );
    path
}

/// When a file was changed last; the beginning of time for none.
fn changed(path: &Path) -> SystemTime {
    let about = std::fs::metadata(path).and_then(|about| about.modified());
    about.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// When the source of a program was changed last.
fn source_changed(name: &str) -> SystemTime {
    let parts: &[&str] = match name {
        "chat" => &[
            "chat-core/src",
            "chat-client/src",
            "chat-server/src",
            "chat-cli/src",
        ],
        "chat-tui" => &["chat-core/src", "chat-client/src", "chat-tui/src"],
        _ => &["chat-core/src", "chat-server/src", "chat-server/examples"],
    };
    let newest = parts
        .iter()
        .map(|part| newest(&Path::new(WORKSPACE).join(part)))
        .max();
    newest.unwrap_or_else(SystemTime::now)
}

fn newest(directory: &Path) -> SystemTime {
    let entries = std::fs::read_dir(directory).expect("the source is there");
    let moments = entries
        .filter_map(Result::ok)
        .map(|entry| match entry.path() {
            path if path.is_dir() => newest(&path),
            path => changed(&path),
        });
    moments.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(name: &str, release: bool) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let package: &[&str] = match name {
        "chat" => &["-p", "chat-cli", "--bins"],
        "chat-tui" => &["-p", "chat-tui", "--bins"],
        _ => &["-p", "chat-server", "--examples"],
    };
    let mut command = std::process::Command::new(cargo);
    command
        .arg("build")
        .args(package)
        .args(release.then_some("--release"));
    let ended = command
        .current_dir(WORKSPACE)
        .output()
        .expect("cargo starts");
    assert!(
        ended.status.success(),
        "{name} cannot be built:\n{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

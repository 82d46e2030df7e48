//! What leaves the program by other ways than the screen: the clipboard, a browser, an editor.

use crate::terminal::through_tmux;
use std::{
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Terminals take no more than this for the clipboard.
const CLIPBOARD_BYTES: usize = 74_000;

/// Puts text onto the clipboard. Why it is not there, where that is known.
pub(super) fn copy(
    text: &str,
    mut write: impl FnMut(&str) -> io::Result<()>,
) -> Result<(), String> {
    let inert = chat_core::text::inert(text);
    if inert.len() > CLIPBOARD_BYTES {
        return Err("it is too long for the clipboard".to_owned());
    }
    // Left as it comes, tmux drops what a program in it writes to the clipboard.
    if is_in_tmux() && give_to_tmux(&inert).is_ok() {
        return Ok(());
    }
    write(&clipboard(&inert)).map_err(|error| error.to_string())
}

/// The sequence that puts inert text onto the clipboard, over any number of machines in between.
fn clipboard(inert: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!(
        "\u{1b}]52;c;{}\u{7}",
        BASE64_STANDARD.encode(inert.as_bytes())
    )
}

fn is_in_tmux() -> bool {
    std::env::var_os("TMUX").is_some_and(|socket| !socket.is_empty())
}

/// Gives text to tmux, which keeps it to be pasted there and puts it onto the clipboard of the terminal that it is in.
fn give_to_tmux(text: &str) -> io::Result<()> {
    let mut tmux = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let given = match tmux.stdin.take() {
        Some(mut stdin) => stdin.write_all(text.as_bytes()),
        None => Ok(()),
    };
    // Also one that did not take it is waited for, so that it does not stay behind as a dead process.
    let ended = tmux.wait()?;
    given?;
    match ended.success() {
        true => Ok(()),
        // An old one does not know how.
        false => Err(io::Error::other("tmux did not take it")),
    }
}

/// The sequence by which the terminal tells of something, around tmux where that is in between. A word of ours comes first:
/// what begins with a number is an order to some terminals, up to running a program, and the name of who speaks is theirs to
/// choose.
pub(super) fn notification(text: &str) -> String {
    let inert = chat_core::text::inert_line(text);
    let told = format!("\u{1b}]9;chat: {inert}\u{1b}\\");
    let told = match is_in_tmux() {
        true => through_tmux(&told),
        false => told,
    };
    format!("{told}\u{7}")
}

/// Opens an address in whatever opens addresses here. False when there is nothing that does.
pub(super) fn open_link(url: &str) -> bool {
    let Some(mut command) = opener(url) else {
        return false;
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            // Nobody waits for it, and yet it must not stay behind as a dead process.
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}

fn opener(url: &str) -> Option<Command> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(browsers) = set("BROWSER") {
        return browser(&browsers.to_string_lossy(), url);
    }
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => set("WAYLAND_DISPLAY")
            .or_else(|| set("DISPLAY"))
            .map(|_| "xdg-open")?,
    };
    let mut command = Command::new(program);
    command.arg(url);
    Some(command)
}

/// These draw in the terminal, and that is ours.
const TEXT_BROWSERS: &[&str] = &["lynx", "w3m", "links", "elinks", "www-browser", "browsh"];

/// The first that is named: several have `:` between them, each may have arguments, and `%s` among them is the address.
fn browser(named: &str, url: &str) -> Option<Command> {
    let draws = |program: &str| {
        let name = Path::new(program).file_name().unwrap_or_default();
        TEXT_BROWSERS.iter().any(|known| name == *known)
    };
    // On Windows, `:` is part of a path.
    let each = named.split(|c| c == ':' && cfg!(unix));
    let mut words = each
        .map(str::split_whitespace)
        .find(|words| words.clone().next().is_some_and(|program| !draws(program)))?;
    let mut command = Command::new(words.next()?);
    let has_place = words.clone().any(|word| word.contains("%s"));
    command.args(words.map(|word| word.replace("%s", url)));
    if !has_place {
        command.arg(url);
    }
    Some(command)
}

/// Lets a file be changed in the editor that is set, and gives what it holds then.
pub(super) fn edit(path: &Path) -> io::Result<String> {
    let set = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    // `EDITOR` may have arguments.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).arg(path).status();
    let status =
        status.map_err(|error| io::Error::other(format!("{program} does not start: {error}")))?;
    match status.success() {
        true => std::fs::read_to_string(path),
        false => Err(io::Error::other(format!(
            "{program} ended without success: the draft is as it was before"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_chooses_a_name_that_is_an_order_to_the_terminal() {
        for name in ["4;1;50: hi", "7;\"calc\": hi", "9;1: \u{7}\u{1b}]0;x"] {
            let sequence = notification(name);
            assert!(sequence.starts_with("\u{1b}]9;chat: "), "{sequence:?}");
            let inside = sequence.trim_start_matches("\u{1b}]9;");
            let inside = inside.trim_end_matches("\u{1b}\\\u{7}");
            assert!(!inside.contains(['\u{1b}', '\u{7}']), "{sequence:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_browser_that_is_set_may_have_arguments_and_others_behind_it() {
        let words = |named| {
            let command = browser(named, "https://x.test")?;
            let program = std::iter::once(command.get_program());
            let words = program.chain(command.get_args());
            let words: Vec<_> = words
                .map(|word| word.to_str().unwrap().to_owned())
                .collect();
            Some(words.join(" "))
        };
        for (named, started) in [
            ("firefox", Some("firefox https://x.test")),
            (
                "lynx:firefox --new-tab",
                Some("firefox --new-tab https://x.test"),
            ),
            (
                "open-in %s quietly:x",
                Some("open-in https://x.test quietly"),
            ),
            ("/usr/bin/w3m", None),
        ] {
            assert_eq!(words(named).as_deref(), started, "{named}");
        }
    }

    #[test]
    fn what_goes_to_the_clipboard_cannot_end_its_sequence() {
        let mut sequence = String::new();
        let written = copy("a\u{7}\u{1b}]0;stolen\u{7}b", |text| {
            sequence.push_str(text);
            Ok(())
        });
        written.unwrap();
        let inside = sequence
            .trim_start_matches("\u{1b}]52;c;")
            .trim_end_matches('\u{7}');
        assert!(
            inside
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)),
            "{inside}"
        );
        let long = "x".repeat(CLIPBOARD_BYTES + 1);
        assert!(copy(&long, |_| panic!("it is written")).is_err());
    }
}

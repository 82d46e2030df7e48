//! A terminal that a test sits in front of: tmux on a socket of its own, a size, keys in, a screen out.

use crate::{Home, until};
use std::{
    ffi::OsStr,
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

/// A terminal with a shell in it. It ends, with everything in it, when this is dropped.
pub struct Terminal {
    socket: String,
    home: Home,
}

/// What a terminal shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen(pub String);

/// What the shell says when it waits.
const PROMPT: &str = "ready$";

impl Terminal {
    /// One of this size, in a home of its own.
    ///
    /// # Panics
    /// Without tmux.
    pub async fn open(home: Home, columns: u16, rows: u16) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let terminal = Self {
            socket: format!("chat-tests-{}-{nth}", std::process::id()),
            home,
        };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let place = terminal.home.path().display().to_string();
        let size = ["-x", &columns, "-y", &rows, "-c", &place];
        let mut words = vec!["new-session", "-d"];
        words.extend(size);
        let environment: Vec<String> = terminal
            .home
            .environment()
            .into_iter()
            .map(|(name, value)| format!("{name}={}", value.display()))
            .chain([
                format!("PS1={PROMPT} "),
                "LANG=C.UTF-8".to_owned(),
                "TERM=screen-256color".to_owned(),
            ])
            .collect();
        words.extend(["env", "-i"]);
        words.extend(environment.iter().map(String::as_str));
        let path = format!("PATH={}", std::env::var("PATH").unwrap_or_default());
        words.extend([path.as_str(), "sh", "-i"]);
        terminal.tmux(&words);
        terminal
            .shows("the shell is there", |screen| screen.last_line() == PROMPT)
            .await;
        terminal
    }

    /// The home of whoever sits here.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The process id of the program that runs in the shell, or in a program that the shell runs.
    ///
    /// # Panics
    /// When there is none.
    pub fn program_pid(&self) -> u32 {
        let shell: u32 = self.flag("pane_pid").parse().expect("a number");
        std::iter::successors(first_child(shell), |pid| first_child(*pid))
            .last()
            .expect("a program runs in the shell")
    }

    /// Types a command line, and Enter.
    pub fn run(&self, line: &str) {
        self.write(line);
        self.press(&["Enter"]);
    }

    /// Types text as it is.
    pub fn write(&self, text: &str) {
        self.tmux(&["send-keys", "-t", "0", "-l", "--", text]);
    }

    /// Presses keys by their names: `Enter`, `C-q`, `Escape`, `F1`.
    pub fn press(&self, keys: &[&str]) {
        let mut words = vec!["send-keys", "-t", "0"];
        words.extend(keys);
        self.tmux(&words);
    }

    /// Pastes text, in the way of a terminal that says it is a paste.
    pub fn paste(&self, text: &str) {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-p", "-r", "-t", "0"]);
    }

    /// The same with the line breaks that most terminals give a paste: carriage returns.
    pub fn paste_as_terminals_do(&self, text: &str) {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-p", "-t", "0"]);
    }

    /// What it shows now, with its colours and attributes as sequences.
    pub fn styled(&self) -> String {
        self.tmux(&["capture-pane", "-t", "0", "-p", "-e"])
    }

    /// From now on writes everything that programs write to it, as they wrote it, into a file in its home.
    pub fn record(&self, file: &str) {
        let path = self.home.path().join(file);
        self.tmux(&[
            "pipe-pane",
            "-t",
            "0",
            &format!("cat >> {}", path.display()),
        ]);
    }

    /// Waits until a text was written since it is recorded.
    pub async fn recorded(&self, file: &str, text: &str) -> String {
        let path = self.home.path().join(file);
        until(&format!("{text:?} is written"), async || {
            let all = std::fs::read(&path).unwrap_or_default();
            let all = String::from_utf8_lossy(&all).into_owned();
            match all.contains(text) {
                true => Ok(all),
                false => Err(format!(
                    "{:?}",
                    all.chars().rev().take(2_000).collect::<String>()
                )),
            }
        })
        .await
    }

    /// Waits until a line was written that is what is wanted, however short a time it was to be seen.
    pub async fn wrote(&self, file: &str, what: &str, wanted: impl Fn(&str) -> bool) {
        let path = self.home.path().join(file);
        until(what, async || {
            let all = std::fs::read(&path).unwrap_or_default();
            let all = String::from_utf8_lossy(&all).into_owned();
            let lines: Vec<&str> = all.split(['\r', '\n']).collect();
            match lines.iter().any(|line| wanted(line)) {
                true => Ok(()),
                false => Err(format!("{:?}", lines.last())),
            }
        })
        .await;
    }

    /// Makes it larger or smaller.
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-t", "0", "-x", &columns, "-y", &rows]);
    }

    /// What it shows now.
    pub fn screen(&self) -> Screen {
        Screen(self.tmux(&["capture-pane", "-t", "0", "-p"]))
    }

    /// Something that tmux knows about it: `alternate_on`, `cursor_flag`, `mouse_any_flag`, ….
    pub fn flag(&self, name: &str) -> String {
        let format = format!("#{{{name}}}");
        self.tmux(&["display-message", "-t", "0", "-p", &format])
            .trim()
            .to_owned()
    }

    /// Waits until it shows what is wanted.
    pub async fn shows(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        until(what, async || {
            let screen = self.screen();
            match wanted(&screen) {
                true => Ok(screen),
                false => Err(screen.0),
            }
        })
        .await
    }

    /// Waits until it shows a text.
    pub async fn shows_text(&self, text: &str) -> Screen {
        self.shows(&format!("{text:?} is shown"), |screen| {
            screen.0.contains(text)
        })
        .await
    }

    /// Waits until it shows a text no more.
    pub async fn shows_no_more(&self, text: &str) -> Screen {
        self.shows(&format!("{text:?} is gone"), |screen| {
            !screen.0.contains(text)
        })
        .await
    }

    /// Waits until the shell is back, with nothing left over of the program that ran.
    pub async fn is_left(&self) -> Screen {
        let screen = self
            .shows("the shell is back", |screen| screen.last_line() == PROMPT)
            .await;
        let (alternate, cursor) = (self.flag("alternate_on"), self.flag("cursor_flag"));
        assert_eq!(
            (alternate.as_str(), cursor.as_str()),
            ("0", "1"),
            "the terminal is as it was"
        );
        assert_eq!(self.flag("mouse_any_flag"), "0", "the mouse is free");
        screen
    }

    fn tmux(&self, words: &[impl AsRef<OsStr>]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(words);
        let errors = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "tmux failed: {errors}");
        String::from_utf8_lossy(&stdout).into_owned()
    }

    fn command(&self, words: &[impl AsRef<OsStr>]) -> Output {
        let mut command = Command::new("tmux");
        // Without anybody's settings, and in no other tmux.
        command
            .args(["-L", &self.socket, "-f", "/dev/null", "-u"])
            .args(words);
        command
            .env_remove("TMUX")
            // Its socket goes with the home.
            .env("TMUX_TMPDIR", self.home.path())
            .output()
            .expect("tmux is installed")
    }
}

fn first_child(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.command(&["kill-server"]);
    }
}

impl Screen {
    /// The last line with something on it.
    pub fn last_line(&self) -> &str {
        self.0
            .trim_end()
            .lines()
            .last()
            .unwrap_or_default()
            .trim_end()
    }

    /// How often a text is on it.
    pub fn count(&self, text: &str) -> usize {
        self.0.matches(text).count()
    }

    /// Whether these texts are on it, each once and in this order.
    pub fn has_in_order(&self, texts: &[String]) -> bool {
        let places: Vec<_> = texts
            .iter()
            .map(|text| self.0.find(text.as_str()))
            .collect();
        places.iter().all(Option::is_some)
            && places.is_sorted()
            && texts.iter().all(|text| self.count(text) == 1)
    }
}

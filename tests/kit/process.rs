//! The workspace's programs as processes: `chat`, `chat-tui` and the examples, each in a home of its own, ended by pid.

use crate::{
    kit::{fresh::Fresh, port::Port, program::program},
    within,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
};

/// An empty home: no settings, no sessions, and nothing of the environment that the tests run in.
pub struct Home {
    database: Fresh,
    directory: TempDir,
    /// Of the servers that were started in it, which may be started again.
    ports: Mutex<Vec<Port>>,
}

impl Home {
    /// A new one.
    ///
    /// # Panics
    /// Without a place for temporary files.
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        let home = TempDir::new().expect("a temporary directory can be made");
        std::fs::create_dir(home.path().join("tmp")).expect("it is writable");
        Self {
            database: Fresh::in_directory(home.path()),
            directory: home,
            ports: Mutex::default(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A database of its own.
    pub fn database(&self) -> String {
        self.database.address().to_owned()
    }

    /// What every program in it finds in its environment.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("HOME", self.path().to_owned()),
            ("XDG_CONFIG_HOME", self.path().join("config")),
            ("XDG_STATE_HOME", self.path().join("state")),
            ("XDG_DATA_HOME", self.path().join("data")),
            ("XDG_CACHE_HOME", self.path().join("cache")),
            ("TMPDIR", self.path().join("tmp")),
        ]
    }

    /// A program in it, not started yet.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment())
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            // Stories read values, not what a person would.
            .env("CHAT_OUTPUT", "jsonl")
            .current_dir(self.path())
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `chat` with these arguments, not started yet.
    pub fn chat(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(program("chat"));
        command.args(arguments);
        command
    }

    /// Runs `chat` to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        Process::start(&mut self.chat(arguments)).ended().await
    }

    /// Runs `chat` to its end, with something on standard input.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.chat(arguments);
        let mut process = Process::start(command.stdin(Stdio::piped()));
        let mut stdin = process.child.stdin.take().expect("it is piped");
        // Who does not read it has closed it; what it says then is the story.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        process.ended().await
    }

    /// Starts `chat serve` on a database in this home, and waits until it listens. Port 0 is one that stays the home's own.
    pub async fn serve(&self, listen: &str, more: &[&str]) -> Serving {
        self.serve_on(&self.database(), listen, more).await
    }

    /// The same on another database.
    pub async fn serve_on(&self, database: &str, listen: &str, more: &[&str]) -> Serving {
        let listen = self.place(listen);
        let mut command = self.chat(&["serve", "--listen", &listen, "--database", database]);
        Serving::start(command.args(more)).await
    }

    fn place(&self, listen: &str) -> String {
        if listen != "127.0.0.1:0" {
            return listen.to_owned();
        }
        let port = Port::new();
        let address = port.address();
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        ports.push(port);
        address
    }
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output and was not read yet.
    pub stdout: String,
    /// All it said on standard error.
    pub stderr: String,
}

impl Ended {
    /// Standard output of a success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Standard output of a success, as lines of JSON.
    ///
    /// # Panics
    /// When it is none, or a line is no JSON.
    #[track_caller]
    pub fn json(self) -> Vec<serde_json::Value> {
        let text = self.ok();
        let values = text.lines().map(serde_json::from_str);
        values
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    /// The first line on standard error of a failure with this exit code.
    ///
    /// # Panics
    /// When it ended otherwise, or said something on standard output.
    #[track_caller]
    pub fn failed(&self, code: i32) -> &str {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{self:#?}"
        );
        self.stderr.lines().next().unwrap_or_default()
    }
}

/// A running program. It is killed when this is dropped.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    errors: Arc<Mutex<String>>,
    reads_errors: JoinHandle<()>,
}

impl Process {
    /// Starts a [`Home::command`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let errors = Arc::new(Mutex::new(String::new()));
        let to = errors.clone();
        let reads_errors = tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut text = to.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            errors,
            reads_errors,
        }
    }

    /// The next line on standard output.
    ///
    /// # Panics
    /// When it ends or says nothing.
    pub async fn line(&mut self) -> String {
        let line = within("the program says something", self.lines.next_line()).await;
        let line = line.expect("its output can be read");
        line.unwrap_or_else(|| panic!("it has ended: {}", self.stderr()))
    }

    /// What it has said on standard error until now.
    pub fn stderr(&self) -> String {
        self.errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it has ended.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, signal: Signal) {
        send_signal(self.pid(), signal);
    }

    /// Closes its standard output, as `head` does.
    pub async fn stop_reading(self) -> Ended {
        let Self {
            mut child,
            lines,
            errors,
            reads_errors,
        } = self;
        drop(lines);
        let status = within("the program ends", child.wait())
            .await
            .expect("it is our child");
        within("its errors are read", reads_errors)
            .await
            .expect("reading does not panic");
        Ended {
            code: status.code(),
            stdout: String::new(),
            stderr: errors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ended(mut self) -> Ended {
        let mut stdout = String::new();
        let mut rest = self.lines.into_inner();
        let read = within("the program ends", rest.read_to_string(&mut stdout)).await;
        read.expect("its output is text");
        let status = within("the program ends", self.child.wait())
            .await
            .expect("it is our child");
        within("its errors are read", self.reads_errors)
            .await
            .expect("reading does not panic");
        let stderr = self
            .errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }

    /// Ends it as an operator would.
    pub async fn terminate(self) -> Ended {
        self.signal(Signal::TERM);
        self.ended().await
    }

    /// Ends it in the middle of whatever it does.
    pub async fn kill(mut self) {
        self.end_now().await;
    }

    /// The same for a process that is held in something. It is gone, with its port, when this returns.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn end_now(&mut self) {
        let killed = within("the program is killed", self.child.kill()).await;
        killed.expect("it is our child");
    }
}

/// Sends a signal to a process that the test has started.
///
/// # Panics
/// When it has ended.
pub fn send_signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process id"), signal).expect("it runs");
}

/// A process that listens.
pub struct Serving {
    /// Where, as `127.0.0.1:8000`.
    pub address: String,
    /// The process.
    pub process: Process,
}

impl Serving {
    /// Starts it, and reads where it listens from its first line.
    ///
    /// # Panics
    /// When it says something else.
    pub async fn start(command: &mut Command) -> Self {
        let mut process = Process::start(command);
        let line = process.line().await;
        let address = ["listening on http://", "listening on https://"]
            .iter()
            .find_map(|start| line.strip_prefix(start));
        Self {
            address: address
                .unwrap_or_else(|| panic!("not an address: {line}"))
                .to_owned(),
            process,
        }
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

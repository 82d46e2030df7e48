//! `chat serve`: a server until it is told to stop. Its first line on standard output says where it listens, once it
//! does; the log goes to standard error.

mod demo;
mod log;

use crate::{
    alone::Alone,
    config::ConfigArgs,
    error::{Error, Result},
    output::Output,
    seed::database::StageClock,
    stop::Stop,
};
use chat_server::{ChatServer, Config, MediaConfig};
use clap::Args;
use demo::Demo;
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;

const EXAMPLES: &str = "\
Examples:
  chat serve                                                     http://127.0.0.1:8000, kept in chat.db
  chat serve --demo                                              with people in it, gone afterwards
  chat serve --listen 0.0.0.0:80 --database sqlite:///var/lib/chat/chat.db
  chat serve --tls-certificate chat.pem --tls-key chat.key       https; changed files are served within seconds
  CHAT_LIMITS__MEMBERS=100 chat serve --config /etc/chat.toml
  CHAT_MAIL__TRANSPORT=file CHAT_MAIL__DIRECTORY=mails chat serve
  chat serve --listen 127.0.0.1:0 | head -n 1                    any free port; the first line says which
  chat config show                                               every setting
";

/// How settings without a flag of their own are given.
const SETTINGS: &str = "\
Every setting:
  `chat config show` lists them all. Each can be given in the file, in the
  environment (a dot is written as two underscores) and with --set; the later
  wins:
    [mail] transport = \"smtp\"
    CHAT_MAIL__TRANSPORT=smtp
    --set mail.transport=smtp
  Secrets belong into the file or the environment, for flags can be read by
  everyone on the machine:
    mail.smtp        smtp://user:password@mail.example.org:587
    media.store      a directory, or s3://bucket/prefix with
                     media.s3_secret_access_key
    metrics_token    lets others than this machine read /metrics
    tls.certificate  with tls.key: serve HTTPS
    public_url       where people reach the chat; links in mails begin so";

/// What `chat serve` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES, after_help = SETTINGS)]
pub(crate) struct ServeArgs {
    /// Begin with demo people and conversations, in a database that is thrown away at the end
    #[arg(long, conflicts_with = "database")]
    demo: bool,
    #[command(flatten)]
    config: ConfigArgs,
    /// What to log: a level, or levels by target such as warn,chat_server=debug; json or text alone say how
    #[arg(
        long,
        value_name = "FILTER",
        env = "CHAT_LOG",
        default_value = "info",
        help_heading = "Log"
    )]
    log: String,
    /// How to log [default: text on a terminal, else JSON]
    #[arg(long, value_enum, env = "CHAT_LOG_FORMAT", help_heading = "Log")]
    log_format: Option<log::LogFormat>,
}

/// Serves until SIGTERM or Ctrl+C.
pub(crate) async fn run(args: ServeArgs, out: Output) -> Result<()> {
    log::begin(&args.log, args.log_format)?;
    // Heard from the first moment on: a signal while starting must not leave a demo's files behind.
    let mut stop = Box::pin(stop_signal()?);
    let started = tokio::select! {
        started = start(&args, &out) => started?,
        () = &mut stop => return Ok(()),
    };
    let Started {
        server,
        listener,
        address,
        demo,
        _alone,
    } = started;
    let scheme = match server.config().tls.certificate {
        Some(_) => "https",
        None => "http",
    };
    let mut said = format!("listening on {scheme}://{address}\n");
    if let Some(demo) = &demo {
        said.push_str(&demo.invitation(scheme, address));
    }
    let mut told = Ok(());
    let until = async {
        // It is waited for when everything is open, the local socket as well.
        told = out.text(&said);
        if told.is_ok() {
            stop.await;
        }
    };
    let served = server.run(listener, until).await;
    told?;
    served.map_err(|error| Error::io("the server stopped", error))
}

/// Everything is there, and nobody is served yet.
struct Started {
    server: ChatServer,
    listener: TcpListener,
    address: SocketAddr,
    demo: Option<Demo>,
    _alone: Option<Alone>,
}

async fn start(args: &ServeArgs, out: &Output) -> Result<Started> {
    let mut config = args.config.load()?.config;
    let demo = match args.demo {
        true => Some(Demo::new()?),
        false => None,
    };
    if let Some(demo) = &demo {
        config.database = demo.database();
        config.key_file = None;
        // Its files go with it; those of the server that the settings are for are none of its.
        config.media = MediaConfig::default();
    }
    more_files();
    // Before the database is opened: a server that cannot listen should leave nothing behind.
    let listener = listen(config.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Error::io("cannot listen", error))?;
    let taken = "another server runs on it, or a command is at work straight on it; a file is for one at a time";
    let alone = Alone::claim_to_serve(&config, taken)?;
    let lost = lost_key_file(&config);
    let mut builder = ChatServer::builder().config(config);
    if demo.is_some() {
        // What was said in the past was answered and read then, too.
        builder = builder.clock(Arc::new(StageClock));
    }
    let server = builder.build().await?;
    if let Some(keys) = lost {
        out.complain(&format!(
            "the key file {} was not there: a new one is made, and everybody has to sign in again; to keep the sign-ins, \
             stop the server and put the old one back",
            keys.display()
        ));
    }
    if let Some(demo) = &demo {
        demo.fill(&server, out).await?;
    }
    Ok(Started {
        server,
        listener,
        address,
        demo,
        _alone: alone,
    })
}

/// The key file that is about to be made beside a filled database: everybody is signed out by that, and more likely the
/// old one is elsewhere.
pub(crate) fn lost_key_file(config: &Config) -> Option<PathBuf> {
    config.database_file().filter(|file| file.is_file())?;
    config.key_path().filter(|keys| !keys.exists())
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => {
                let any = SocketAddr::new(address.ip(), 0);
                format!("; stop the other program, or take any free port with --listen {any}")
            }
            io::ErrorKind::PermissionDenied => {
                "; take a port above 1023, or run with more rights".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "; this machine has no such address, 0.0.0.0 means all it has".to_owned()
            }
            _ => String::new(),
        };
        Error::Failed(format!("cannot listen on {address}: {error}{advice}"))
    })
}

/// Ends with the first SIGTERM or Ctrl+C. After it, the next one ends the process at once.
fn stop_signal() -> Result<impl Future<Output = ()> + Send> {
    let mut signals =
        Signals::new().map_err(|error| Error::io("cannot listen for signals", error))?;
    Ok(async move {
        signals.next().await;
        tracing::info!("shutting down; once more to end at once");
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(Stop::Interrupt.exit_code().into());
        });
    })
}

/// What a person or an init system says to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What a person or an init system says to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Every socket is a file. Takes as many as the system lets this process have.
pub(crate) fn more_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let all = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, all) {
            tracing::warn!(%error, "the number of open files stays as it is");
        }
    }
}

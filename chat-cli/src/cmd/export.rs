//! `chat export`: a whole installation, or what is stored about one person, as lines of JSON and files. It works straight
//! on the database and the files, beside a server that goes on.

use crate::{
    cli::Global,
    config::ConfigArgs,
    error::{Error, Result},
    output::{Columns, Output, Record},
    progress,
};
use chat_core::{Code, Username};
use chat_server::{
    Archive, ArchiveKind, Archived, Carrying, Config, write_archive, write_archive_of,
};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat export --database sqlite://chat.db backup              the installation, while its server goes on
  chat export --config /etc/chat/server.toml /backup/2026-11-21
  chat export --database sqlite://chat.db --user ann for-ann  what is stored about ann, to hand to her
  chat import --check backup                                  whether it is whole
  chat import --user ann for-ann                              her profile, picture, settings and contacts, elsewhere

It is on the machine of the server, with the server's settings. The directory is for you alone: an installation has the
hashes of passwords in it, and everything that was said; it has no keys. Broken off, the same command goes on. The export
of one person has no secrets, and no history of others. docs/archive.md describes the format.
";

/// Which installation is meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct Place {
    /// Read the server's settings from this TOML file [default: where chat serve looks]
    #[arg(long, value_name = "FILE", env = "CHAT_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The database: sqlite://FILE or postgres://USER@HOST/DATABASE [default: as set, else sqlite://chat.db]
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,
    /// Any setting that `chat config show` lists, for instance media.store=/var/lib/chat/files
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl Place {
    /// Whether the command line itself says which database is meant.
    pub(super) fn names_a_database(&self) -> bool {
        self.database.is_some() || !self.settings.is_empty()
    }

    /// Its settings.
    pub(super) fn load(&self) -> Result<Config> {
        Ok(self.args().load()?.config)
    }

    /// The file that is read for them.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.args().file()
    }

    fn args(&self) -> ConfigArgs {
        ConfigArgs {
            config: self.config.clone(),
            database: self.database.clone(),
            settings: self.settings.clone(),
            ..ConfigArgs::default()
        }
    }
}

/// What `chat export` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// The directory to write: a new one, or the one of an export that was broken off
    #[arg(value_name = "DIRECTORY")]
    to: PathBuf,
    /// Only what is stored about this person, by their username
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl ExportArgs {
    /// What is said where it is broken off.
    pub(crate) fn parting(&self) -> String {
        let directory = self.to.display();
        format!("broken off: {directory} is not whole yet; the same command goes on with it")
    }
}

/// A part of an archive.
#[derive(Debug, Serialize)]
struct Line {
    part: String,
    count: u64,
    bytes: u64,
    sha256: String,
}

impl From<Archived> for Line {
    fn from(part: Archived) -> Self {
        Self {
            part: part.name,
            count: part.count,
            bytes: part.bytes,
            sha256: part.sha256,
        }
    }
}

impl Record for Line {
    const COLUMNS: &'static [&'static str] = &["part", "count", "bytes", "sha256"];
    const VALUES: Columns = Columns(&[
        ("part", "/part"),
        ("count", "/count"),
        ("bytes", "/bytes"),
        ("sha256", "/sha256"),
    ]);

    fn id(&self) -> String {
        self.part.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.part.clone(),
            self.count.to_string(),
            self.bytes.to_string(),
            self.sha256.get(..12).unwrap_or_default().to_owned(),
        ]
    }
}

/// Does it.
pub(crate) async fn run(args: ExportArgs, global: &Global, out: Output) -> Result<()> {
    if global.is_placed {
        let text = "an export is of a database of this machine: leave out what names a server";
        return Err(Error::Usage(text.to_owned()));
    }
    let user = args.user.map(known).transpose()?;
    let config = args.place.load()?;
    let bar = progress::bar(&out, "exporting", 0);
    let mut moved = shown(&bar);
    let written = match &user {
        None => write_archive(&config, &args.to, &mut moved).await,
        Some(name) => write_archive_of(&config, name, &args.to, &mut moved).await,
    };
    bar.finish_and_clear();
    let archive = written?;
    let (kind, missing) = (archive.kind, archive.missing);
    print(archive, &out)?;
    let whole = format!("{} is whole", args.to.display());
    let keys = config
        .key_path()
        .map_or_else(String::new, |file| format!(" ({})", file.display()));
    out.say(&match kind {
        ArchiveKind::Installation => format!(
            "{whole}. There are no keys in it: keep those of the server{keys} beside it, or everybody signs in again after an \
             import"
        ),
        ArchiveKind::Person => whole,
    });
    match missing {
        0 => Ok(()),
        missing => Err(Error::Partly(format!(
            "{missing} files are known to the database and not in the storage, and are left out; the rest is there. To \
             have them too, put them back where they were and export again"
        ))),
    }
}

/// Reads the name of somebody who is there: what nobody may be called is nobody's.
fn known(name: String) -> Result<Username> {
    let none = Error::coded(Code::NotFound, format!("there is no user {name}"));
    Username::try_from(name).map_err(|_| none)
}

/// Moves a bar along.
pub(super) fn shown(bar: &ProgressBar) -> impl FnMut(Carrying) + Send {
    let bar = bar.clone();
    move |at: Carrying| {
        bar.set_length(at.total);
        bar.set_position(at.done);
        // The count is of all that there is, whichever part is at hand.
        bar.set_message(format!("all, now {}", at.table));
    }
}

/// Prints what is in an archive.
pub(super) fn print(archive: Archive, out: &Output) -> Result<()> {
    let lines: Vec<_> = archive.parts.into_iter().map(Line::from).collect();
    out.list(&lines)
}

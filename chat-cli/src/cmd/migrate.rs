//! `chat migrate`: carries a server's data to where it has more room.

use crate::{
    config::ConfigArgs,
    error::{Error, Result},
    output::{Output, Record},
    progress,
};
use chat_server::{Carried, Config, carry_to_postgres, undo_carrying};
use clap::{Args, Subcommand};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  chat migrate sqlite-to-postgres --from sqlite://chat.db --to postgres://chat@db.example.org/chat
  chat migrate undo --from sqlite://chat.db     back to the file, without what was said since

Make an empty database (createdb) and name it. A server may go on meanwhile: what is sent waits or gets 503 and is sent
again, nothing that was acknowledged stays behind. Broken off, the same command goes on where it was. In the end it reads
both sides again and compares every row, and from then on the file takes no more writes: the server that has it answers
503 until it is started with the new address.
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum MigrateCommand {
    /// Carry a database of SQLite over to PostgreSQL
    SqliteToPostgres(CarryArgs),
    /// Go back to a file that was carried over; what was said since stays on PostgreSQL
    Undo(UndoArgs),
}

/// What `chat migrate sqlite-to-postgres` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct CarryArgs {
    /// The file: sqlite://FILE
    #[arg(long, value_name = "URL")]
    from: String,
    /// The database on the server: postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    to: String,
}

/// What `chat migrate undo` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct UndoArgs {
    /// The file: sqlite://FILE
    #[arg(long, value_name = "URL")]
    from: String,
}

/// A table that came over.
#[derive(Debug, Serialize)]
struct Line {
    table: &'static str,
    rows: u64,
    sha256: String,
}

impl From<Carried> for Line {
    fn from(carried: Carried) -> Self {
        Self {
            table: carried.table,
            rows: carried.rows,
            sha256: carried.digest,
        }
    }
}

impl Record for Line {
    const COLUMNS: &'static [&'static str] = &["table", "rows", "sha256"];

    fn id(&self) -> String {
        self.table.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.table.to_owned(),
            self.rows.to_string(),
            self.sha256.get(..12).unwrap_or_default().to_owned(),
        ]
    }
}

/// Does it.
pub(crate) async fn run(command: MigrateCommand, out: Output) -> Result<()> {
    match command {
        MigrateCommand::SqliteToPostgres(args) => carry(args, out).await,
        MigrateCommand::Undo(args) => undo(&args, out).await,
    }
}

async fn undo(args: &UndoArgs, out: Output) -> Result<()> {
    let renewed = undo_carrying(&settings(&args.from)?).await?;
    out.say(&format!(
        "the file takes writes again, and {} conversations begin another life; start the server with --database {}",
        renewed.conversations, args.from
    ));
    out.done("migrate.undo")
}

async fn carry(args: CarryArgs, out: Output) -> Result<()> {
    let (from, to) = (settings(&args.from)?, settings(&args.to)?);
    let bar = progress::bar(&out, "carrying", 0);
    let carried = carry_to_postgres(&from, &to, &mut |at| {
        bar.set_length(at.total);
        bar.set_position(at.done);
        bar.set_message(at.table);
    })
    .await;
    bar.finish_and_clear();
    let lines: Vec<_> = carried?.into_iter().map(Line::from).collect();
    out.list(&lines)?;
    let mut more = Vec::new();
    // A file that is set by name stays where it is.
    if to.key_path().is_none() && from.key_path().is_some_and(|file| file.is_file()) {
        more.push("the keys came along, so nobody is signed out".to_owned());
    }
    if let (Some(old), Some(new)) = (from.media_directory(), to.media_directory())
        && old != new
    {
        more.push(format!(
            "now move the files from {} to {}, the file `mark` too",
            old.display(),
            new.display()
        ));
    }
    more.push(format!(
        "the file takes no more writes: stop the server that has it, and start it with --database {}",
        to.shown_database()
    ));
    out.say(&format!(
        "every row is there and the same; {}",
        more.join("; ")
    ));
    Ok(())
}

/// The settings of the server, with this database.
fn settings(database: &str) -> Result<Config> {
    let config = ConfigArgs::of_database(database).load()?.config;
    match config.database == database {
        true => Ok(config),
        false => Err(Error::Usage(format!("{database} is no database"))),
    }
}

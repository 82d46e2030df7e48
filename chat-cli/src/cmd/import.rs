//! `chat import`: an exported installation comes into an empty database and an empty place for files, and is read again
//! before anybody may use it.

use super::export::{Place, print, shown};
use crate::{alone::Alone, cli::Global, error::Result, output::Output, progress};
use chat_server::{check_archive, read_archive};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat import --check backup                                              whether the archive is whole and undamaged
  chat import --database sqlite://new.db backup
  chat import --config /etc/chat/server.toml /backup/2026-11-21
  chat import --database postgres://chat@db.example.org/chat backup       from a file to a server; the other way, too

Name an empty database, with no server on it. Broken off, the same command goes on; until it is done, no server starts on
that database. In the end every row and every file is read again and compared. Clients begin anew, as after a restore.
";

/// What `chat import` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// The directory that chat export has written
    #[arg(value_name = "DIRECTORY")]
    from: PathBuf,
    /// Only see whether it is whole and undamaged; import nothing. So does --dry-run
    #[arg(long, conflicts_with_all = ["database", "settings"])]
    check: bool,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub(crate) async fn run(args: ImportArgs, global: &Global, out: Output) -> Result<()> {
    let is_check = args.check || global.dry_run;
    let what = if is_check { "checking" } else { "importing" };
    let bar = progress::bar(&out, what, 0);
    let mut moved = shown(&bar);
    let read = match is_check {
        true => check_archive(&args.from, &mut moved).await,
        false => {
            let config = args.place.load()?;
            let taken = "a server runs on it; name an empty database, with no server on it";
            let _alone = Alone::claim(&config, taken)?;
            read_archive(&config, &args.from, &mut moved).await
        }
    };
    bar.finish_and_clear();
    let archive = read?;
    print(archive, &out)?;
    out.say(match is_check {
        true => "the archive is whole and undamaged",
        false => {
            "everything is there and the same. Put the keys of the old server in place before the first start, or everybody \
             signs in again"
        }
    });
    Ok(())
}

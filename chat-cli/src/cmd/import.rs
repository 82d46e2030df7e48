//! `chat import`: an exported installation comes into an empty database and an empty place for files, and is read again
//! before anybody may use it. Of an archive of one person, what is their own comes into an account.

mod person;

use super::export::{Place, print, shown};
use crate::{
    alone::Alone,
    cli::{self, Global},
    error::{Error, Result},
    output::Output,
    progress,
};
use chat_core::Username;
use chat_server::{Archive, ArchiveKind, check_archive, read_archive};
use clap::Args;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  chat import --check backup                                              whether the archive is whole and undamaged
  chat import --database sqlite://new.db backup
  chat import --config /etc/chat/server.toml /backup/2026-11-21
  chat import --database postgres://chat@db.example.org/chat backup       from a file to a server; the other way, too
  chat import --user ann for-ann                                          what is ann's own, into an account
  chat import --user ann for-ann --socket /run/chat/chat.sock             the same through a server that runs

Name an empty database, with no server on it. Broken off, the same command goes on; until it is done, no server starts on
that database. In the end every row and every file is read again and compared. Clients begin anew, as after a restore.

With --user, a database that has an admin: the account is made, or found again where name and address are the same. It gets
the profile, the picture, the settings, and those contacts and blocks who are on this server, by their ids. What was said
stays where it was said, and the password is a new one. docs/archive.md says why.
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
    /// Bring what is one's own in an archive of one person into the account of this name
    #[arg(long, value_name = "USERNAME", value_parser = cli::by_rule::<Username>)]
    user: Option<Username>,
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub(crate) async fn run(args: ImportArgs, global: &Global, out: Output) -> Result<()> {
    let is_check = args.check || global.dry_run;
    if global.is_placed && (global.socket.is_none() || args.user.is_none()) {
        let text = "an import is for a database of this machine: leave out what names a server; with --user it may be --socket";
        return Err(Error::Usage(text.to_owned()));
    }
    if let (Some(name), false) = (&args.user, is_check) {
        let archive = checked(&args.from, &out).await?;
        if archive.kind != ArchiveKind::Person {
            let text = "it is an archive of an installation, not of one person; leave out --user";
            return Err(Error::Usage(text.to_owned()));
        }
        return person::run(name, &args.from, &args.place, global, out).await;
    }
    if is_check {
        print(checked(&args.from, &out).await?, &out)?;
        out.say("the archive is whole and undamaged");
        return Ok(());
    }
    let bar = progress::bar(&out, "importing", 0);
    let config = args.place.load()?;
    let taken = "a server runs on it; name an empty database, with no server on it";
    let alone = Alone::claim(&config, taken)?;
    let read = read_archive(&config, &args.from, &mut shown(&bar)).await;
    bar.finish_and_clear();
    drop(alone);
    print(read?, &out)?;
    let keys = config
        .key_path()
        .map_or_else(String::new, |file| format!(" ({} here)", file.display()));
    out.say(&format!(
        "everything is there and the same. Put the keys of the old server in place{keys} before the first start, or everybody \
         signs in again"
    ));
    Ok(())
}

/// Looks at every sum of an archive.
async fn checked(from: &Path, out: &Output) -> Result<Archive> {
    let bar = progress::bar(out, "checking", 0);
    let read = check_archive(from, &mut shown(&bar)).await;
    bar.finish_and_clear();
    Ok(read?)
}

//! `chat user import`: accounts from a file, one a line, whatever becomes of the lines before.
//!
//! The whole file is read before anybody is made, so that a wrong heading or a file that breaks off changes nothing.

mod rows;

use super::{account::account, create::generate};
use crate::{
    cmd::{Repeat, auth::in_background, bulk::Bulk, caller::Caller, page, wait_out},
    error::{Error, Result},
    output::{Output, Record, note_done},
    progress,
};
use chat_core::{
    Code, CreateAccount, Email, ListAccounts, Me, NewPassword, ResetAccount, Secret, UserId,
};
use clap::{Args, ValueEnum};
use rows::Row;
use serde::Serialize;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file longer than this is no list of people.
const FILE_MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FileFormat {
    /// Comma-separated values under their names.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What `chat user import` takes.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; - for standard input. Each line has a username, and may have email, display_name, role (user, admin),
    /// password, is_bot (true, false)
    file: PathBuf,
    /// How it is written [default: by the end of its name, else by its first letter]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Let accounts be that are there already, and count them as done
    #[arg(long)]
    exists_ok: bool,
    /// Make up a password for everybody who has none in the file, and print it
    #[arg(long)]
    generate_passwords: bool,
    /// Make a link for everybody who has no password, with which they set one
    #[arg(long, conflicts_with = "generate_passwords")]
    links: bool,
}

/// What became of a line.
#[derive(Debug, Serialize)]
struct Imported {
    line: u64,
    username: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Secret>,
}

impl Record for Imported {
    const COLUMNS: &'static [&'static str] = &["line", "user", "outcome", "id", "secret"];

    // The number of a line, a name, "created, no link", an id, and what is last.
    const WIDTHS: &'static [usize] = &[5, 20, 16, 36, 6];

    fn id(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }

    fn cells(&self) -> Vec<String> {
        // Asked for with --generate-passwords or --links: they are shown nowhere else.
        let secret = self.password.as_ref().or(self.link.as_ref());
        vec![
            self.line.to_string(),
            self.username.clone(),
            self.outcome.to_owned(),
            self.id(),
            secret.map_or_else(String::new, |secret| secret.expose().to_owned()),
        ]
    }
}

/// Makes everybody in the file.
pub(super) async fn run(args: ImportArgs, caller: &Caller) -> Result<()> {
    let (path, format) = (args.file.clone(), args.format);
    let mut rows = in_background(move || read(&path, format)).await?;
    rows::refuse_repeats(&mut rows);
    let mut bulk = Bulk::of(caller.out, rows.len());
    let mut printed = Printed::begin(&args, caller.out)?;
    let bar = progress::bar(&caller.out, "importing", rows.len() as u64);
    for row in rows {
        let what = format!("line {}", row.line);
        let how = one(&args, caller, row).await;
        bar.inc(1);
        // What is printed does not run into the bar.
        let noted = bar.suspend(|| {
            let how = match how {
                Ok((imported, trouble)) => {
                    printed.add(imported)?;
                    trouble.map_or(Ok(()), Err)
                }
                Err(error) => Err(error),
            };
            bulk.note(&what, how)
        });
        if let Err(error) = noted {
            bar.finish_and_clear();
            printed.end()?;
            return Err(error);
        }
    }
    bar.finish_and_clear();
    printed.end()?;
    bulk.end("done")
}

/// What became of the lines, on its way out: at the end, or each at once where it has a secret that nobody could find out
/// again.
struct Printed {
    out: Output,
    kept: Option<Vec<Imported>>,
}

impl Printed {
    fn begin(args: &ImportArgs, out: Output) -> Result<Self> {
        if !args.generate_passwords && !args.links {
            let kept = Some(Vec::new());
            return Ok(Self { out, kept });
        }
        out.require_stream("what is made up is printed at once, so that none of it is lost")?;
        out.require_fields(&["line", "username", "outcome", "id", "password", "link"])?;
        out.heading::<Imported>()?;
        Ok(Self { out, kept: None })
    }

    fn add(&mut self, imported: Imported) -> Result<()> {
        match &mut self.kept {
            Some(kept) => kept.push(imported),
            None => self.out.one_line(&imported)?,
        }
        Ok(())
    }

    fn end(&self) -> Result<()> {
        match &self.kept {
            Some(kept) => self.out.list(kept),
            None => Ok(()),
        }
    }
}

/// Makes an account. Returns what became of it, and what went wrong afterwards.
async fn one(args: &ImportArgs, caller: &Caller, row: Row) -> Result<(Imported, Option<Error>)> {
    let mut create = row.account?;
    let username = create.username.to_string();
    let mut shown = None;
    if create.password.is_none() && args.generate_passwords {
        let made = generate();
        // Exposed to check it by the rules of new passwords.
        let checked = NewPassword::try_from(made.expose().to_owned());
        create.password = Some(checked.map_err(|rule| Error::Usage(rule.to_owned()))?);
        shown = Some(made);
    }
    let has_password = create.password.is_some();
    rehearse(args, caller, row.line, &create).await?;
    // Only what was refused is made again: who was made with the answer lost is there already.
    let call = async || caller.client.call(create.clone()).await;
    let created = wait_out(Repeat::Refused, |_| {}, call).await;
    let imported = |outcome, id, password, link| Imported {
        line: row.line,
        username: username.clone(),
        outcome,
        id,
        password,
        link,
    };
    let made = match created {
        Ok(account) => account,
        Err(Error::Client(error)) if args.exists_ok && error.code() == Code::Taken => {
            // It may be somebody else's address that is taken.
            return match account(caller, &username).await {
                Ok(id) => Ok((imported("exists", Some(id), None, None), None)),
                Err(_) => Err(Error::Client(error)),
            };
        }
        Err(error) => return Err(error),
    };
    note_done();
    let user_id = made.me.user.id;
    if !args.links || has_password {
        return Ok((imported("created", Some(user_id), shown, None), None));
    }
    Ok(match caller.call(ResetAccount { user_id }).await {
        Ok(reset) => (
            imported("created", Some(user_id), None, Some(reset.link)),
            None,
        ),
        Err(error) => (
            imported("created, no link", Some(user_id), None, None),
            Some(error),
        ),
    })
}

/// Says what would become of a line, where only that is wanted: also whether the name and the address are free.
async fn rehearse(
    args: &ImportArgs,
    caller: &Caller,
    line: u64,
    create: &CreateAccount,
) -> Result<()> {
    if !caller.is_rehearsal() {
        return Ok(());
    }
    let username = &create.username;
    match account(caller, username.as_str()).await {
        Ok(_) if args.exists_ok => {
            return caller.would(&format!("line {line}: {username} is there already"));
        }
        Ok(_) => {
            let text = format!(
                "the name {username} is taken; --exists-ok lets accounts be that are there"
            );
            return Err(Error::coded(Code::Taken, text));
        }
        Err(error) if error.exit_code() == Code::NotFound.exit_code() => {}
        Err(error) => return Err(error),
    }
    if let Some(email) = &create.email
        && let Some(other) = owner(caller, email).await?
    {
        let text = format!("the address {email} is taken, by {other}");
        return Err(Error::coded(Code::Taken, text));
    }
    caller.would(&format!("line {line}: make the account {username}"))
}

/// Whose address it is.
async fn owner(caller: &Caller, email: &Email) -> Result<Option<String>> {
    let ask = |limit, cursor| ListAccounts {
        q: Some(email.to_string()),
        role: None,
        disabled: None,
        limit,
        cursor,
    };
    let found = page::first(&caller.client, usize::MAX, ask).await?;
    let is_theirs = |me: &Me| {
        let theirs = me.email.as_ref();
        theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(email.as_str()))
    };
    let mut found = found.into_iter().map(|account| account.me);
    Ok(found.find(is_theirs).map(|me| me.user.username))
}

fn read(path: &Path, format: Option<FileFormat>) -> Result<Vec<Row>> {
    let cannot = |error| Error::io(format!("cannot read {}", path.display()), error);
    let from: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path).map_err(cannot)?),
    };
    let mut text = String::new();
    from.take(FILE_MOST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(cannot)?;
    if text.len() as u64 > FILE_MOST_BYTES {
        return Err(Error::Usage(format!(
            "{} is longer than 64 MB; cut it into several files",
            path.display()
        )));
    }
    match format.unwrap_or_else(|| guess(path, &text)) {
        FileFormat::Csv => rows::of_csv(&text),
        FileFormat::Jsonl => Ok(rows::of_json_lines(&text)),
    }
}

fn guess(path: &Path, text: &str) -> FileFormat {
    let end = path.extension().and_then(|end| end.to_str());
    match end {
        Some("csv") => FileFormat::Csv,
        Some("jsonl" | "ndjson" | "json") => FileFormat::Jsonl,
        _ if text.trim_start().starts_with('{') => FileFormat::Jsonl,
        _ => FileFormat::Csv,
    }
}

//! `chat seed`: fills a server with people who talk, over the network or straight in a database.

use super::auth::in_background;
use crate::{
    alone::Alone,
    cli::Global,
    config::ConfigArgs,
    error::{Error, Result},
    output::{self, Output, Record},
    profile::Profile,
    progress,
    prompt::{self, Ask},
    seed::{
        Person, Plan, Size,
        database::{Database, StageClock},
        network::Network,
    },
};
use chat_core::{NewPassword, Timestamp};
use chat_server::ChatServer;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};
use url::{Host, Url};

const EXAMPLES: &str = "\
Examples:
  chat seed demo --users 15 --conversations 10 --messages 300 --days 30 --seed 1
  chat seed demo --server https://test.example.org --password-file demo-password
  chat seed demo --database sqlite://chat.db       straight in a database without a server on it, over the last 30 days
  chat seed demo --database sqlite://big.db --users 500 --conversations 400 --messages 1000000
  chat seed demo --seed 2                          other talk by the same people

The same command again adds nothing: who is there signs in, and what was said is not said twice. Whoever is there under one
of these names and with another password is somebody else: then it ends before anything is said; over the network, people
before that one are signed up by then.
";

/// The password of everybody, unless another is given. Fit for a demonstration and nothing else.
pub(crate) const PASSWORD: &str = "demo demo demo";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum SeedCommand {
    /// Make people, conversations and messages
    Demo(DemoArgs),
}

/// What `chat seed demo` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// How many people
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(2..))]
    users: u16,
    /// How many messages, in all conversations together
    #[arg(long, default_value_t = 300)]
    messages: u32,
    /// How many conversations: groups and pairs in turn
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    conversations: u16,
    /// Over how many days it was said; over the network everything is said now
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// When the last day ends, like 2026-01-31T18:00:00Z: for the same times every time [default: now]
    #[arg(long, value_name = "TIME", requires = "database")]
    until: Option<Timestamp>,
    /// The same seed always makes the same talk
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Read everybody's password from the first line of this file (- for standard input)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Fill this database instead of a server over the network
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Say everything without files: where the files of the database are kept is out of reach
    #[arg(long, requires = "database")]
    no_files: bool,
    /// The name of the server's machine again, instead of typing it, where it is another one and nobody has said --server
    #[arg(long, value_name = "HOST", conflicts_with = "database")]
    confirm: Option<String>,
}

/// Somebody to sign in as.
#[derive(Debug, Serialize)]
pub(crate) struct Seeded {
    username: String,
    display_name: String,
    password: String,
}

impl Record for Seeded {
    const COLUMNS: &'static [&'static str] = &["user", "name", "password"];

    fn id(&self) -> String {
        self.username.clone()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.username.clone(),
            self.display_name.clone(),
            self.password.clone(),
        ]
    }
}

impl Seeded {
    pub(crate) fn new(person: &Person, password: &str) -> Self {
        Self {
            username: person.username.to_string(),
            display_name: person.display_name.to_string(),
            password: password.to_owned(),
        }
    }
}

/// Does it.
pub(crate) async fn run(command: SeedCommand, global: &Global, out: Output) -> Result<()> {
    let SeedCommand::Demo(args) = command;
    let given = args.password_file.clone();
    let password = match given {
        Some(file) => {
            in_background(move || prompt::password(Some(&file), "everybody", Ask::Once)).await?
        }
        None => chat_core::Secret::new(PASSWORD),
    };
    // Exposed to check it by the rules of new passwords.
    let password = NewPassword::try_from(password.expose().to_owned())
        .map_err(|rule| Error::Usage(format!("the password {rule}")))?;
    let plan = Plan::new(Size {
        users: args.users.into(),
        messages: args.messages as usize,
        conversations: args.conversations.into(),
        days: args.days,
        seed: args.seed,
    });
    let bar = progress::bar(&out, "seeding", plan.steps());
    match &args.database {
        Some(database) => {
            let (mut stage, _alone) = in_database(&args, database, password).await?;
            plan.play(&mut stage, &bar).await?;
        }
        None => {
            let server: Url = Profile::of_this_user()?.place(global)?;
            be_sure(&server, global, args.confirm.clone()).await?;
            let mut stage = Network::new(server, password, bar.clone());
            let played = plan.play(&mut stage, &bar).await;
            stage.leave().await;
            played?;
        }
    }
    bar.finish_and_clear();
    let shown = if args.password_file.is_some() {
        "(as given)"
    } else {
        PASSWORD
    };
    let seeded: Vec<_> = plan
        .people
        .iter()
        .map(|person| Seeded::new(person, shown))
        .collect();
    out.list(&seeded)?;
    let (people, talks, lines) = (plan.people.len(), plan.conversations.len(), args.messages);
    out.say(&format!(
        "{people} people, {talks} conversations, {lines} messages"
    ));
    Ok(())
}

/// Has the name of another machine typed, or said with `--confirm`, where only the last sign-in says that it is meant: its
/// people would be joined by some whose password everybody knows.
async fn be_sure(server: &Url, global: &Global, said: Option<String>) -> Result<()> {
    let is_here = match server.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_here || global.server.is_some() || global.profile.is_some() {
        return Ok(());
    }
    let host = server.host_str().unwrap_or_default().to_owned();
    let what = format!(
        "this makes people at {server}, where you signed in last, whose password is in the documents"
    );
    in_background(move || prompt::confirm(&what, &host, said.as_deref())).await
}

/// A server inside this process, on this database, which nobody else has meanwhile.
async fn in_database(
    args: &DemoArgs,
    database: &str,
    password: NewPassword,
) -> Result<(Database, Option<Alone>)> {
    let config = ConfigArgs::of_database(database).load()?.config;
    let taken = "its server runs, and would not hear of it; leave out --database, and name it with --server";
    let alone = Alone::claim(&config, taken)?;
    let builder = ChatServer::builder()
        .config(config)
        .clock(Arc::new(StageClock));
    let builder = match args.no_files {
        true => builder.without_files(),
        false => builder,
    };
    let host = builder.build().await?.host();
    let until = args.until.unwrap_or_else(output::now);
    let stage = Database::new(host, password, until, args.days);
    let stage = match args.no_files {
        true => stage.without_files(),
        false => stage,
    };
    Ok((stage, alone))
}

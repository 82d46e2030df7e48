//! `chat`: runs, seeds and scripts a chat server.
//!
//! Only the way in and out is here: reading the command line, running the command, and the exit code.

mod advice;
mod alone;
mod bench;
mod cli;
mod cmd;
mod config;
mod direct;
mod error;
mod output;
mod profile;
mod progress;
mod prompt;
mod seed;
mod span;
mod stop;

use advice::Advice;
use cli::{Cli, Command};
use direct::Direct;
use error::Result;
use output::Output;
use std::{process::ExitCode, time::Duration};
use stop::{Stop, until_told};

/// So long a command has to end in good order after it is told to stop.
const GRACE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::read();
    let out = Output::new(cli.global.output, cli.global.color, cli.global.quiet);
    let out = match cli.begin(out) {
        Ok(out) => out,
        Err(error) => {
            out.fail(&error, error.hint());
            return ExitCode::from(error.exit_code());
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            out.fail(&error::Error::io("cannot start", error), None);
            return ExitCode::FAILURE;
        }
    };
    let advice = Advice::of(&cli);
    let parting = cli.command.parting();
    let ended = runtime.block_on(until_stopped(cli, out));
    // A thread may still wait for a password that nobody types any more.
    runtime.shutdown_background();
    match ended {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            if !error.is_an_end() {
                out.fail(&error, advice.on(&error).as_deref());
            }
            ExitCode::from(error.exit_code())
        }
        Err(stop) => {
            prompt::restore_terminal();
            if let Some(text) = parting {
                progress::clear();
                out.say(&text);
            }
            ExitCode::from(stop.exit_code())
        }
    }
}

/// Runs the command, unless it is told to stop before its end: what it has begun, such as a server for the load, goes with
/// it. A server ends by itself, in good order, however long that takes; so does what follows one, within the time that it
/// has.
async fn until_stopped(cli: Cli, out: Output) -> std::result::Result<Result<()>, Stop> {
    if matches!(cli.command, Command::Serve(_)) {
        return Ok(run(cli, out).await);
    }
    tokio::spawn(insist());
    if matches!(cli.command, Command::Tail(_)) {
        return Ok(run(cli, out).await);
    }
    tokio::select! {
        ended = run(cli, out) => Ok(ended),
        stop = until_told() => Err(stop),
    }
}

/// Ends the process where the command does not let go of its thread when it is told to stop, as a program of --jq that has
/// no end.
async fn insist() {
    let stop = until_told().await;
    tokio::time::sleep(GRACE).await;
    prompt::restore_terminal();
    std::process::exit(stop.exit_code().into());
}

/// Runs the command, with a server of its own where it goes straight on a database.
async fn run(mut cli: Cli, out: Output) -> Result<()> {
    let Some(database) = cli.global.direct.take() else {
        return command(cli, out).await;
    };
    cli.command.require_direct()?;
    // The first account can be made by nobody else.
    if let Command::User(cmd::user::UserCommand::Create(args)) = &mut cli.command {
        args.go_straight(database)?;
        cli.global.is_placed = false;
        (cli.global.server, cli.global.profile) = (None, None);
        return command(cli, out).await;
    }
    let direct = Direct::open(&database).await?;
    cli.global.socket = Some(direct.socket());
    let ended = command(cli, out).await;
    let closed = direct.close().await;
    // What the command says comes first: the end of the server follows from it, or matters less.
    ended.and(closed)
}

async fn command(cli: Cli, out: Output) -> Result<()> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(args) => cmd::serve::run(args, out).await,
        Command::Health(args) => cmd::health::run(args, global, out).await,
        Command::Config(command) => cmd::config::run(command, out).await,
        Command::Auth(command) => cmd::auth::run(command, global, out).await,
        Command::Profile(command) => cmd::profile::run(command, global, out).await,
        Command::Settings(command) => cmd::settings::run(command, global, out).await,
        Command::Contact(command) => cmd::contact::run(command, global, out).await,
        Command::Block(command) => cmd::contact::run_block(command, global, out).await,
        Command::User(command) => cmd::user::run(command, global, out).await,
        Command::Conversation(command) => cmd::conversation::run(command, global, out).await,
        Command::Member(command) => cmd::member::run(command, global, out).await,
        Command::Invite(command) => cmd::invite::run(command, global, out).await,
        Command::Message(command) => cmd::message::run(command, global, out).await,
        Command::Attachment(command) => cmd::attachment::run(command, global, out).await,
        Command::Report(command) => cmd::report::run(command, global, out).await,
        Command::Audit(command) => cmd::audit::run(command, global, out).await,
        Command::Stats => cmd::audit::run_stats(global, out).await,
        Command::Token(command) => cmd::token::run(command, global, out).await,
        Command::Tail(args) => cmd::tail::run(args, global, out).await,
        Command::Seed(command) => cmd::seed::run(command, global, out).await,
        Command::Migrate(command) => cmd::migrate::run(command, out).await,
        Command::Export(args) => cmd::export::run(args, global, out).await,
        Command::Import(args) => cmd::import::run(args, global, out).await,
        Command::Bench(command) => cmd::bench::run(command, global, out).await,
        Command::Help(args) => cmd::help::run(&args, out),
        Command::Completions(args) => cmd::completions::run(&args, out),
        Command::Man(args) => cmd::man::run(&args, out),
        Command::Doctor(args) => cmd::doctor::run(args, global, out).await,
    }
}

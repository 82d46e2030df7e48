//! `chat-tui`: a chat client for the terminal. Everything is in the library; here are the command line and the end.

use chat_tui::{
    cli::{Cli, Command},
    effect::perform::Left,
    plain, run,
};
use clap::Parser;
use std::{io::Write, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match (&cli.command, cli.plain) {
        (Some(Command::Keys), _) => list_keys(&cli).map(|()| None),
        (None, true) => plain::run(cli).await.map(Some),
        (None, false) => run::run(cli).await.map(Some),
    };
    match ended {
        Ok(Some(left)) => leave(left),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            // It may have a server's words in it.
            eprintln!("{}", chat_core::text::inert_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Says what was left undone, and whether that is a failure.
fn leave(left: Left) -> ExitCode {
    let Left {
        count,
        is_kept,
        refused,
    } = left;
    match (count, is_kept) {
        (0, _) => {}
        (_, true) => {
            eprintln!("{count} not sent yet: kept on this machine, and sent the next time");
        }
        (_, false) => eprintln!("{count} not sent: there was no connection"),
    }
    if refused > 0 {
        eprintln!("{refused} not done: why is said above");
    }
    match refused == 0 && (count == 0 || is_kept) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Lists the keys; what is wrong with the chosen ones goes beside them.
fn list_keys(cli: &Cli) -> anyhow::Result<()> {
    let (config, mut wrong) = cli.config()?;
    let (keymap, more) = config.keymap();
    wrong.extend(more);
    // Whoever reads only the beginning has seen enough.
    std::io::stdout()
        .write_all(keymap.listing().as_bytes())
        .ok();
    for what in wrong {
        eprintln!("{what}");
    }
    Ok(())
}

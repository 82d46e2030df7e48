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
        (Some(Command::Keys), _) => list_keys(&cli).map(|()| ExitCode::SUCCESS),
        (None, true) => plain::run(cli)
            .await
            .map(|(left, refused)| leave(left, refused)),
        (None, false) => run::run(cli).await.map(|left| leave(left, 0)),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            // It may have a server's words in it.
            eprintln!("{}", chat_core::text::inert_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Says what was left undone, and how much was refused, and whether that is a failure.
fn leave(left: Left, refused: usize) -> ExitCode {
    if let Some(told) = left.told() {
        eprintln!("{told}");
    }
    if refused > 0 {
        eprintln!("{refused} not done: why is said above");
    }
    match refused == 0 && (left.count == 0 || left.is_kept) {
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

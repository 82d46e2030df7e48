//! `chat-tui`: a chat client for the terminal. Everything is in the library; here are the command line and the end.

use chat_tui::{cli::Cli, run};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run::run(Cli::parse()).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(unsent) => {
            eprintln!("{unsent} not sent: there was no connection");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

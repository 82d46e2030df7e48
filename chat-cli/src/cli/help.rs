//! The help of every command, as it stood when somebody last read it. What changes it shows in a review.
//!
//! After a change that is meant: `CHAT_GOLDEN=write cargo test -p chat-cli help`, and read the difference.

use super::Cli;
use clap::CommandFactory;
use std::{env, fs, path::Path};

const GOLDEN: &str = include_str!("../../golden/help.txt");

/// They are told of in their own pages, and grow on their own.
const ELSEWHERE: [&str; 7] = [
    "bench", "export", "import", "migrate", "seed", "serve", "stats",
];

/// The help of a command and of all below it. What holds everywhere is said once, with the first.
fn pages(command: &clap::Command, name: &str, text: &mut String) {
    let help = command.clone().term_width(100).render_help().to_string();
    let own = help.split("\nEverywhere:").next().unwrap_or_default();
    text.push_str(&format!("==== {name}\n{}\n\n", own.trim_end()));
    for below in command.get_subcommands() {
        pages(below, &format!("{name} {}", below.get_name()), text);
    }
}

#[test]
fn the_help_is_as_it_was_read() {
    let mut top = Cli::command();
    top.build();
    let mut now = String::new();
    let own = |command: &&clap::Command| !ELSEWHERE.contains(&command.get_name());
    for command in top.get_subcommands().filter(own) {
        pages(command, &format!("chat {}", command.get_name()), &mut now);
    }

    if env::var_os("CHAT_GOLDEN").is_some_and(|word| word == "write") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/help.txt");
        fs::write(file, &now).unwrap();
        return;
    }
    let differs = now
        .lines()
        .zip(GOLDEN.lines())
        .find(|(now, then)| now != then);
    assert_eq!(differs, None, "see how to take it over above");
    assert_eq!(now.lines().count(), GOLDEN.lines().count());
}

#[test]
fn every_help_begins_with_examples() {
    let mut top = Cli::command();
    top.build();
    for command in top.get_subcommands() {
        let help = command.clone().render_help().to_string();
        // One that takes nothing has nothing to show.
        let is_bare = command.get_name() == "stats";
        assert!(
            is_bare || help.starts_with("Examples:"),
            "{}",
            command.get_name()
        );
    }
}

#[test]
fn the_exit_codes_of_the_page_are_those_of_the_program() {
    let page = include_str!("../../../docs/cli.md");
    for line in crate::error::EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim().split_once(' ').unwrap();
        let row = format!("| {code} | {} |", meaning.trim());
        assert!(page.contains(&row), "{row}");
    }
}

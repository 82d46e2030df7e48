//! The help of every command, as it stood when somebody last read it. What changes it shows in a review.
//!
//! After a change that is meant: `CHAT_GOLDEN=write cargo test -p chat-cli help`, and read the difference.

use super::Cli;
use std::{env, fs, path::Path};

const GOLDEN: &str = include_str!("../../golden/help.txt");

/// The help of a command and of all below it.
fn pages(command: &clap::Command, name: &str, text: &mut String) {
    let help = command.clone().render_help().to_string();
    text.push_str(&format!("==== {name}\n{}\n\n", help.trim_end()));
    for below in command.get_subcommands() {
        pages(below, &format!("{name} {}", below.get_name()), text);
    }
}

#[test]
fn the_help_is_as_it_was_read() {
    let mut top = Cli::with_help(100);
    top.build();
    let mut now = String::new();
    pages(&top, "chat", &mut now);

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
    let mut top = Cli::with_help(100);
    top.build();
    for command in super::tests::all(&top) {
        let help = command.clone().render_help().to_string();
        assert!(help.starts_with("Examples:"), "{}", command.get_name());
    }
}

#[test]
fn what_goes_with_every_command_is_a_line_of_its_help() {
    let mut top = Cli::with_help(100);
    top.build();
    let list = top.find_subcommand_mut("user").unwrap();
    let list = list.find_subcommand_mut("list").unwrap();

    for help in [list.render_help(), list.render_long_help()] {
        let help = help.to_string();
        assert!(help.contains("chat help everywhere"), "{help}");
        assert!(!help.contains("--jq <"), "{help}");
        assert!(help.contains("--accounts"), "{help}");
    }
    let all = crate::cmd::help::everywhere(100);
    for name in ["--server", "--as", "--output", "--jq", "--dry-run", "jsonl"] {
        assert!(all.contains(name), "{name}: {all}");
    }
}

#[test]
fn what_stands_below_a_help_of_its_own_stays_there() {
    let mut top = Cli::with_help(100);
    top.build();
    let serve = top.find_subcommand_mut("serve").unwrap();

    for help in [serve.render_help(), serve.render_long_help()] {
        let help = help.to_string();
        assert!(help.contains("Every setting:"), "{help}");
        assert!(help.trim_end().ends_with("chat help everywhere"), "{help}");
    }
}

#[test]
fn no_page_is_wider_than_a_narrow_terminal() {
    for room in [60, 80] {
        let mut top = Cli::with_help(room);
        top.build();
        for mut command in super::tests::all(&top) {
            let name = command.get_name().to_owned();
            let help = command.render_help().to_string();
            // The line of the usage is never broken.
            let mut lines = help.lines().filter(|line| !line.starts_with("Usage:"));
            let wide = lines.find(|line| line.chars().count() > room);
            assert_eq!(wide, None, "{name}");
        }
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

//! Commands that were meant: one of that name elsewhere, or one that does what a word of other programs says.
//!
//! Only told of, never run. What is merely misspelt is found by the reader of the command line itself.

use clap::{
    Arg, Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::ffi::OsString;

/// Words of other programs, and what does that here.
const ALIKE: [(&str, &str); 11] = [
    ("backup", "chat export"),
    ("restore", "chat import"),
    ("signin", "chat auth login"),
    ("signout", "chat auth logout"),
    ("signup", "chat auth register"),
    ("whoami", "chat auth status"),
    ("msg", "chat message"),
    ("say", "chat message send"),
    ("follow", "chat tail"),
    ("watch", "chat tail"),
    ("start", "chat serve"),
];

/// Options of other programs, or of commands that run a server, and what goes with every command here.
const OPTIONS_ALIKE: [(&str, &str); 9] = [
    ("--json", "-o json"),
    ("--jsonl", "-o jsonl"),
    ("--csv", "-o csv"),
    ("--format", "-o <OUTPUT>"),
    ("--columns", "--fields <NAMES>"),
    ("--url", "--server <URL>"),
    ("--host", "--server <URL>"),
    ("--user", "--as <USER>"),
    ("--database", "--direct=<DATABASE>"),
];

/// The same error, with the usage that the help has; where there is no such command or option, with what may be meant.
pub(super) fn told(mut error: Error, top: &mut Command, words: &[OsString]) -> Error {
    // The reader's own counts what the environment says as typed.
    if error.get(ContextKind::Usage).is_some() {
        let usage = meant(top, words).render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    if error.kind() == ErrorKind::UnknownArgument {
        suggest_option(&mut error);
    }
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error.format(top);
    }
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => word.clone(),
        _ => return error,
    };
    let near = near(top, &word);
    if !near.is_empty() {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(near),
        );
    }
    error
}

/// Adds what an option of other programs is called here.
fn suggest_option(error: &mut Error) {
    let Some(ContextValue::String(said)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    let found = OPTIONS_ALIKE.iter().find(|(alike, _)| alike == said);
    let Some((_, meant)) = found else { return };
    let tip = format!("with every command that is: {meant}");
    // Nor is another one meant that is spelt like it, or a value.
    error.remove(ContextKind::SuggestedArg);
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![tip.into()]),
    );
}

/// The command that the words are of, as far as they name one.
fn meant<'a>(top: &'a mut Command, words: &[OsString]) -> &'a mut Command {
    let mut command = top;
    let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        if takes_value(command, word) {
            words.next();
        } else if command.find_subcommand(word).is_some() {
            command = command
                .find_subcommand_mut(word)
                .expect("it was just found");
        }
    }
    command
}

/// Whether the next word is what an option has, and no command.
fn takes_value(command: &Command, word: &str) -> bool {
    let is_it = |arg: &&Arg| {
        let long = word.strip_prefix("--");
        let short = word.strip_prefix('-').and_then(|rest| rest.parse().ok());
        (long.is_some() && arg.get_long() == long) || (short.is_some() && arg.get_short() == short)
    };
    let found = command.get_arguments().find(is_it);
    found.is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
}

/// The commands that a word may mean.
fn near(top: &Command, word: &str) -> Vec<String> {
    let alike = ALIKE.iter().filter(|(said, _)| *said == word);
    let alike = alike.map(|(_, meant)| (*meant).to_owned());
    let mut near: Vec<_> = alike.collect();
    called(top, "chat", word, &mut near);
    near.dedup();
    near
}

/// Adds all that are called so, below a command.
fn called(command: &Command, name: &str, word: &str, found: &mut Vec<String>) {
    for below in command.get_subcommands() {
        let name = format!("{name} {}", below.get_name());
        if below.get_name() == word {
            found.push(name.clone());
        }
        called(below, &name, word, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn refused(words: &str) -> String {
        let mut top = Cli::with_help(100);
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let read = top.try_get_matches_from_mut(&words);
        told(read.unwrap_err(), &mut top, &words).to_string()
    }

    #[test]
    fn a_word_that_is_a_command_elsewhere_leads_there() {
        for (words, meant) in [
            ("chat login", "'chat auth login'"),
            ("chat send @ben hi", "'chat message send'"),
            ("chat backup", "'chat export'"),
            ("chat user login", "'chat auth login'"),
        ] {
            let said = refused(words);
            assert!(said.contains(meant), "{words}: {said}");
        }
        assert!(refused("chat tial").contains("'tail'"));
    }

    #[test]
    fn the_usage_is_that_of_the_help_whatever_else_was_said() {
        for (words, usage) in [
            (
                "chat --server http://x completions",
                "chat completions [OPTIONS] <SHELL>",
            ),
            (
                "chat --as user message list",
                "chat message list [OPTIONS] <CONVERSATION>",
            ),
            (
                "chat user list --acounts",
                "chat user list [OPTIONS] [QUERY]",
            ),
        ] {
            let said = refused(words);
            assert!(
                said.contains(&format!("Usage: {usage}\n")),
                "{words}: {said}"
            );
        }
    }

    #[test]
    fn an_option_of_other_programs_leads_to_the_one_here() {
        for (words, meant) in [
            ("chat user list --json", "-o json"),
            ("chat user list --database x", "--direct=<DATABASE>"),
            ("chat message list --url=http://x @ben", "--server <URL>"),
        ] {
            let said = refused(words);
            let tip = format!("tip: with every command that is: {meant}\n");
            assert!(said.contains(&tip), "{words}: {said}");
            assert_eq!(said.matches("tip:").count(), 1, "{words}: {said}");
        }
        // Where it is one, it is read.
        let mut top = Cli::with_help(100);
        let read = top.try_get_matches_from_mut(["chat", "serve", "--database", "x"]);
        assert!(read.is_ok(), "{read:?}");
    }

    #[test]
    fn what_is_told_of_is_there() {
        let top = Cli::with_help(100);
        for (said, meant) in OPTIONS_ALIKE {
            let name = meant.split([' ', '=']).next().unwrap_or(meant);
            let is_it = |arg: &&Arg| {
                let long = arg.get_long().map(|long| format!("--{long}"));
                let short = arg.get_short().map(|short| format!("-{short}"));
                long.as_deref() == Some(name) || short.as_deref() == Some(name)
            };
            let found = top.get_arguments().find(is_it);
            assert!(found.is_some_and(Arg::is_global_set), "{said}: {meant}");
        }
        for (said, meant) in ALIKE {
            let mut command = &top;
            for word in meant.split(' ').skip(1) {
                let below = command.find_subcommand(word);
                command = below.unwrap_or_else(|| panic!("{said}: {meant}"));
            }
            assert!(top.find_subcommand(said).is_none(), "{said}");
        }
    }
}

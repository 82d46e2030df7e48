//! The examples of every command: its own, or those of the commands above it that show it, or one that only its own page
//! has. They are examples of the same command line, so the tests read them all.

use clap::Command;
use unicode_width::UnicodeWidthStr;

/// Examples of what no page of a whole noun shows.
const OF_ONE: &[&str] = &[
    "chat profile delete                                  asks for the password; chat profile export comes first",
    "chat contact remove ben",
    "chat user show ben                                   what ben tells of himself",
    "chat user show ben --account                         the account, as an admin sees it",
    "chat user role ben admin",
    "chat user role chloe dmitri user                     several at once",
    "chat user enable mallory",
    "chat user delete mallory --confirm mallory           for good; without --confirm the name is typed",
    "chat user sessions ben",
    "chat conversation show 'Friday climbing'",
    "chat conversation show 01890a5d-ac96-774b-bcce-b302099a8057 --any",
    "chat conversation describe 'Friday climbing' 'At seven, shoes are there'",
    "chat conversation describe 'Friday climbing' ''      takes it away",
    "chat conversation avatar 'Friday climbing' hall.jpg",
    "chat conversation avatar 'Friday climbing' --delete",
    "chat conversation leave 'Friday climbing'",
    "chat conversation leave 'My notes' --confirm 'My notes'    nobody else is in it, so it is deleted",
    "chat conversation delete 'Friday climbing' --dry-run",
    "chat conversation delete 'Friday climbing' --confirm 'Friday climbing'",
    "chat conversation pin @ben",
    "chat conversation pin @ben --off",
    "chat conversation archive 'Friday climbing'",
    "chat conversation nickname 'Friday climbing' climbers",
    "chat conversation draft @ben 'I wanted to say'",
    "chat conversation read @ben",
    "chat member remove 'Friday climbing' mallory",
    "chat member unban 'Friday climbing' mallory",
    "chat invite list 'Friday climbing'",
    "chat message receipts 01890a5d-ac96-774b-bcce-b302099a8057",
    "chat message edit 01890a5d-ac96-774b-bcce-b302099a8057 'seven, not eight'",
    "chat message delete 01890a5d-ac96-774b-bcce-b302099a8057",
    "chat message unreact 01890a5d-ac96-774b-bcce-b302099a8057 👍",
    "chat message pin 01890a5d-ac96-774b-bcce-b302099a8057",
    "chat message unpin 01890a5d-ac96-774b-bcce-b302099a8057",
    "chat message forward 01890a5d-ac96-774b-bcce-b302099a8057 @chloe 'Friday climbing'",
    "chat message history 01890a5d-ac96-774b-bcce-b302099a8057    what it said before",
    "chat message report 01890a5d-ac96-774b-bcce-b302099a8057 'sells shoes'",
    "chat attachment delete 01890a5d-ac96-774b-bcce-b302099a8057",
];

/// A whole command line in which every command has examples.
pub(super) fn given(top: Command) -> Command {
    let of_one = OF_ONE.iter().map(|line| format!("  {line}"));
    filled(top, "chat", &of_one.collect::<Vec<_>>())
}

/// A command and all below it; `above` are the examples of what it is below, each a line.
fn filled(command: Command, name: &str, above: &[String]) -> Command {
    let of_this = |line: &&String| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let (command, own) = match command.get_before_help() {
        Some(text) => {
            let own = text.to_string().lines().map(str::to_owned).collect();
            (command, own)
        }
        None => {
            let own = aligned(above.iter().filter(of_this));
            let text = format!("Examples:\n{}\n", own.join("\n"));
            (command.before_help(text), own)
        }
    };
    let mut all = above.to_vec();
    all.extend(own);
    let mut seen = std::collections::BTreeSet::new();
    // The same command with other words about it is the same example.
    all.retain(|line| line.is_empty() || seen.insert(halves(line).0.to_owned()));
    let name = name.to_owned();
    command.mut_subcommands(move |below| {
        let name = format!("{name} {}", below.get_name());
        filled(below, &name, &all)
    })
}

/// An example, and what it does.
fn halves(line: &str) -> (&str, &str) {
    let line = line.trim();
    let (example, about) = line.split_once("  ").unwrap_or((line, ""));
    (example, about.trim_start())
}

/// Lines from several pages, with what they do below each other.
fn aligned<'a>(lines: impl Iterator<Item = &'a String>) -> Vec<String> {
    let halves: Vec<_> = lines.map(|line| halves(line)).collect();
    let noted = halves.iter().filter(|(_, about)| !about.is_empty());
    let width = noted.map(|(example, _)| example.width()).max().unwrap_or(0);
    let line = |(example, about): &(&str, &str)| match about.is_empty() {
        true => format!("  {example}"),
        false => {
            let gap = width - example.width() + 4;
            format!("  {example}{:gap$}{about}", "")
        }
    };
    halves.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, tests::all};
    use clap::CommandFactory;

    #[test]
    fn every_page_has_an_example_of_its_own_command() {
        let mut top = given(Cli::command());
        top.build();
        for command in all(&top) {
            let name = command.get_bin_name().unwrap_or("chat").to_owned();
            let text = command.get_before_help().map(ToString::to_string);
            let text = text.unwrap_or_default();
            let is_its = |line: &str| line.contains(&name);
            assert!(text.lines().skip(1).any(is_its), "{name}: {text}");
        }
    }

    #[test]
    fn every_example_of_one_is_shown_on_its_page() {
        let mut top = given(Cli::command());
        top.build();
        let pages: Vec<_> = all(&top)
            .iter()
            .filter_map(|command| command.get_before_help().map(ToString::to_string))
            .collect();
        for line in OF_ONE {
            let (example, about) = halves(line);
            let has = |page: &String| page.contains(example) && page.contains(about);
            assert!(pages.iter().any(has), "{line}");
        }
    }
}

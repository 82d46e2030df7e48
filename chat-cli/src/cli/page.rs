//! How the help of a command is laid out: notes as wide as the room there is, what an example does below it where one of
//! them is too wide with that, and an example that is too wide itself on several lines that a shell reads as one. The
//! words are those of the command.

use super::REST;
use clap::{Arg, Command, builder::StyledStr};
use unicode_width::UnicodeWidthStr;

/// What stands before the lines that belong to an example.
const BELOW: &str = "      ";

/// A command and all below it with their help as it is read, so wide: what goes with every command is told of in a line,
/// and in full by `chat help everywhere`.
pub(super) fn read(command: Command, room: usize) -> Command {
    let hide = |arg: Arg| match arg.is_global_set() {
        true => arg.hide_short_help(true).hide_long_help(true),
        false => arg,
    };
    whole(command.mut_args(hide).term_width(room), room)
}

fn whole(command: Command, room: usize) -> Command {
    let with_rest = |text: Option<&StyledStr>| match text {
        Some(text) => format!("{}\n\n{REST}", laid(&text.to_string(), room)),
        None => REST.to_owned(),
    };
    let short = command.get_after_help();
    let long = with_rest(command.get_after_long_help().or(short));
    let short = with_rest(short);
    let before = command
        .get_before_help()
        .map(|text| laid(&text.to_string(), room));
    let command = match before {
        Some(before) => command.before_help(before),
        None => command,
    };
    command
        .after_long_help(long)
        .after_help(short)
        .mut_subcommands(|below| whole(below, room))
}

/// A text with its notes in one line each, which the terminal breaks where it ends. Where one of its examples is too wide
/// with what it does, all of them have that below.
fn laid(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let is_wide = text
        .lines()
        .any(|line| halves(line).is_some() && line.width() > room);
    let mut are_examples = false;
    for line in text.lines() {
        are_examples = match line {
            "Examples:" => true,
            "" => false,
            _ => are_examples,
        };
        let is_note = line.starts_with(|first: char| !first.is_whitespace());
        match lines.last_mut() {
            Some(last) if is_note && goes_on(last) => {
                last.push(' ');
                last.push_str(line);
            }
            _ => match halves(line).filter(|_| is_wide) {
                Some((example, about)) => {
                    lines.extend(broken(example, room));
                    lines.extend(set_off(BELOW, about, room));
                }
                None if is_note => lines.push(line.to_owned()),
                None if are_examples => lines.extend(broken(line, room)),
                None => {
                    let words = line.trim_start();
                    let indent = line.strip_suffix(words).unwrap_or_default();
                    lines.extend(set_off(indent, words, room));
                }
            },
        }
    }
    lines.join("\n")
}

/// An example on as many lines as it needs. It is broken only where a shell reads on, and not between an option and what
/// is said with it.
fn broken(example: &str, room: usize) -> Vec<String> {
    const GOES_ON: &str = " \\";
    let ends = ends_of_words(example);
    let (mut lines, mut from) = (vec![String::new()], 0);
    for (nth, end) in ends.iter().enumerate() {
        let word = example.get(from..*end).unwrap_or_default();
        let next = ends.get(nth + 1).and_then(|next| example.get(*end..*next));
        let is_option = |word: &str| word.trim_start().starts_with('-');
        let last_option = word.rsplit(' ').next().is_some_and(is_option);
        if last_option && next.is_some_and(|next| !is_option(next)) {
            continue;
        }
        from = *end;
        let left = room - next.map_or(0, |_| GOES_ON.len()).min(room);
        let last = lines.last_mut().expect("there is a first line");
        if last.width() + word.width() <= left || last.trim().is_empty() {
            last.push_str(word);
        } else {
            last.push_str(GOES_ON);
            lines.push(format!("{BELOW}{}", word.trim_start()));
        }
    }
    lines
}

/// Where the words of a command end: what stands in quotes is one.
fn ends_of_words(command: &str) -> Vec<usize> {
    let mut quote = None;
    let mut ends = Vec::new();
    for (at, letter) in command.char_indices() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ' ') => ends.push(at),
            _ => {}
        }
    }
    ends.push(command.len());
    ends
}

/// What an example does, and what else is set off, on as many lines as it needs.
fn set_off(indent: &str, text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![indent.to_owned()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a first line");
        let is_first = last == indent;
        match is_first || last.width() + 1 + word.width() <= room {
            true => {
                last.push_str(if is_first { "" } else { " " });
                last.push_str(word);
            }
            false => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// Whether a line is a note that the next one may go on with.
fn goes_on(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(' ') && !line.ends_with(':')
}

/// An example, and what it does.
fn halves(line: &str) -> Option<(&str, &str)> {
    let words = line.strip_prefix("  ")?;
    let (example, about) = words.trim_start().split_once("  ")?;
    let end = line.len() - words.trim_start().len() + example.len();
    Some((line.get(..end)?, about.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_one_line_and_examples_keep_theirs() {
        let text = "Examples:\n  chat stats    in short\n  chat tail\n\nIt goes on\nand ends.\n\nExit code:\n  0  fine";

        let laid = laid(text, 80);

        let same = text.replace("on\nand", "on and");
        assert_eq!(laid, same);
    }

    #[test]
    fn what_examples_do_stands_below_them_where_one_of_them_is_wide() {
        let about = "what this is good for, in more words than fit beside it";
        let text = format!(
            "  chat stats    short\n  chat bench rest --spawn --connections 64    {about}\n  chat tail"
        );

        let expected = format!(
            "  chat stats\n      short\n  chat bench rest --spawn --connections 64\n      {about}\n  chat tail"
        );
        assert_eq!(laid(&text, 80), expected);
    }

    #[test]
    fn a_wide_example_is_broken_where_a_shell_reads_on_and_what_it_does_stays_set_off() {
        let example = "  chat message send 'Friday climbing' 'the route' --file map.png";
        let text = format!(
            "Examples:\n{example}    says it, and sends a map\n  chat tail\n\nSettings:\n  in a file, or in the environment of the server"
        );

        let laid = laid(&text, 40);

        let expected = "Examples:
  chat message send 'Friday climbing' \\
      'the route' --file map.png
      says it, and sends a map
  chat tail

Settings:
  in a file, or in the environment of
  the server";
        assert_eq!(laid, expected);
    }
}

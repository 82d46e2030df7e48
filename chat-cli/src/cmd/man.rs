//! `chat man`: the manual, made from the same words as `--help`, so that the two cannot differ.

use crate::{
    cli::Cli,
    error::{Error, Result},
    output::Output,
};
use clap::Args;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  chat man | man -l -                      read it
  chat man user import | man -l -          the page of one command
  chat man --to ~/.local/share/man/man1    all of them; then: man chat-user-import
";

/// What `chat man` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command whose page to print [default: chat itself]
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
    /// Write the pages of all commands into this directory instead, a file each
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "words")]
    to: Option<PathBuf>,
}

/// Prints or writes it.
pub(crate) fn run(args: &ManArgs, out: Output) -> Result<()> {
    let mut top = Cli::with_examples();
    top.build();
    if let Some(directory) = &args.to {
        return write_all(&top, directory, out);
    }
    let (mut command, mut name) = (&top, "chat".to_owned());
    for word in &args.words {
        command = command.find_subcommand(word).ok_or_else(|| {
            Error::Usage(format!("{name} has no command {word}; see: {name} --help"))
        })?;
        name = format!("{name} {word}");
    }
    let (_, page) = page(command, &name.replace(' ', "-"));
    out.text(&String::from_utf8_lossy(&page))
}

fn write_all(top: &clap::Command, directory: &Path, out: Output) -> Result<()> {
    let cannot =
        |error: io::Error| Error::io(format!("cannot write into {}", directory.display()), error);
    fs::create_dir_all(directory).map_err(cannot)?;
    let pages = pages(top, "chat");
    for (file, page) in &pages {
        fs::write(directory.join(file), page).map_err(cannot)?;
    }
    let count = pages.len();
    out.say(&format!("wrote {count} pages into {}", directory.display()));
    Ok(())
}

/// The pages of a command and of all below it, under the names of their files.
fn pages(command: &clap::Command, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![page(command, name)];
    for below in command.get_subcommands() {
        all.extend(pages(below, &format!("{name}-{}", below.get_name())));
    }
    all
}

fn page(command: &clap::Command, name: &str) -> (String, Vec<u8>) {
    let extra = [
        command.get_before_help(),
        command.get_after_long_help().or(command.get_after_help()),
    ];
    let extra = extra.into_iter().flatten().map(ToString::to_string);
    let page_of = command
        .clone()
        .after_long_help(extra.collect::<Vec<_>>().join("\n"));
    let page_of = clap_mangen::Man::new(page_of)
        .title(name.to_uppercase())
        .source(concat!("chat ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    render(&page_of, command, &mut page).expect("memory takes every page");
    (format!("{name}.1"), page)
}

/// The parts of a page. Its synopsis is the usage of the help: the options have a part of their own.
fn render(man: &clap_mangen::Man, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    // Roff takes a hyphen for one of a broken word.
    writeln!(page, ".SH SYNOPSIS\n{}", usage.replace('-', "\\-"))?;
    man.render_description_section(page)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    man.render_extra_section(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_examples() {
        let mut top = Cli::with_examples();
        top.build();

        let pages = pages(&top, "chat");

        assert!(pages.len() > 80, "{}", pages.len());
        let import = pages.iter().find(|(file, _)| file == "chat-user-import.1");
        let text = String::from_utf8_lossy(&import.expect("it is there").1);
        assert!(
            text.contains("chat user import") && text.contains("exists"),
            "{text}"
        );
        let message = pages.iter().find(|(file, _)| file == "chat-message-pin.1");
        let text = String::from_utf8_lossy(&message.expect("it is there").1);
        assert!(text.contains("Examples"), "{text}");
    }
}

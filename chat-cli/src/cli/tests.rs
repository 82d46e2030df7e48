//! Tests of the command line: it makes sense, its examples are read, and nothing in it takes a secret.

use super::*;

#[test]
fn the_command_line_makes_sense() {
    Cli::command().debug_assert();
}

#[test]
fn no_flag_takes_a_secret() {
    fn walk(command: &clap::Command) {
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str();
            assert!(
                !matches!(name, "password" | "token" | "secret"),
                "{name} of {}",
                command.get_name()
            );
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&Cli::command());
}

#[test]
fn an_address_is_read_as_it_is_typed() {
    let server = |text: &str| {
        let read = Cli::try_parse_from(["chat", "stats", "--server", text]);
        read.map(|cli| cli.global.server.map(String::from))
    };

    let bare = server("chat.example.org").unwrap();
    assert_eq!(bare.as_deref(), Some("https://chat.example.org/"));
    let refused = server("ftp://x").unwrap_err().to_string();
    assert!(refused.contains("http://"), "{refused}");
}

/// Every command, with those below it.
pub(super) fn all(command: &clap::Command) -> Vec<clap::Command> {
    let below = command.get_subcommands().flat_map(all);
    std::iter::once(command.clone()).chain(below).collect()
}

#[test]
fn no_argument_passes_for_one_that_holds_everywhere() {
    let top = Cli::command();
    let everywhere: Vec<_> = top.get_arguments().map(clap::Arg::get_id).collect();
    let below = top.get_subcommands().flat_map(all).collect::<Vec<_>>();

    for (command, argument) in below
        .iter()
        .flat_map(|command| command.get_arguments().map(move |arg| (command, arg)))
    {
        let name = command.get_name();
        assert!(
            !everywhere.contains(&argument.get_id()),
            "{argument:?} of {name}"
        );
    }
}

/// The words of a command line, as a shell takes them apart, up to a pipe, a list, a file or a remark.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut spaces) = (false, 0);
    for letter in line.chars() {
        match letter {
            '|' | '&' | '>' if !quoted => break,
            ' ' if !quoted => spaces += 1,
            _ if spaces > 1 => break,
            _ => {
                if spaces == 1 {
                    words.push(String::new());
                }
                spaces = 0;
                let is_quote = matches!(letter, '\'' | '"');
                quoted ^= is_quote;
                let word = words.last_mut().expect("there is one");
                word.extend(Some(letter).filter(|_| !is_quote));
            }
        }
    }
    words
}

#[test]
fn the_examples_of_every_help_are_read() {
    let mut count = 0;
    for command in all(&Cli::with_examples()) {
        let examples = command.get_before_help().map(ToString::to_string);
        let examples = examples.unwrap_or_default();
        let lines = examples
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("chat "));
        for line in lines {
            count += 1;
            let read = Cli::try_parse_from(words(line));
            assert!(read.is_ok(), "{line}: {read:?}");
        }
    }
    assert!(count > 150, "{count} examples were found");
}

/// The command line as it is read where the environment names this.
fn with_around(name: &str, words: &str) -> std::result::Result<Cli, clap::Error> {
    let around = |arg: clap::Arg| arg.env(None::<&str>).default_value("around");
    let command = Cli::command().mut_arg(name, around);
    Cli::of(&command.try_get_matches_from(words.split(' '))?)
}

fn with_socket_around(words: &str) -> std::result::Result<Cli, clap::Error> {
    with_around("socket", words)
}

#[test]
fn a_profile_of_the_environment_gives_way_and_one_that_is_said_is_all() {
    let profile = |words: &str| with_around("profile", words).map(|cli| cli.global.profile);
    let [around, named] = ["around", "named"].map(|name| Some(name.to_owned()));

    assert_eq!(profile("chat stats").unwrap(), around);
    assert_eq!(profile("chat stats --profile named").unwrap(), named);
    assert_eq!(profile("chat stats --server http://there").unwrap(), None);
    assert_eq!(profile("chat stats --as ben").unwrap(), None);
    assert!(profile("chat stats --profile named --as ben").is_err());
    assert!(profile("chat --profile named --server http://there stats").is_err());
    let new = "chat auth login ann --server http://there --profile named";
    assert_eq!(profile(new).unwrap(), named);
}

#[test]
fn where_the_command_line_leads_the_environment_does_not() {
    let socket = |words: &str| with_socket_around(words).unwrap().global.socket;
    let [around, named] = ["around", "named"].map(|name| Some(PathBuf::from(name)));

    assert_eq!(socket("chat stats"), around);
    assert_eq!(socket("chat stats --socket named"), named);
    assert_eq!(socket("chat --socket named stats"), named);
    assert_eq!(socket("chat stats --server http://there"), None);
    assert_eq!(socket("chat --profile work stats"), None);
    assert_eq!(socket("chat stats --direct"), None);
    assert!(with_socket_around("chat stats --socket x --server http://there").is_err());
    assert!(with_socket_around("chat --direct stats --profile work").is_err());
}

#[test]
fn options_for_everywhere_go_anywhere() {
    let cli = Cli::try_parse_from([
        "chat", "message", "list", "@ben", "-o", "jsonl", "--as", "ann",
    ])
    .unwrap();

    assert_eq!(cli.global.output, Format::Jsonl);
    assert_eq!(cli.global.user.as_deref(), Some("ann"));
}

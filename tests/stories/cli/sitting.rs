//! `chat` on a real terminal: tables, questions, and names of others that do nothing to it.

use super::house::House;
use chat_tests::{Terminal, program};

/// Ann sits in front of a terminal, with the server of her house.
async fn ann_sits() -> (Terminal, chat_tests::Serving) {
    let House { home, server } = House::open().await;
    let terminal = Terminal::open(home, 120, 30).await;
    let chat = program("chat").display().to_string();
    terminal.run(&format!("alias chat='{chat} --as ann'; clear"));
    (terminal, server)
}

#[tokio::test]
async fn what_is_lost_for_good_is_asked_for_by_its_name() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat user delete ben; echo code $?");
    terminal
        .shows("it asks", |screen| screen.0.contains("type ben to go on"))
        .await;
    terminal.run("bem");
    terminal
        .shows("it refuses", |screen| screen.0.contains("code 2"))
        .await;
    terminal.run("clear; chat user delete ben; echo code $?");
    terminal
        .shows("it asks again", |screen| {
            screen.0.contains("type ben to go on") && !screen.0.contains("code 2")
        })
        .await;
    terminal.run("ben");
    let done = terminal
        .shows("it is done", |screen| screen.0.contains("code 0"))
        .await;

    assert!(done.0.contains("ben is deleted"), "{done:?}");
}

#[tokio::test]
async fn a_question_is_left_with_ctrl_c_and_never_asked_where_that_is_not_wanted() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat user delete ben; echo code $?");
    terminal
        .shows("it asks", |screen| screen.0.contains("type ben to go on"))
        .await;
    terminal.press(&["C-c"]);
    terminal
        .shows("it has ended", |screen| screen.0.contains("code 130"))
        .await;
    terminal.run("clear; chat user delete ben --no-input; echo code $?");
    let refused = terminal
        .shows("it refuses", |screen| screen.0.contains("code 2"))
        .await;

    assert!(refused.0.contains("--confirm"), "{refused:?}");
    assert!(!refused.0.contains("type ben"), "{refused:?}");
}

#[tokio::test]
async fn a_person_gets_a_table_and_what_others_wrote_does_nothing() {
    let (terminal, _server) = ann_sits().await;
    terminal.run("chat message send @ben 'wild \u{202e}text'; clear; chat user list ben");
    let table = terminal
        .shows("there is a table", |screen| {
            screen.0.contains("ID") && screen.0.contains("ben")
        })
        .await;
    terminal.run("clear; chat message list @ben -o csv; echo code $?");
    let csv = terminal
        .shows("there is CSV", |screen| screen.0.contains("code 0"))
        .await;

    assert!(!table.0.contains('\t'), "{table:?}");
    assert!(csv.0.contains("wild text"), "{csv:?}");
}

#[tokio::test]
async fn a_long_import_of_people_says_how_far_it_is() {
    let (terminal, _server) = ann_sits().await;
    // It is gone when everybody is there, which may be before anybody looks.
    terminal.record("written");

    terminal.run("(echo username; seq -f person%g 2000) | chat user import - -o ids");

    let is_bar = |line: &str| {
        let (_, rest) = line.split_once("importing [").unwrap_or_default();
        rest.contains("/2000 ")
    };
    terminal.wrote("written", "a bar", is_bar).await;
}

#[tokio::test]
async fn a_table_is_as_wide_as_the_terminal() {
    let (terminal, _server) = ann_sits().await;
    let name = "Benedict ".repeat(6);
    terminal.run(&format!(
        "chat user update ben --display-name '{}' -q",
        name.trim()
    ));
    terminal.resize(60, 30);

    terminal.run("clear; chat user list --accounts; echo all");

    let table = terminal
        .shows("the whole list", |screen| {
            screen.0.lines().any(|line| line == "all")
        })
        .await;
    let rows: Vec<_> = table
        .0
        .lines()
        .filter(|line| line.contains("user  ") || line.contains("admin"))
        .collect();
    assert_eq!(rows.len(), 2, "{table:?}");
    let ben = rows.iter().find(|row| row.starts_with("ben")).expect("ben");
    assert!(ben.contains("Benedict") && ben.contains('…'), "{table:?}");
}

#[tokio::test]
async fn help_is_as_wide_as_one_says_and_its_examples_are_still_commands() {
    let (terminal, _server) = ann_sits().await;
    terminal.resize(120, 80);

    terminal.run("clear; COLUMNS=60 chat message --help; echo all");

    let shown = terminal
        .shows("all of it", |screen| {
            screen.0.lines().any(|line| line == "all")
        })
        .await;
    let help = shown.0.lines().skip_while(|line| *line != "Examples:");
    let help: Vec<_> = help.filter(|line| !line.starts_with("Usage:")).collect();
    assert!(help.len() > 30, "{shown:?}");
    let wide = help.iter().find(|line| line.chars().count() > 60);
    assert_eq!(wide, None);
    let example = "'the route' \\\n      --file map.png --file route.gpx\n";
    assert!(shown.0.contains(example), "{shown:?}");
}

#[tokio::test]
async fn bytes_of_others_are_not_thrown_at_a_person() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat profile export --to -; chat profile export; echo done");

    let refused = terminal
        .shows("both are refused", |screen| {
            screen.0.lines().any(|line| line == "done")
        })
        .await;
    assert_eq!(refused.count("this is no text for a terminal"), 2);
}

#[tokio::test]
async fn a_program_without_an_end_is_left_with_ctrl_c() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat user list --jq '\"begun\", last(repeat(1))'; echo code $?");
    terminal
        .shows("its first result", |screen| {
            screen.0.lines().any(|line| line.ends_with("begun"))
        })
        .await;
    terminal.press(&["C-c"]);

    let left = terminal
        .shows("it has ended", |screen| screen.0.contains("code 130"))
        .await;
    assert!(!left.0.contains("panicked"), "{left:?}");
}

#[tokio::test]
async fn what_the_doctor_says_to_do_stands_below_what_it_is_about() {
    let terminal = Terminal::open(chat_tests::Home::new(), 80, 40).await;
    let chat = program("chat").display().to_string();

    terminal.run(&format!("{chat} doctor --redis redis://127.0.0.1:1"));

    let shown = terminal.shows_text("see above").await;
    let mut lines = shown.0.lines().skip_while(|line| !line.contains("redis: "));
    assert!(lines.next().unwrap().starts_with("PROBLEM"), "{shown:?}");
    let advice = lines.find(|line| line.starts_with("         to do: "));
    assert!(advice.unwrap().contains("start it"), "{shown:?}");
}

#[tokio::test]
async fn where_there_is_nothing_a_person_is_told_so_and_a_question_without_an_answer_ends_its_line()
{
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat report list; chat user list zzz; echo both");
    let lists = terminal
        .shows("both lists", |screen| {
            screen.0.lines().any(|line| line == "both")
        })
        .await;
    terminal.run("clear; chat user delete ben; echo code $?");
    terminal.shows_text("type ben to go on").await;
    terminal.press(&["C-d"]);
    let left = terminal.shows_text("code 2").await;

    assert_eq!(lists.count("there is nothing to list"), 2, "{lists:?}");
    assert!(
        left.0
            .lines()
            .any(|line| line.starts_with("error: nothing was done")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_terminal_that_was_asked_for_a_password_shows_again_what_is_typed() {
    let house = House::open().await;
    let url = house.server.url();
    let terminal = Terminal::open(house.home, 120, 30).await;
    let chat = program("chat").display().to_string();

    terminal.run(&format!(
        "{chat} auth login ben --server {url}; echo code $?"
    ));
    let tty = terminal.flag("pane_tty");
    let is_silent = async || {
        let looked = std::process::Command::new("stty")
            .args(["-a", "-F", &tty])
            .output();
        let set = String::from_utf8_lossy(&looked.expect("stty is there").stdout).into_owned();
        if set.contains("-icanon") {
            Ok(())
        } else {
            Err(set)
        }
    };
    terminal.shows_text("password").await;
    // Letter by letter, and unseen: it is read now.
    chat_tests::until("it waits for the password", is_silent).await;
    let pid = terminal.program_pid();
    chat_tests::send_signal(pid, rustix::process::Signal::TERM);
    terminal.shows_text("code 143").await;
    terminal.run("echo to''gether");

    let shown = terminal.shows_text("together").await;
    assert!(shown.0.contains("echo to''gether"), "{shown:?}");
}

#[tokio::test]
async fn the_doctor_tells_of_a_terminal_that_can_show_little() {
    let terminal = Terminal::open(chat_tests::Home::new(), 120, 40).await;
    let chat = program("chat").display().to_string();
    let look = |around: &str| {
        format!(
            "clear; env {around} {chat} doctor --jq 'select(.check == \"terminal\") | \"is \\(.state)\"'"
        )
    };

    terminal.run(&look("TERM=xterm"));
    terminal.shows_text("is ok").await;
    for around in ["TERM=dumb", "LANG=C"] {
        terminal.run(&look(around));
        terminal.shows_text("is warning").await;
        terminal.run("clear");
        terminal.shows_no_more("is warning").await;
    }
}

//! However the client is left, the terminal is as it was before.

use super::House;
use chat_tests::{Home, Terminal, program, send_signal, until};
use rustix::process::Signal;

#[tokio::test]
async fn a_signal_leaves_the_terminal_as_it_was() {
    let house = House::open().await;
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

        send_signal(ann.program_pid(), signal);

        let screen = ann.is_left().await;
        assert!(
            !screen.0.contains("message to"),
            "{signal:?}:\n{}",
            screen.0
        );
    }
}

#[tokio::test]
async fn a_terminal_that_is_gone_ends_it_also_without_a_signal() {
    let house = House::open().await;
    // In a session of its own nobody sends it a hang-up.
    let ann = house.sit_down_by("setsid -w ", "ann", (80, 24)).await;
    let pid = ann.program_pid();
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).expect("it runs");
    assert_eq!(name.trim(), "chat-tui");

    drop(ann);

    until("it has ended", async || {
        match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) if !stat.contains(") Z ") => Err(stat),
            _ => Ok(()),
        }
    })
    .await;
}

#[tokio::test]
async fn it_can_be_suspended_and_comes_back() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.write("not sent yet");
    ann.shows_text("not sent yet").await;

    ann.press(&["C-z"]);
    ann.is_left().await;
    house.say(&house.ben, "where are you?").await;
    ann.run("fg");

    ann.shows("it is back with both", |screen| {
        screen.0.contains("not sent yet") && screen.0.contains("where are you?")
    })
    .await;
    assert_eq!(ann.flag("alternate_on"), "1");
}

/// Starts the client with a password that is wrong; what is told then.
async fn told(terminal: &Terminal, server: &str, wanted: &str) {
    let program = program("chat-tui").display().to_string();
    terminal.run(&format!(
        "clear; {program} --server {server} --user ann --password-file password"
    ));
    let screen = terminal.shows_text(wanted).await;
    assert!(!screen.0.contains("not the password"), "{}", screen.0);
    terminal.press(&["C-q"]);
    terminal.is_left().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_and_a_wrong_password_are_told() {
    let house = House::open().await;
    let terminal = Terminal::open(Home::new(), 100, 30).await;
    let path = terminal.home().path().join("password");
    std::fs::write(path, "not the password").expect("it is writable");

    told(&terminal, &house.server.url(), "wrong").await;
    // Nobody can listen there.
    told(&terminal, "http://127.0.0.1:0", "cannot be reached").await;
}

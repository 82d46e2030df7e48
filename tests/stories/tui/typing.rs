//! What is typed is heard: at once, and as what it is.

use super::House;

#[tokio::test]
async fn the_first_key_after_another_size_is_heard() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.resize(100, 30);
    ann.shows("it fills the new size", |screen| {
        screen
            .0
            .lines()
            .next()
            .is_some_and(|line| line.chars().count() > 90)
    })
    .await;
    ann.press(&["F1"]);

    ann.shows_text("Keys ·").await;
}

#[tokio::test]
async fn more_than_is_read_at_once_is_typed_whole() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.write(&"word ".repeat(300));
    ann.write("end");

    ann.shows_text("word end").await;
}

#[tokio::test]
async fn lines_pasted_without_saying_so_are_not_sent_one_by_one() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.write("let first = 1;\rlet second = 2;\rlet third = 3;\r");

    ann.shows("they stand in the draft", |screen| {
        screen.0.contains("> let first") && screen.0.contains("  let third")
    })
    .await;
}

#[tokio::test]
async fn stopped_from_outside_it_gives_the_terminal_back_and_goes_on_in_the_foreground() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.write("half a thought");
    ann.shows_text("half a thought").await;

    let pid = ann.program_pid();
    chat_tests::send_signal(pid, rustix::process::Signal::TSTP);
    ann.is_left().await;
    ann.run("fg");

    ann.shows_text("> half a thought").await;
}

/// Goes to the background with all that belongs to it, and adds to the file when it is called back.
const EDITOR: &str = "#!/bin/sh
kill -TSTP 0
printf ', and more' >> \"$1\"
";

#[tokio::test]
async fn an_editor_that_is_stopped_takes_the_program_along_and_brings_it_back() {
    let house = House::open().await;
    let ann = house.sit_down_by("EDITOR=./editor ", "ann", (80, 24)).await;
    let editor = ann.home().path().join("editor");
    std::fs::write(&editor, EDITOR).expect("it is writable");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&editor, may_run).expect("it is ours");
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    ann.write("half a thought");
    ann.shows_text("half a thought").await;

    ann.press(&["C-o"]);
    ann.is_left().await;
    ann.run("fg");

    ann.shows_text("> half a thought, and more").await;
}

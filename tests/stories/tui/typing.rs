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

//! What the terminal is asked for, and what it is left alone with.

use super::{House, say, select};
use chat_tests::{Home, Terminal, program, sdk, until};
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_mouse_is_let_go_to_select_text_and_taken_again() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    for (taken, told) in [
        ("1", ""),
        ("0", "the mouse is off"),
        ("1", "the mouse is on"),
    ] {
        if !told.is_empty() {
            ann.press(&["M-m"]);
        }
        ann.shows_text(told).await;
        ann.shows("the mouse", |_| ann.flag("mouse_any_flag") == taken)
            .await;
    }
}

/// So long a terminal is left alone where nothing happens.
const REST: Duration = Duration::from_secs(2);

#[tokio::test]
async fn at_rest_nothing_is_written_to_the_terminal() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    say(&ann, "the last word");
    ann.shows_text("you        the last word").await;
    ann.record("written");
    let path = ann.home().path().join("written");
    let mut before = (0, Instant::now());

    until("it is at rest", async || {
        let length = std::fs::metadata(&path).map_or(0, |about| about.len());
        if length != before.0 {
            before = (length, Instant::now());
        }
        match before.1.elapsed() >= REST {
            true => Ok(()),
            false => Err(format!("{length} bytes")),
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_copied_in_tmux_is_there_to_be_pasted() {
    let house = House::open().await;
    house.say(&house.ben, "take this along").await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    std::fs::write(ann.home().path().join("password"), sdk::PASSWORD).expect("it is writable");
    let tmux = format!("TMUX={},{},0", ann.flag("socket_path"), ann.flag("pid"));
    let (program, server) = (program("chat-tui"), house.server.url());
    ann.run(&format!(
        "{tmux} {} --server {server} --user ann --password-file password",
        program.display()
    ));
    ann.shows_text("● online").await;
    ann.press(&["C-n"]);
    ann.shows_text("take this along").await;
    select(&ann).await;

    ann.press(&["y"]);

    ann.shows("it is in a buffer", |_| {
        ann.flag("buffer_sample") == "take this along"
    })
    .await;
}

#[tokio::test]
async fn however_fast_one_types_no_more_than_sixty_frames_are_drawn_in_a_second() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    // The time of everything that is recorded, before the first key and behind the last, too.
    let begin = Instant::now();
    ann.record("written");
    for _ in 0..200 {
        ann.press(&["x"]);
    }
    ann.press(&["!"]);
    ann.shows_text("!").await;
    let written = ann.recorded("written", "!").await;
    let seconds = begin.elapsed().as_secs_f64();
    let frames = written.matches("\u{1b}[?2026h").count();

    // The first one may be drawn at once.
    let most = seconds.mul_add(60.0, 2.0);
    assert!(
        frames > 0 && (frames as f64) <= most,
        "{frames} in {seconds}"
    );
}

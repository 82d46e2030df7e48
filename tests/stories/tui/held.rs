//! What is held up says so: a file that is refused at its message, a line that waits, and what cannot be asked for.

use super::{House, say, select, waiting::plain};
use chat_tests::{Home, Terminal};

/// Attaches a file to what is open.
async fn attach(ann: &Terminal, name: &str) {
    let path = ann.home().path().join(name);
    std::fs::write(path, "written down").expect("it is writable");
    ann.press(&["C-t"]);
    ann.shows_text("Send a file").await;
    ann.write(name);
    ann.shows_text(name).await;
    ann.press(&["Enter"]);
    ann.shows_no_more("Send a file").await;
}

/// Waits until the newest message says that it is not sent, and nothing counts as on its way.
async fn has_failed(ann: &Terminal) {
    ann.shows("it has failed, and nothing waits", |screen| {
        let has_failed = screen.0.contains("✗ not sent:") && screen.0.contains("● online");
        has_failed && !screen.0.contains("queued") && !screen.0.contains('◷')
    })
    .await;
}

/// Sends the newest message again.
async fn retry(ann: &Terminal) {
    select(ann).await;
    ann.shows_text("R retry").await;
    ann.press(&["R"]);
    ann.shows_text("[notes.txt, 12 B]").await;
    ann.shows_no_more("not sent").await;
}

#[tokio::test]
async fn a_file_that_the_server_refuses_says_so_and_goes_out_when_it_is_tried_again() {
    let mut house = House::open_with(&["--set", "limits.attachment_bytes=10"]).await;
    let ann = house.sit_down_with("ann", "ben", (100, 30)).await;
    attach(&ann, "notes.txt").await;
    has_failed(&ann).await;
    // It comes back without that limit.
    house
        .restart(async || drop(ann.shows_text("reconnecting in").await))
        .await;
    has_failed(&ann).await;

    retry(&ann).await;
}

#[tokio::test]
async fn a_file_that_is_gone_when_it_could_be_sent_says_so_and_goes_out_when_it_is_back() {
    let mut house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (100, 30)).await;
    let path = ann.home().path().join("notes.txt");
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            attach(&ann, "notes.txt").await;
            ann.shows_text("queued").await;
            std::fs::remove_file(&path).expect("it is there");
        })
        .await;
    has_failed(&ann).await;
    std::fs::write(&path, "written down").expect("it is writable");

    retry(&ann).await;
}

#[tokio::test]
async fn a_line_that_waits_is_told_line_by_line() {
    let mut house = House::open().await;
    let ann = Terminal::open(Home::new(), 90, 24).await;
    let command = plain(&house, ann.home());
    ann.run(&format!("{command} --password-file password"));
    ann.shows_text("signed in; /help").await;
    ann.run("/open ben");
    ann.shows_text("* ben").await;
    house
        .restart(async || {
            ann.shows_text("* offline").await;
            ann.run("are you there?");
            ann.shows_text("* waits to be sent: are you there?").await;
        })
        .await;

    ann.shows_text("you: are you there?").await;
}

#[tokio::test]
async fn without_a_server_pins_members_and_marks_are_shown_as_far_as_they_are_known() {
    let mut house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    say(&ann, "keep this");
    ann.shows("the server has it", |screen| {
        screen.0.contains("you        keep this") && !screen.0.contains('◷')
    })
    .await;
    select(&ann).await;
    ann.press(&["p"]);
    ann.shows_text("(pinned)").await;
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            for (key, title, inside) in [
                ("M-p", "Pinned messages, as far", "you: keep this"),
                ("F5", "Members, as far", "@ben"),
                ("D", "This message, as far", "read by:"),
            ] {
                ann.press(&[key]);
                ann.shows_text(title).await;
                ann.shows_text(inside).await;
                ann.press(&["Escape"]);
                ann.shows_no_more(title).await;
            }
        })
        .await;
}

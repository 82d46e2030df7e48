//! What is more than letters from left to right: pictures, other ways of writing, and what is told while nobody looks.

use super::{House, say, select};
use chat_tests::{Home, Terminal, files::png, program, sdk};

/// Sends a picture from this terminal, into what is open.
async fn send_picture(terminal: &Terminal) {
    let path = terminal.home().path().join("square.png");
    std::fs::write(path, png(48, 48, &[])).expect("it is writable");
    terminal.press(&["C-t"]);
    terminal.shows_text("Send a file").await;
    terminal.write("square.png");
    terminal.press(&["Enter"]);
    terminal.shows_text("[square.png").await;
}

#[tokio::test]
async fn a_picture_is_shown_whole_and_goes_away_again() {
    let house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (100, 30)),
        house.sit_down_with("ben", "ann", (50, 15))
    );
    send_picture(&ann).await;
    ben.shows_text("[square.png").await;
    select(&ben).await;
    ben.press(&["v"]);

    ben.shows("it is there, and all of its window", |screen| {
        screen.0.contains("▀▀▀") && screen.0.contains("╭ square.png") && screen.0.contains("╯")
    })
    .await;
    ben.press(&["Escape"]);
    ben.shows_no_more("▀").await;
}

/// Takes the place of tmux, and says that it runs in kitty.
const KITTY: &str = "#!/bin/sh
echo 'kitty(0.36.4)'; echo 256,RGB; echo 1
";

/// Ann in a terminal that is told to be kitty; everything that is written to it is recorded.
async fn in_kitty(house: &House) -> Terminal {
    let ann = Terminal::open(Home::new(), 100, 30).await;
    let place = |name: &str| ann.home().path().join(name);
    std::fs::write(place("password"), sdk::PASSWORD).expect("it is writable");
    std::fs::write(place("tmux"), KITTY).expect("it is writable");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(place("tmux"), may_run).expect("it is ours");
    ann.record("written");
    let program = program("chat-tui").display().to_string();
    let server = house.server.url();
    ann.run(&format!(
        "TMUX=here PATH=.:$PATH {program} --server {server} --user ann --password-file password"
    ));
    ann.shows_text("● online").await;
    ann
}

#[tokio::test]
async fn where_the_terminal_shows_pictures_it_is_given_them() {
    let house = House::open().await;
    let ann = in_kitty(&house).await;
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    send_picture(&ann).await;
    select(&ann).await;
    ann.press(&["v"]);

    let sent = "\u{1b}Ptmux;\u{1b}\u{1b}_Ga=T,U=1,f=100,t=d,i=197,";
    ann.recorded("written", sent).await;
    ann.recorded("written", "\u{10EEEE}\u{305}\u{305}").await;
    ann.press(&["Escape"]);
    ann.recorded("written", "_Ga=d,d=I,i=197,q=2").await;
}

const TEXTS: [&str; 6] = [
    "שלום עולם",
    "مرحبا بالعالم",
    "👨\u{200d}👩\u{200d}👧 🇯🇵 family",
    "क्या हाल है",
    "สวัสดีครับ",
    "全角の文字 cafe\u{301}",
];

#[tokio::test]
async fn other_ways_of_writing_are_typed_and_read_by_both() {
    let house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (100, 30)),
        house.sit_down_with("ben", "ann", (50, 20))
    );
    let turns = [(&ann, &ben), (&ben, &ann)].into_iter().cycle();
    for (text, (from, to)) in TEXTS.into_iter().zip(turns) {
        say(from, text);
        from.shows_text(text).await;
        to.shows_text(text).await;
    }
    say(&ann, "and plain");
    ben.shows_text("and plain").await;
}

#[tokio::test]
async fn what_is_said_while_nobody_looks_is_told_and_not_after() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.record("written");
    ann.write("\u{1b}[O");
    // It comes behind that: when it is there, the program knows that nobody looks.
    ann.write("draft");
    ann.shows_text("draft").await;
    house.say(&house.ben, "are you there?").await;

    ann.recorded("written", "\u{1b}]9;chat: ben: are you there?\u{1b}\\")
        .await;
    ann.shows("the window says how much", |_| {
        ann.flag("pane_title") == "(1) chat"
    })
    .await;
    ann.write("\u{1b}[I");
    ann.shows("it is read", |_| ann.flag("pane_title") == "chat")
        .await;
    house.say(&house.ben, "good to see you").await;
    ann.shows_text("good to see you").await;
    let written = ann.recorded("written", "\u{1b}]9;").await;
    assert_eq!(written.matches("\u{1b}]9;").count(), 1);
}

//! What people do besides writing a line, each with somebody else looking on.

use super::{House, say, select};
use chat_tests::{Home, Terminal, program, sdk, until};

#[tokio::test]
async fn an_answer_and_a_reaction_are_seen_on_the_other_side() {
    let house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (100, 30)),
        house.sit_down_with("ben", "ann", (100, 30))
    );
    say(&ann, "lunch at noon?");
    ben.shows_text("lunch at noon?").await;

    select(&ben).await;
    ben.press(&["a"]);
    ben.shows_text("React with").await;
    ben.write("thumbs up");
    ben.press(&["Enter"]);
    ann.shows_text("👍 1").await;
    ben.press(&["r"]);
    ben.shows_text("answering ann: lunch at noon?").await;
    say(&ben, "yes");
    ann.shows_text("│ you: lunch at noon?").await;
}

/// So much is said that what was said before is not at hand any more.
async fn talk_idly(house: &House) {
    for nth in 0..90 {
        // One alone may not say so much in a minute.
        let who = if nth % 2 == 0 { &house.ann } else { &house.ben };
        house.say(who, &format!("idle talk {nth}")).await;
    }
}

/// Looks for words until something is found: by its words a message is found a little after it was said. They come as one:
/// what is found for their beginning cannot be chosen when the rest is there.
async fn find(terminal: &Terminal, words: &str, found: &str) {
    terminal.press(&["C-f"]);
    terminal.shows_text("Search in").await;
    until(found, async || {
        terminal.paste(words);
        let answered = |screen: &chat_tests::Screen| {
            screen.0.contains(found) || screen.0.contains("nothing found")
        };
        let screen = terminal.shows("an answer", answered).await;
        if screen.0.contains(found) {
            return Ok(());
        }
        terminal.press(&["C-u"]);
        Err(terminal.shows_text("type what you look for").await.0)
    })
    .await;
}

#[tokio::test]
async fn what_is_found_is_shown_where_it_was_said() {
    let house = House::open().await;
    house.say(&house.ben, "the treasure is under the oak").await;
    talk_idly(&house).await;
    let ann = house.sit_down_with("ann", "ben", (100, 24)).await;

    find(&ann, "treasure", "ben: the treasure").await;
    ann.press(&["Enter"]);

    ann.shows("it stands above what was said next", |screen| {
        screen.has_in_order(&["under the oak".to_owned(), "idle talk 0".to_owned()])
    })
    .await;
}

#[tokio::test]
async fn a_paste_of_many_lines_is_not_sent_and_one_enter_sends_it_whole() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.paste("one\ntwo\nthree");
    ann.shows("all lines are in the draft", |screen| {
        screen.0.contains("> one") && screen.0.contains("  three")
    })
    .await;
    ann.press(&["Enter"]);

    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    ben.shows("it is one message", |screen| {
        screen.has_in_order(&["one".to_owned(), "two".to_owned(), "three".to_owned()])
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_written_in_an_editor_and_comes_back() {
    let house = House::open().await;
    let before = "EDITOR='sed -i s/plain/pretty/' ";
    let ann = house.sit_down_by(before, "ann", (80, 24)).await;
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    ann.write("a plain draft");
    ann.shows_text("a plain draft").await;

    ann.press(&["C-o"]);

    ann.shows_text("a pretty draft").await;
    assert_eq!(ann.flag("alternate_on"), "1");
    ann.write(", still");
    ann.shows_text("a pretty draft, still").await;
}

/// Adds to the file when it is interrupted, and ends.
const EDITOR: &str = "#!/bin/sh
trap 'printf \", and more\" >> \"$1\"; exit 0' INT
echo editing
while :; do sleep 0.1; done
";

/// Ann writes something, and goes to this editor with it, which says "editing".
async fn in_editor(house: &House, program: &str) -> Terminal {
    let ann = house.sit_down_by("EDITOR=./editor ", "ann", (80, 24)).await;
    let editor = ann.home().path().join("editor");
    std::fs::write(&editor, program).expect("it is writable");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&editor, may_run).expect("it is ours");
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    ann.write("half a thought");
    ann.shows_text("half a thought").await;
    ann.press(&["C-o"]);
    ann.shows_text("editing").await;
    ann
}

#[tokio::test]
async fn an_editor_that_fails_after_long_is_told_of() {
    let house = House::open().await;

    // Longer than anything that is told stands there.
    let ann = in_editor(&house, "#!/bin/sh\necho editing; sleep 6; exit 1\n").await;

    ann.shows_text("ended without success").await;
    ann.shows_text("half a thought").await;
}

#[tokio::test]
async fn an_interrupt_in_the_editor_is_for_the_editor() {
    let house = House::open().await;
    let ann = in_editor(&house, EDITOR).await;
    ann.press(&["C-c"]);

    ann.shows_text("half a thought, and more").await;
    ann.write(", still here");
    ann.shows_text("half a thought, and more, still here").await;
}

#[tokio::test]
async fn a_file_arrives_and_can_be_saved() {
    let house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (100, 30)),
        house.sit_down_with("ben", "ann", (100, 30))
    );
    std::fs::write(ann.home().path().join("notes.txt"), "written down").expect("it is writable");

    ann.press(&["C-t"]);
    ann.shows_text("Send a file").await;
    ann.write("notes.txt");
    ann.press(&["Enter"]);
    ben.shows_text("[notes.txt, 12 B]").await;
    select(&ben).await;
    ben.press(&["o"]);
    ben.shows_text("saved as").await;

    let saved = ben.home().path().join("Downloads/notes.txt");
    let content = std::fs::read_to_string(saved).expect("it is saved");
    assert_eq!(content, "written down");
}

#[tokio::test]
async fn without_colours_what_is_selected_still_shows() {
    let house = House::open().await;
    house.say(&house.ben, "pick me").await;
    let ann = house.sit_down_by("NO_COLOR=1 ", "ann", (80, 24)).await;
    ann.press(&["C-n"]);
    ann.shows_text("pick me").await;
    let is_marked = |styled: &str| {
        let mut lines = styled.lines().filter(|line| line.contains("pick me"));
        lines.any(|line| styles(line).contains(&7))
    };
    let before = ann.styled();
    assert!(!is_marked(&before), "{before:?}");
    select(&ann).await;

    // The message may be drawn after the line that says where one is.
    ann.shows("it is marked", |_| is_marked(&ann.styled()))
        .await;
    let styled = ann.styled();
    let is_colour = |style: &u32| matches!(style, 30..=38 | 40..=48 | 90..=107);
    assert!(!styles(&styled).iter().any(is_colour), "{styled:?}");
}

/// The numbers of all styles that are set in what a terminal shows.
fn styles(styled: &str) -> Vec<u32> {
    let sequences = styled.split("\u{1b}[").skip(1);
    let numbers = sequences.filter_map(|rest| Some(rest.split_once('m')?.0));
    let each = numbers.flat_map(|numbers| numbers.split(';'));
    each.filter_map(|number| number.parse().ok()).collect()
}

#[tokio::test]
async fn other_keys_are_taken_from_the_configuration() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 100, 40).await;
    let place = |name: &str| ann.home().path().join(name);
    std::fs::write(place("keys.toml"), "[keys]\nquit = \"f12\"\n").expect("it is writable");
    std::fs::write(place("password"), sdk::PASSWORD).expect("it is writable");
    let (program, server) = (program("chat-tui"), house.server.url());

    ann.run(&format!(
        "{} --config keys.toml --server {server} --user ann --password-file password",
        program.display()
    ));
    ann.shows_text("● online").await;
    ann.press(&["F12"]);
    ann.is_left().await;
}

#[tokio::test]
async fn keys_that_are_not_heard_are_listed() {
    let ann = Terminal::open(Home::new(), 100, 40).await;
    let config = ann.home().path().join("keys.toml");
    std::fs::write(&config, "[keys]\nquit = \"f12\"\nback = \"f12\"\n").expect("it is writable");

    ann.run(&format!(
        "{} --config keys.toml keys | grep -e '^quit' -e '^back'",
        program("chat-tui").display()
    ));

    let conflict = "F12 for quit is not heard in \"conversations\": there it is back";
    ann.shows_text(conflict).await;
}

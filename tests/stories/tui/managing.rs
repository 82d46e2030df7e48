//! Who is in a conversation, and who one is.

use super::{House, free, jump};
use chat_tests::{Terminal, sdk};

/// Chooses from what can be done about the open conversation.
async fn choose(terminal: &Terminal, what: &str) {
    free(terminal).await;
    terminal.press(&["M-c"]);
    terminal.shows_text("About ").await;
    terminal.write(what);
    terminal.press(&["Enter"]);
}

/// Ann in a group in which she is alone, and ben.
async fn ann_in_a_group(house: &House) -> (Terminal, Terminal) {
    house.group("lounge", false).await;
    let (ann, ben) = tokio::join!(
        house.sit_down("ann", (100, 30)),
        house.sit_down("ben", (100, 30))
    );
    jump(&ann, "lounge").await;
    (ann, ben)
}

#[tokio::test]
async fn whoever_has_an_invite_comes_in() {
    let house = House::open().await;
    let (ann, ben) = ann_in_a_group(&house).await;
    choose(&ann, "make an invite").await;
    // The title may be drawn before the code.
    let shown = ["Invite: whoever has this", "copy"];
    let screen = ann
        .shows("an invite's code", |screen| {
            shown.iter().all(|text| screen.0.contains(text))
        })
        .await;
    let line = screen.0.lines().find(|line| line.contains("copy"));
    let words = line.expect("a code to copy").split_whitespace();
    let code = words.max_by_key(|word| word.len()).expect("a code");

    ben.press(&["M-i"]);
    ben.shows_text("Join by an invite").await;
    ben.write(code);
    ben.press(&["Enter"]);
    ben.shows_text("# lounge").await;
}

#[tokio::test]
async fn a_conversation_is_muted_and_told_of_again() {
    let house = House::open().await;
    let (ann, _) = ann_in_a_group(&house).await;
    choose(&ann, "mute").await;
    ann.shows_text("until I say otherwise").await;
    ann.press(&["Enter"]);
    ann.shows_text("it is quiet").await;
    // The answer may be here before the event that tells of it.
    ann.shows_text("∅").await;

    choose(&ann, "unmute").await;
    ann.shows_text("you are told of what is said here").await;
}

#[tokio::test]
async fn who_is_brought_in_sees_it_at_once_and_who_is_taken_out_no_more() {
    let house = House::open().await;
    let (ann, ben) = ann_in_a_group(&house).await;
    choose(&ann, "add members").await;
    ann.shows_text("Add members").await;
    ann.write("ben");
    ann.press(&["Enter"]);
    ben.shows_text("# lounge").await;

    choose(&ann, "take a member out").await;
    ann.shows_text("Take out whom?").await;
    ann.write("ben");
    ann.press(&["Enter"]);
    ann.shows_text("Take out of the conversation?").await;
    ann.press(&["y"]);
    ben.shows_no_more("# lounge").await;
}

#[tokio::test]
async fn one_is_somebody_else_and_oneself_again() {
    let house = House::open().await;
    let ann = house.sit_down("ann", (100, 30)).await;
    ann.press(&["M-0"]);
    ann.shows_text("sign in to another").await;
    ann.write("another");
    ann.press(&["Enter"]);
    ann.shows_text("password").await;
    ann.write("ben");
    ann.press(&["Tab"]);
    ann.write(sdk::PASSWORD);
    ann.press(&["Enter"]);
    ann.shows_text("ben · ").await;

    ann.press(&["M-0"]);
    ann.shows_text("sign in to another").await;
    ann.write("ann");
    ann.press(&["Enter"]);
    ann.shows_text("ann · ").await;
    ann.shows_text("● online").await;
}

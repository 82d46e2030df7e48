//! What is done to a message and from where: found anywhere, said again, pinned, unread again.

use super::{House, jump, select};
use chat_tests::{Terminal, until};

/// Looks for a word everywhere until it is found; by its words a message is found a little after it was said. It comes as
/// one: what is found for its beginning cannot be chosen when the rest is there.
async fn find_everywhere(terminal: &Terminal, word: &str, found: &str) {
    until("it is found", async || {
        terminal.press(&["M-s"]);
        terminal.shows_text("Search everywhere").await;
        terminal.paste(word);
        let looked = terminal
            .shows("an answer", |screen| {
                screen.0.contains(found) || screen.0.contains("nothing found")
            })
            .await;
        if looked.0.contains(found) {
            return Ok(());
        }
        terminal.press(&["Escape"]);
        terminal.shows_no_more("Search everywhere").await;
        Err(looked.0)
    })
    .await;
}

#[tokio::test]
async fn what_is_found_anywhere_opens_where_it_was_said() {
    let house = House::open().await;
    house.group("lounge", true).await;
    house.say(&house.ben, "the treasure is under the oak").await;
    let ann = house.sit_down("ann", (100, 30)).await;
    jump(&ann, "lounge").await;

    find_everywhere(&ann, "treasure", "ben: the treasure").await;
    ann.press(&["Enter"]);

    ann.shows_text("message to ben").await;
    ann.shows_text("under the oak").await;
}

#[tokio::test]
async fn a_message_is_said_again_elsewhere() {
    let house = House::open().await;
    house.group("lounge", true).await;
    house.say(&house.ben, "tell everyone").await;
    let (ann, ben) = tokio::join!(
        house.sit_down("ann", (100, 30)),
        house.sit_down("ben", (100, 30))
    );
    jump(&ann, "ben").await;
    jump(&ben, "lounge").await;
    ann.shows_text("tell everyone").await;
    select(&ann).await;
    ann.press(&["f"]);
    ann.shows_text("Forward to").await;
    ann.write("lounge");
    ann.press(&["Enter"]);

    ben.shows("it is said in the group", |screen| {
        screen.count("tell everyone") == 1
    })
    .await;
}

#[tokio::test]
async fn what_is_pinned_is_listed_and_found_again() {
    let house = House::open().await;
    house.say(&house.ben, "the door code is blue").await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (100, 30)),
        house.sit_down_with("ben", "ann", (100, 30))
    );
    ann.shows_text("door code").await;
    select(&ann).await;
    ann.press(&["p"]);
    ben.shows_text("(pinned)").await;

    ben.press(&["M-p"]);
    ben.shows_text("Pinned messages").await;

    ben.shows("it is the one", |screen| {
        screen.count("door code is blue") >= 2
    })
    .await;
}

#[tokio::test]
async fn what_was_read_can_be_unread_again() {
    let house = House::open().await;
    house.say(&house.ben, "answer me when you can").await;
    let ann = house.sit_down_with("ann", "ben", (100, 30)).await;
    ann.shows_text("answer me").await;
    ann.shows_no_more("1 unread").await;

    select(&ann).await;
    ann.press(&["u"]);

    ann.shows_text("1 unread").await;
    ann.shows_text("─ 1 new since").await;
}

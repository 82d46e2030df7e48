//! Who may what, and where one is signed in, with the server's say in it.

use super::House;
use chat_core::{ConversationKind, CreateConversation, Title};
use chat_tests::{Terminal, sdk};

/// Does something from the list of everything that can be done.
async fn command(terminal: &Terminal, name: &str) {
    terminal.press(&["M-x"]);
    terminal.shows_text("Everything that can be done").await;
    terminal.write(name);
    terminal.press(&["Enter"]);
}

#[tokio::test]
async fn a_changed_password_signs_out_everywhere_else() {
    let house = House::open().await;
    let ann = house.sit_down("ann", (100, 30)).await;
    let elsewhere = house.sit_down("ann", (80, 24)).await;

    command(&ann, "password").await;
    ann.shows_text("Change your password").await;
    for typed in [
        sdk::PASSWORD,
        "another secret of mine",
        "another secret of mine",
    ] {
        ann.write(typed);
        ann.press(&["Tab"]);
    }
    ann.press(&["Enter"]);

    ann.shows_text("your password is changed").await;
    elsewhere.shows_text("chat · sign in").await;
    ann.shows_text("● online").await;
}

#[tokio::test]
async fn another_device_is_signed_out_from_the_list() {
    let house = House::open().await;
    let ann = house.sit_down("ann", (100, 30)).await;
    let elsewhere = house.sit_down("ann", (80, 24)).await;

    command(&ann, "sessions").await;
    ann.shows_text("Where you are signed in").await;
    ann.write("everywhere else");
    ann.press(&["Enter"]);
    ann.shows_text("only this one stays").await;
    ann.press(&["y"]);

    ann.shows_text("signed out there").await;
    elsewhere.shows_text("chat · sign in").await;
}

#[tokio::test]
async fn a_member_becomes_an_admin_and_messages_get_a_timer() {
    let house = House::open().await;
    let create = CreateConversation {
        kind: ConversationKind::Group,
        title: Some(Title::parse("oak").expect("it is one")),
        description: None,
        message_ttl_s: None,
        member_ids: vec![house.ben.me().expect("signed in")],
    };
    house.ann.call(create).await.expect("a group");
    let ann = house.sit_down_with("ann", "oak", (100, 30)).await;

    command(&ann, "roles").await;
    ann.shows_text("Whose role?").await;
    ann.press(&["Enter"]);
    ann.shows_text("What is ben to be?").await;
    ann.write("admin");
    ann.press(&["Enter"]);
    ann.shows_text("that is what they are now").await;
    command(&ann, "timer").await;
    ann.shows_text("stays").await;
    ann.write("a week");
    ann.press(&["Enter"]);

    ann.shows_text("from now on").await;
}

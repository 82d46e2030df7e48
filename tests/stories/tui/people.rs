//! Who may what, and where one is signed in, with the server's say in it.

use super::{House, free, say};
use chat_core::{AddMembers, ConversationKind, CreateConversation, ListSessions, Title};
use chat_tests::{Terminal, sdk, send_signal, until};
use rustix::process::Signal;

/// Does something from the list of everything that can be done.
async fn command(terminal: &Terminal, name: &str) {
    free(terminal).await;
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

/// Begins to sign in to another account, and goes as far as the password.
async fn begin_another(terminal: &Terminal, name: &str) {
    free(terminal).await;
    terminal.press(&["M-0"]);
    terminal.shows_text("sign in to another account").await;
    terminal.write("another account");
    terminal.press(&["Enter"]);
    terminal.shows_text("chat · sign in").await;
    terminal.write(name);
    terminal.shows_text(name).await;
    terminal.press(&["Enter"]);
    // So much at once would be a paste.
    terminal.shows_text("> password").await;
    terminal.write(sdk::PASSWORD);
}

#[tokio::test]
async fn a_sign_in_that_was_given_up_leaves_nothing_behind() {
    let house = House::open().await;
    let ann = house.sit_down("ann", (100, 30)).await;
    begin_another(&ann, "ben").await;
    let server = house.server.process.pid();
    send_signal(server, Signal::STOP);
    ann.press(&["Enter"]);
    ann.shows_text("asking the server").await;
    ann.press(&["Escape"]);
    ann.shows_text("ann · ").await;
    send_signal(server, Signal::CONT);

    let kept = |name: &str| find(ann.home().path(), name);
    until("ben was signed in for a moment", async || {
        kept("ben.db").map(drop).ok_or("nobody was".to_owned())
    })
    .await;
    until("ben has one device again", async || {
        let devices = house.ben.call(ListSessions {}).await;
        let devices = devices.map_err(|error| error.to_string())?.items;
        (devices.len() == 1)
            .then_some(())
            .ok_or(format!("{devices:?}"))
    })
    .await;
    assert!(kept("ben.json").is_none() && kept("ann.json").is_some());
}

/// A file of this name, in whatever directory below.
pub(super) fn find(place: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    let inside = std::fs::read_dir(place).into_iter().flatten().flatten();
    let mut paths = inside.map(|file| file.path());
    paths.find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.ends_with(name).then_some(path),
    })
}

#[tokio::test]
async fn by_whatever_name_one_signs_in_again_one_goes_on_as_who_one_is() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (100, 30)).await;
    begin_another(&ann, "ann@example.org").await;
    ann.press(&["Enter"]);
    ann.shows_text("you are ann already").await;
    ann.press(&["Escape"]);
    ann.shows_text("message to ben").await;

    let devices = house
        .ann
        .call(ListSessions {})
        .await
        .expect("she asks")
        .items;
    assert_eq!(devices.len(), 2, "{devices:?}");
    say(&ann, "and on");
    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    ben.shows_text("and on").await;
}

/// A group of ann, ben and ten guests.
pub(super) async fn crowd(house: &House) {
    let conversation_id = house.group("crowd", true).await;
    let mut user_ids = Vec::new();
    for n in 0..10 {
        let guest = sdk::registered(&house.server.url(), &format!("guest{n}")).await;
        user_ids.push(guest.me().expect("signed in"));
    }
    let add = AddMembers {
        conversation_id,
        user_ids,
        role: None,
    };
    house.ann.call(add).await.expect("they are in");
}

#[tokio::test]
async fn the_twelfth_member_is_named_as_the_first() {
    let house = House::open().await;
    crowd(&house).await;
    let ann = house.sit_down_with("ann", "crowd", (100, 30)).await;
    ann.shows_text("12 members").await;

    ann.write("hi @gst9");
    ann.shows_text("Tab: @guest9").await;
    ann.press(&["Tab"]);

    ann.shows_text("> hi @guest9").await;
}

#[tokio::test]
async fn a_channel_is_begun_from_the_form_for_conversations() {
    let house = House::open().await;
    let ann = house.sit_down("ann", (100, 30)).await;

    ann.press(&["C-g"]);
    ann.shows_text("New conversation").await;
    ann.write("ben >> News");
    ann.shows_text("ben >> News").await;
    ann.press(&["Enter"]);

    ann.shows_text("» News").await;
}

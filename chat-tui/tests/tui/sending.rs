//! What is on its way, and what did not get through.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Changes, Effect, Msg,
    model::{Popup, Upload},
};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn echo(screen: &mut Screen, status: EchoStatus) {
    screen.state.echo(Echo {
        client_id: ClientId::try_from("c9".to_owned()).unwrap(),
        conversation_id: room(1),
        content: "just said".to_owned(),
        created_at: screen.model.now,
        reply_to: None,
        status,
    });
    screen.look(&Changes::one(room(1)));
}

#[test]
fn how_far_a_file_is_stands_below_the_messages_of_its_conversation_alone() {
    let mut screen = lounge();
    let mut queue = |progress, conversation| {
        let name = "map.pdf".to_owned();
        let upload = Upload {
            conversation,
            name,
            progress,
        };
        screen.tell(Msg::Queue(2, vec![upload]));
        screen.text()
    };
    let half = queue(Some((512, 1_024)), room(1));
    assert!(half.contains("sending map.pdf: 50 %"), "{half}");
    assert!(half.contains("2 queued"), "{half}");
    let waits = queue(None, room(1));
    assert!(waits.contains("map.pdf") && !waits.contains('%'), "{waits}");
    assert!(!queue(Some((512, 1_024)), room(2)).contains("map.pdf"));
}

#[test]
fn what_was_just_said_is_not_edited_before_it_is_sent_nor_what_is_before_it_in_its_place() {
    let mut screen = lounge();
    echo(&mut screen, EchoStatus::Pending);

    screen.press("up");

    assert!(screen.text().contains("what you said last is not sent yet"));
    assert_eq!(screen.model.composer.editing(), None);
    screen.hear(1, ME, "just said");
    screen
        .state
        .drop_echo(room(1), &ClientId::try_from("c9".to_owned()).unwrap());
    screen.look(&Changes::one(room(1)));
    screen.press("up");
    assert_eq!(screen.model.composer.editing(), Some(message_id(3)));
}

#[test]
fn what_failed_stands_at_the_end_and_is_in_nobodys_way() {
    let mut screen = lounge();
    let status = EchoStatus::Failed {
        code: Code::TooLarge,
        detail: "it is too large".to_owned(),
    };
    echo(&mut screen, status);
    assert!(screen.text().contains("not sent: it is too large"));

    screen.press("up");
    assert_eq!(screen.model.composer.editing(), Some(message_id(2)));
    screen.press("esc esc R");

    assert!(matches!(&screen.sent()[..], [Effect::Retry { .. }]));
}

#[test]
fn what_is_shown_without_a_server_says_that_there_may_be_more() {
    for (msg, wanted) in [
        (
            Msg::Pinned(Vec::new()),
            "Pinned messages, as far as is known here",
        ),
        (
            Msg::Members(room(1), Vec::new(), false),
            "Members, as far as is known here",
        ),
    ] {
        let mut screen = lounge();
        screen.tell(Msg::Kept(Box::new(msg)));
        assert!(screen.text().contains(wanted), "{}", screen.text());
        assert!(screen.text().contains("nothing that is known here"));
        assert!(matches!(screen.model.popup, Some(Popup::Pick(_))));
    }
}

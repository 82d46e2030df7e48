//! From one conversation to another.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Changes, Effect, Msg, model::Connection};

fn open(screen: &Screen) -> Option<ConversationId> {
    screen.model.thread.as_ref().map(|thread| thread.id)
}

#[test]
fn next_and_previous_walk_the_list_and_stop_at_its_ends() {
    let mut screen = Screen::with_two((80, 24));
    assert_eq!(
        open(&screen),
        None,
        "nothing is opened, and so nothing read, by starting"
    );
    screen.press("ctrl+n");
    assert_eq!(open(&screen), Some(room(2)), "unread ones come first");
    screen.press("alt+down alt+down");
    assert_eq!(open(&screen), Some(room(1)));
    screen.press("ctrl+p alt+up");
    assert_eq!(open(&screen), Some(room(2)));
}

#[test]
fn next_unread_finds_what_is_unread_and_says_when_nothing_is() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.press("alt+a");
    assert_eq!(open(&screen), Some(room(2)));

    screen.press("alt+a");

    assert!(screen.text().contains("nothing else is unread"));
}

#[test]
fn the_quick_switch_filters_and_shows_unread_first() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+k enter");
    assert_eq!(open(&screen), Some(room(2)), "unread first");

    screen.press("ctrl+k");
    screen.write("oUn");
    screen.press("enter");

    assert_eq!(open(&screen), Some(room(1)));
    screen.press("ctrl+k");
    screen.write("zzz");
    assert!(screen.text().contains("nothing matches"));
    screen.press("enter esc");
    assert_eq!(open(&screen), Some(room(1)));
}

#[test]
fn a_new_conversation_is_asked_for_and_opened_when_it_is_there() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+g");
    screen.write("bo, @CY # Release 2.4");
    screen.press("enter enter");
    let create = Effect::Create {
        usernames: vec!["bo".into(), "cy".into()],
        title: Some("Release 2.4".into()),
        is_channel: false,
    };
    assert_eq!(screen.sent(), [create], "asked once");
    screen.tell(Msg::Created(Err("there is no user called \"cy\"".into())));
    assert!(screen.text().contains("there is no user called"));
    screen.press("enter");

    screen.tell(Msg::Created(Ok(room(3))));
    assert_eq!(open(&screen), Some(room(3)), "before the list knows it");
    screen.sync(vec![conversation(
        3,
        Some("Release 2.4"),
        &[ME, BO, CY],
        &[],
        0,
    )]);

    assert!(screen.text().contains("# Release 2.4"));
    assert!(screen.text().contains("beginning of the conversation"));
}

#[test]
fn a_conversation_that_is_gone_is_closed_and_named() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    let gone = Gone {
        conversation_id: room(1),
        reason: GoneReason::Left,
    };
    screen.state.apply(
        Envelope {
            conversation_id: None,
            place: Place::Inbox(seq(1)),
            at: None,
            event: Event::ConversationDeleted(gone),
        },
        screen.model.now,
    );
    screen.look(&Changes::all());

    assert_eq!(open(&screen), None);
    assert!(
        screen
            .text()
            .contains("lounge is no longer among your conversations")
    );
}

#[test]
fn where_it_is_narrow_the_list_takes_turns_with_the_messages() {
    let mut screen = Screen::with_two((50, 15));
    assert!(
        screen.text().contains("lounge"),
        "the list, while nothing is open"
    );
    screen.press("down down");
    assert!(screen.model.list_covers(), "it stays until one is taken");
    screen.wait_ms(5_000);
    assert!(
        !screen
            .effects
            .iter()
            .any(|e| matches!(e, Effect::MarkRead { .. }))
    );
    screen.press("enter");
    assert!(screen.text().contains("hi bo"), "{}", screen.text());
    assert!(!screen.text().contains("○ bo"));

    screen.press("f4");
    assert!(screen.text().contains("○ bo"));
    screen.press("up enter");

    assert_eq!(open(&screen), Some(room(2)));
    assert!(!screen.model.list_covers());
}

#[test]
fn a_message_elsewhere_moves_its_conversation_up_and_counts() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.hear(2, BO, "third");

    let text = screen.text();
    let at = |name: &str| text.lines().position(|line| line.starts_with(name));
    assert!(at(" ○ bo") < at("▌# lounge"), "{text}");
    assert!(text.contains("3 unread"));
}

#[test]
fn presence_is_watched_and_shown() {
    let mut screen = Screen::with_two((80, 24));
    assert!(
        screen
            .effects
            .contains(&Effect::WatchPresence(vec![user(BO).id]))
    );
    assert!(screen.text().contains("○ bo"));

    let presence = Presence {
        user_id: user(BO).id,
        state: PresenceState::Online,
        last_seen_at: None,
    };
    screen.state.set_presence(presence);
    screen.look(&Changes {
        presence: true,
        ..Changes::default()
    });

    assert!(screen.text().contains("● bo"));
}

#[test]
fn who_types_is_shown_until_it_goes_out() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    let typing = |is_typing| {
        Event::Typing(Typing {
            user_id: user(BO).id,
            username: "bo".into(),
            is_typing,
        })
    };
    screen.pass(1, typing(true));
    assert!(screen.text().contains("bo is typing…"));

    screen.pass(1, typing(false));

    assert!(!screen.text().contains("typing"));
}

#[test]
fn the_countdown_is_drawn_each_second_and_nothing_at_rest() {
    let mut screen = Screen::with_two((80, 24));
    screen.tell(Msg::Focus(true));
    let until = screen.model.now.plus_ms(2_500);
    screen.tell(Msg::Connection(Connection::Waiting {
        until,
        reason: "x".into(),
    }));
    assert!(screen.text().contains("○ reconnecting in 3 s"));
    assert!(screen.text().contains("Ctrl+R reconnect"));
    screen.model.dirty = false;

    screen.wait_ms(100);
    assert!(!screen.model.dirty, "nothing to see yet");
    let due = screen.model.next_deadline().unwrap();
    screen.tell(Msg::Now(due));
    assert!(screen.model.dirty);
    assert!(screen.text().contains("○ reconnecting in 2 s"));

    screen.tell(Msg::Connection(Connection::Online));
    assert_eq!(screen.model.next_deadline(), None);
    screen.press("ctrl+r");
    assert!(screen.effects.contains(&Effect::Reconnect));
}

#[test]
fn a_key_that_does_nothing_draws_nothing() {
    let mut screen = Screen::with_two((80, 24));
    screen.model.dirty = false;
    screen.write("x");
    assert!(!screen.model.dirty, "there is nothing to write into yet");
    let mut release = key_event("f1");
    release.kind = crossterm::event::KeyEventKind::Release;
    screen.tell(Msg::Key(release));
    assert!(!screen.model.dirty);
    screen.press("f1");
    assert!(screen.model.dirty);
}

#[test]
fn a_channel_is_begun_with_its_own_sign() {
    for typed in ["bo >> News", "bo » News"] {
        let mut screen = Screen::with_two((80, 24));
        screen.press("ctrl+g");
        screen.write(typed);
        screen.press("enter");
        let create = Effect::Create {
            usernames: vec!["bo".into()],
            title: Some("News".into()),
            is_channel: true,
        };
        assert_eq!(screen.sent(), [create], "{typed}");
    }
}

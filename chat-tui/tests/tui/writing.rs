//! Drafts, sending, editing the last, typing signs.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn body(text: &str) -> MessageBody {
    MessageBody::parse(text).unwrap()
}

#[test]
fn enter_sends_and_the_draft_is_empty() {
    let mut screen = lounge();
    screen.write("good morning");
    screen.press("enter");

    let here = room(1);
    assert_eq!(
        screen.sent(),
        [
            Effect::Typing {
                conversation: here,
                is_typing: true
            },
            Effect::Send {
                conversation: here,
                body: body("good morning"),
                reply_to: None,
            },
            Effect::Typing {
                conversation: here,
                is_typing: false
            },
        ]
    );
    assert!(screen.model.composer.is_empty());
}

#[test]
fn every_way_to_begin_a_line_begins_a_line() {
    for key in ["alt+enter", "ctrl+j", "shift+enter", "ctrl+enter"] {
        let mut screen = lounge();
        screen.write("a");
        screen.press(key);
        screen.write("b");
        assert_eq!(screen.model.composer.text(), "a\nb", "{key}");
    }
}

#[test]
fn nothing_visible_is_not_sent() {
    let mut screen = lounge();
    screen.press("enter");
    screen.write("  ");
    screen.press("ctrl+j enter");
    assert!(
        !screen
            .sent()
            .iter()
            .any(|e| matches!(e, Effect::Send { .. }))
    );

    screen.tell(Msg::Paste("\u{200b}".into()));
    screen.press("enter");

    assert!(
        !screen
            .sent()
            .iter()
            .any(|e| matches!(e, Effect::Send { .. }))
    );
    assert!(screen.text().contains("the message must show something"));
}

#[test]
fn a_long_paste_asks_first_whatever_its_line_breaks_are() {
    for end in ["\n", "\r", "\r\n"] {
        let mut screen = lounge();
        screen.model.paste_asks_from = 20;
        let text: String = (1..=30).map(|n| format!("line {n}{end}")).collect();
        screen.tell(Msg::Paste(text));
        assert!(
            screen.text().contains("30 lines: line 1"),
            "{}",
            screen.text()
        );

        screen.press("y");
        assert!(
            screen.text().contains(" line 31 of 31 "),
            "{}",
            screen.text()
        );
        assert!(screen.model.composer.text().starts_with("line 1\nline 2\n"));
    }
}

#[test]
fn while_one_edits_or_answers_the_keys_say_so() {
    let mut screen = lounge();
    screen.press("up");
    let text = screen.text();
    assert!(
        text.contains("Enter save") && text.contains("Esc cancel "),
        "{text}"
    );
    screen.write(" @b");
    let text = screen.text();
    assert!(
        text.contains("editing · Esc cancels") && text.contains("@bo"),
        "{text}"
    );

    screen.press("esc esc r");
    assert!(screen.text().contains("Esc no answer"), "{}", screen.text());
}

#[test]
fn a_paste_never_sends() {
    let mut screen = lounge();
    screen.tell(Msg::Paste("one\r\ntwo\nthree\n".into()));

    assert!(
        !screen
            .sent()
            .iter()
            .any(|e| matches!(e, Effect::Send { .. }))
    );
    assert_eq!(screen.model.composer.text(), "one\ntwo\nthree\n");
    screen.press("enter");
    let send = Effect::Send {
        conversation: room(1),
        body: body("one\ntwo\nthree"),
        reply_to: None,
    };
    assert!(screen.sent().contains(&send));
}

#[test]
fn a_draft_that_is_too_long_stays_and_says_so() {
    let mut screen = lounge();
    screen.tell(Msg::Paste("x".repeat(4_001)));
    assert!(screen.text().contains("4001 of 4000"));

    screen.press("enter");

    assert!(screen.text().contains("must be at most 4000 characters"));
    assert_eq!(screen.model.composer.text().len(), 4_001);
}

#[test]
fn a_draft_stays_with_its_conversation() {
    let mut screen = lounge();
    screen.write("for the lounge");
    screen.open("bo");
    assert!(screen.model.composer.is_empty());
    assert!(
        screen.text().contains('✎'),
        "the list shows that there is a draft"
    );
    screen.write("for bo");

    screen.open("lounge");
    assert_eq!(screen.model.composer.text(), "for the lounge");
    screen.open("bo");
    assert_eq!(screen.model.composer.text(), "for bo");
}

#[test]
fn ctrl_c_clears_the_draft_and_undo_brings_it_back() {
    let mut screen = lounge();
    screen.write("precious");
    screen.press("ctrl+c");
    assert!(screen.model.composer.is_empty());
    assert!(!screen.sent().contains(&Effect::Quit));

    screen.press("alt+z");

    assert_eq!(screen.model.composer.text(), "precious");
}

#[test]
fn ctrl_c_leaves_at_the_second_time_when_it_comes_soon() {
    let mut screen = lounge();
    screen.press("ctrl+c");
    screen.wait_ms(3_000);
    screen.press("ctrl+c");
    assert!(!screen.sent().contains(&Effect::Quit), "too late");

    screen.press("ctrl+c");

    assert_eq!(screen.sent(), [Effect::Quit]);
}

#[test]
fn up_edits_the_last_message_of_ones_own_and_enter_saves() {
    let mut screen = lounge();
    screen.press("up");
    assert_eq!(screen.model.composer.text(), "hi bo");
    assert!(screen.text().contains("editing a message · Esc cancels"));

    screen.write("!");
    screen.press("enter");

    let edit = Effect::Edit {
        conversation: room(1),
        message: message_id(2),
        body: body("hi bo!"),
    };
    assert_eq!(screen.sent(), [edit]);
    assert!(screen.model.composer.is_empty());
}

#[test]
fn up_in_a_draft_moves_the_cursor() {
    let mut screen = lounge();
    screen.write("a");
    screen.press("ctrl+j up");
    screen.write("b");

    assert_eq!(screen.model.composer.editing(), None);
    assert_eq!(screen.model.composer.text(), "ba\n");
}

#[test]
fn an_edit_that_was_refused_gives_the_text_back_and_loses_no_draft() {
    let mut screen = lounge();
    screen.write("draft");
    screen.tell(Msg::EditFailed {
        conversation: room(1),
        message: message_id(2),
        text: "better".into(),
        error: "too late".into(),
    });

    assert_eq!(screen.model.composer.text(), "better");
    assert_eq!(screen.model.composer.editing(), Some(message_id(2)));
    assert!(screen.text().contains("failed to edit: too late"));
    screen.press("esc");
    assert_eq!(screen.model.composer.text(), "draft");
}

#[test]
fn typing_is_told_every_three_seconds_at_most_and_taken_back() {
    let mut screen = lounge();
    let typing = |is_typing| Effect::Typing {
        conversation: room(1),
        is_typing,
    };
    screen.write("abc");
    assert_eq!(screen.sent(), [typing(true)]);
    screen.wait_ms(3_000);
    screen.write("d");
    assert_eq!(screen.sent(), [typing(true)]);

    screen.open("bo");

    assert_eq!(screen.sent()[0], typing(false));
}

#[test]
fn an_echo_shows_at_once_and_gives_way_to_the_message() {
    let mut screen = lounge();
    let client_id = ClientId::try_from("c3".to_owned()).unwrap();
    screen.state.echo(Echo {
        client_id,
        conversation_id: room(1),
        content: "on its way".into(),
        created_at: screen.model.now,
        reply_to: None,
        status: EchoStatus::Pending,
    });
    screen.look(&chat_tui::Changes::one(room(1)));
    assert!(screen.pane().last().unwrap().ends_with("on its way ◷"));

    screen.hear(1, ME, "on its way");

    assert!(screen.pane().last().unwrap().ends_with("on its way"));
    assert_eq!(screen.text().matches("on its way").count(), 1);
}

#[test]
fn ctrl_u_takes_away_what_is_before_the_cursor() {
    let mut screen = lounge();
    screen.write("wrong");
    screen.press("ctrl+u");
    screen.write("right");
    assert_eq!(screen.model.composer.text(), "right");
}

#[test]
fn a_draft_outlives_a_conversation_that_goes_and_comes_back() {
    let mut screen = lounge();
    screen.write("precious");
    let tell = |screen: &mut Screen, place, event| {
        let envelope = Envelope {
            conversation_id: None,
            place: Place::Inbox(seq(place)),
            at: None,
            event,
        };
        screen.state.apply(envelope, screen.model.now);
        screen.look(&chat_tui::Changes::all());
    };
    let gone = Gone {
        conversation_id: room(1),
        reason: GoneReason::Left,
    };
    tell(&mut screen, 1, Event::ConversationDeleted(gone));
    assert!(screen.model.composer.is_empty());

    let said = [(BO, "hello all")];
    let again = conversation(1, Some("lounge"), &[ME, BO, CY], &said, 0);
    tell(&mut screen, 2, Event::ConversationNew(again));
    screen.press("ctrl+k l o u enter");

    assert_eq!(screen.model.composer.text(), "precious");
}

#[test]
fn an_edit_begins_from_what_is_stored_and_the_screen_stays_inert() {
    let mut screen = lounge();
    let stored =
        "\u{202e}a\u{202e}b\u{1b}[31mc\u{9b}d\u{2066}\u{feff}é\u{61c}\u{200f}\u{7f}\u{2028}e";
    screen.hear(1, ME, stored);

    screen.press("up");

    assert_eq!(screen.model.composer.text(), stored);
    let shown = screen.text();
    assert_eq!(text::inert(&shown), shown);
}

#[test]
fn the_name_of_who_is_signed_in_is_shown_inert() {
    let mut screen = lounge();
    if let Some(account) = &mut screen.model.account {
        account.username = "a\u{202e}na\u{9b}".to_owned();
    }
    let shown = screen.text();
    assert!(shown.contains("ana · chat.test"), "{shown}");
    assert_eq!(text::inert(&shown), shown);
}

#[test]
fn an_answer_that_waits_says_what_it_answers() {
    let mut screen = lounge();
    screen.hear(1, BO, "shall we");
    for (name, answered) in [("c4", 2), ("c5", 3)] {
        screen.state.echo(Echo {
            client_id: ClientId::try_from(name.to_owned()).unwrap(),
            conversation_id: room(1),
            content: "on its way".into(),
            created_at: screen.model.now,
            reply_to: Some(message_id(answered)),
            status: EchoStatus::Pending,
        });
    }
    screen.look(&chat_tui::Changes::one(room(1)));
    let pane = screen.pane().join("\n");
    assert!(pane.contains("│ bo: shall we"), "{pane}");
    assert!(pane.contains("│ you: hi bo"), "{pane}");
}

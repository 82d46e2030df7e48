//! Everything that can be done to a message.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Effect, Msg,
    effect::Wish,
    model::{Pick, Popup},
};

/// The lounge, with a message of bo's selected that has a link, a file and two reactions.
fn at_message() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    let mut said = message(
        room(1),
        3,
        BO,
        "see https://chat.example/docs), not javascript:x",
    );
    said.extras.attachments = vec![file("map.pdf", 12_345)];
    let gave = |emoji: &str, who: u128| Reaction {
        emoji: emoji.to_owned(),
        count: 1,
        user_ids: vec![user(who).id],
        first_at: Timestamp::from_ms(0),
    };
    said.extras.reactions = vec![gave("👍", BO), gave("🎉", ME)];
    screen.log(1, Event::MessageNew(said));
    screen.press("esc");
    screen.effects.clear();
    screen
}

fn choices(screen: &Screen) -> Vec<(String, Pick)> {
    match &screen.model.popup {
        Some(Popup::Pick(picker)) => picker
            .matches()
            .into_iter()
            .map(|choice| (choice.label.clone(), choice.pick.clone()))
            .collect(),
        other => panic!("no list: {other:?}"),
    }
}

#[test]
fn an_answer_names_what_it_answers_and_carries_it() {
    let mut screen = at_message();
    screen.press("r");
    assert!(
        screen.text().contains("answering bo: see https:"),
        "{}",
        screen.text()
    );
    screen.write("thanks");
    screen.press("enter");

    let send = Effect::Send {
        conversation: room(1),
        body: MessageBody::parse("thanks").unwrap(),
        reply_to: Some(message_id(3)),
    };
    assert!(screen.sent().contains(&send));
    assert!(!screen.text().contains("answering"), "only once");
}

#[test]
fn escape_takes_the_answer_back_and_keeps_the_draft() {
    let mut screen = at_message();
    screen.press("r");
    screen.write("half");
    screen.press("esc");

    assert_eq!(
        (
            screen.model.reply.clone(),
            screen.model.composer.text().as_str()
        ),
        (None, "half")
    );
    assert_eq!(screen.model.selected, None, "one thing at a time");
}

#[test]
fn ones_own_reaction_is_taken_back_and_anothers_joined() {
    let emoji = |text: &str| Emoji::parse(text).unwrap();
    let message_id = message_id(3);
    let mut screen = at_message();
    screen.press("a enter");
    let join = AddReaction::new(message_id, emoji("👍"));
    assert_eq!(screen.sent(), [Effect::React(room(1), join)]);

    screen.press("a down enter");

    let back = RemoveReaction::new(message_id, emoji("🎉"));
    assert_eq!(screen.sent(), [Effect::Unreact(room(1), back)]);
}

#[test]
fn an_emoji_is_found_by_its_name() {
    let mut screen = at_message();
    screen.press("a");
    screen.write("rock");
    screen.press("enter");
    assert!(matches!(&screen.sent()[..], [Effect::React(_, add)] if add.emoji.as_str() == "🚀"));
}

#[test]
fn its_text_is_copied_and_its_links_and_files_are_offered() {
    let mut screen = at_message();
    screen.press("y");
    assert!(matches!(&screen.sent()[..], [Effect::Copy(text)] if text.starts_with("see https")));

    screen.press("o");

    let picks: Vec<_> = choices(&screen).into_iter().map(|(_, pick)| pick).collect();
    let link = Pick::Link("https://chat.example/docs".to_owned());
    assert!(
        matches!(&picks[..], [first, Pick::File(file)] if *first == link && file.file_name == "map.pdf"),
        "{picks:?}"
    );
    screen.press("enter");
    assert_eq!(
        screen.sent(),
        [Effect::OpenLink("https://chat.example/docs".to_owned())]
    );
}

#[test]
fn it_is_said_again_where_one_chooses() {
    let mut screen = at_message();
    screen.press("f");
    screen.write("bo");
    screen.press("enter");
    let forward = ForwardMessage {
        message_id: message_id(3),
        conversation_ids: vec![room(2)],
        client_id: None,
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Forward(forward))]);
}

#[test]
fn marked_unread_it_stays_unread_while_one_looks_at_it() {
    let mut screen = at_message();
    screen.press("u");
    let unread = MarkUnread {
        conversation_id: room(1),
        seq: seq(3),
    };
    assert_eq!(screen.sent(), [Effect::Ask(Wish::Unread(unread))]);

    screen.hear(1, BO, "and more");
    screen.wait_ms(5_000);

    assert!(
        !screen
            .sent()
            .iter()
            .any(|e| matches!(e, Effect::MarkRead { .. }))
    );
}

#[test]
fn only_who_may_pins() {
    let mut screen = at_message();
    screen.press("p");
    assert!(screen.text().contains("only admins pin messages here"));
    assert_eq!(screen.sent(), []);
}

#[test]
fn the_menu_has_what_applies_and_does_it() {
    let mut screen = at_message();
    screen.press("enter");
    let labels: Vec<_> = choices(&screen)
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    assert!(
        labels.iter().any(|label| label.contains("answer")),
        "{labels:?}"
    );
    assert!(
        !labels.iter().any(|label| label.contains("edit it")),
        "it is not one's own"
    );

    screen.write("answer");
    screen.press("enter");

    assert!(screen.model.reply.is_some());
}

#[test]
fn answers_and_what_they_answer_are_shown_together() {
    let mut screen = at_message();
    let mut answer = message(room(1), 4, CY, "good");
    answer.extras.reply_to = Some(ReplyTo {
        id: message_id(3),
        seq: seq(3),
        sender_id: user(BO).id,
        excerpt: "see".to_owned(),
    });
    screen.log(1, Event::MessageNew(answer));
    screen.press("t");

    let labels: Vec<_> = choices(&screen)
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    assert_eq!(labels.len(), 2);
    assert!(
        labels[0].starts_with("bo: see") && labels[1] == "cy: good",
        "{labels:?}"
    );
}

#[test]
fn a_click_selects_a_message() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut screen = at_message();
    screen.press("esc");
    let pane = screen.model.panes().messages;
    screen.tell(chat_tui::Msg::Mouse(MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: pane.x + 3,
        row: pane.bottom() - 1,
        modifiers: KeyModifiers::NONE,
    }));
    assert_eq!(
        screen.model.selected,
        Some(chat_tui::model::Key::Message(seq(3)))
    );
}

#[test]
fn any_emoji_is_put_under_a_message_when_it_is_pasted() {
    let mut screen = at_message();
    screen.press("a");
    screen.tell(Msg::Paste("🦀".to_owned()));
    assert_eq!(choices(&screen).len(), 1);
    screen.press("enter");
    assert!(matches!(&screen.sent()[..], [Effect::React(_, add)] if add.emoji.as_str() == "🦀"));

    screen.press("a");
    screen.write("no emoji");

    assert_eq!(choices(&screen), []);
}

//! What a message has besides its text, and conversations in which not everybody writes.

use crate::kit::*;
use chat_core::*;
use chat_tui::Effect;
use ratatui::style::{Color, Modifier};

/// Somebody says something in the lounge, with more than its text.
pub(crate) fn hear_with(
    screen: &mut Screen,
    by: u128,
    text: &str,
    change: impl FnOnce(&mut Message),
) {
    let known = screen.state.conversation(room(1)).unwrap();
    let place = known.conversation().last_seq.get() + 1;
    let mut message = message(room(1), place, by, text);
    change(&mut message);
    screen.log(1, Event::MessageNew(message));
}

fn reaction(emoji: &str, count: u32) -> Reaction {
    Reaction {
        emoji: emoji.to_owned(),
        count,
        user_ids: vec![user(BO).id],
        first_at: Timestamp::from_ms(0),
    }
}

fn reply_to(place: u64, by: u128, excerpt: &str) -> Option<ReplyTo> {
    Some(ReplyTo {
        id: message_id(place),
        seq: seq(place),
        sender_id: user(by).id,
        excerpt: excerpt.to_owned(),
    })
}

/// The lounge with one of everything.
pub(crate) fn rich(size: (u16, u16)) -> Screen {
    let mut screen = Screen::with_two(size);
    screen.press("ctrl+k down enter");
    hear_with(&mut screen, BO, "bo added cy", |m| {
        m.kind = MessageKind::System;
    });
    hear_with(&mut screen, BO, "shall we meet at noon, @ana?", |m| {
        m.extras.mentions = vec![user(ME).id];
        m.extras.reactions = vec![reaction("👍", 2), reaction("🎉", 1)];
        m.pinned_at = Some(m.created_at);
    });
    hear_with(&mut screen, ME, "yes", |m| {
        m.extras.reply_to = reply_to(4, BO, "shall we meet at noon, @ana?");
    });
    hear_with(&mut screen, CY, "the map", |m| {
        m.extras.attachments = vec![file("map of the whole town.pdf", 12_345), file("b.png", 7)];
        m.edited_at = Some(m.created_at);
    });
    hear_with(&mut screen, CY, "", |m| {
        m.extras.attachments = vec![file("c.ogg", 2_500_000)];
        m.extras.reply_to = reply_to(99, CY, "");
    });
    screen
}

/// A channel in which the reader has this role, open.
fn channel(role: MemberRole) -> Screen {
    let mut screen = Screen::new((80, 14));
    let said = [(BO, "doors open at nine")];
    let mut news = conversation(1, Some("news"), &[ME, BO], &said, 0);
    news.kind = ConversationKind::Channel;
    news.my.role = role;
    screen.sync(vec![news]);
    screen.press("ctrl+n");
    screen
}

#[test]
fn everything_wide() {
    insta::assert_snapshot!(rich((120, 24)).text());
}

#[test]
fn everything_narrow() {
    insta::assert_snapshot!(rich((42, 24)).text());
}

#[test]
fn a_reader_of_a_channel() {
    insta::assert_snapshot!(channel(MemberRole::Member).text());
}

#[test]
fn what_only_a_newer_server_knows_looks_like_a_group_and_can_be_written_in() {
    let mut screen = Screen::new((80, 14));
    let said = [(BO, "doors open at nine")];
    let mut news = conversation(1, Some("news"), &[ME, BO], &said, 0);
    news.kind = ConversationKind::Unknown;
    news.my.role = MemberRole::Unknown;
    screen.sync(vec![news]);
    screen.press("ctrl+n");
    let text = screen.text();
    screen.write("hello");
    screen.press("enter");

    assert!(text.contains("# news"), "{text}");
    assert!(text.contains("doors open at nine"), "{text}");
    let sent = screen.sent();
    let sends = sent.iter().any(|e| matches!(e, Effect::Send { .. }));
    assert!(sends, "{sent:?}");
}

#[test]
fn a_plain_member_of_a_channel_cannot_write_and_an_admin_can() {
    let mut reader = channel(MemberRole::Member);
    reader.write("hello");
    reader.tell(chat_tui::Msg::Paste("hello".into()));
    reader.press("enter");
    assert_eq!(
        (reader.sent(), reader.model.composer.is_empty()),
        (vec![], true)
    );

    let mut writer = channel(MemberRole::Admin);
    writer.write("hello");
    writer.press("enter");

    let sent = writer.sent();
    assert!(
        sent.iter().any(|e| matches!(e, Effect::Send { .. })),
        "{sent:?}"
    );
    assert!(!writer.text().contains("only admins write here"));
}

#[test]
fn who_becomes_an_admin_of_a_channel_can_write_at_once() {
    let mut screen = channel(MemberRole::Member);
    let member = Member {
        user: user(ME),
        role: MemberRole::Admin,
        joined_at: Timestamp::from_ms(0),
        read_seq: Seq::ZERO,
        delivered_seq: Seq::ZERO,
    };
    let change = MemberChange {
        member,
        member_count: 2,
        by: user(BO).id,
        moved_up: None,
    };
    screen.log(1, Event::MemberChanged(change));

    screen.write("hello");

    assert!(screen.text().contains("> hello"));
}

#[test]
fn a_word_that_names_the_reader_stands_out_and_others_do_not() {
    let screen = rich((120, 24));
    let buffer = screen.buffer();
    let yellow = |text: &str| {
        let cells = buffer.content().windows(text.len()).find(|cells| {
            let found: String = cells.iter().map(|cell| cell.symbol()).collect();
            found == text
        });
        let cell = &cells.unwrap()[0];
        (
            cell.fg == Color::Yellow,
            cell.modifier.contains(Modifier::BOLD),
        )
    };

    assert_eq!(yellow("@ana?"), (true, true));
    assert_eq!(yellow("shall we"), (false, false));
}

#[test]
fn what_changes_under_a_message_is_shown() {
    let mut screen = rich((120, 24));
    let gone = ReactionChange {
        message_id: message_id(4),
        emoji: "👍".to_owned(),
        user_id: user(BO).id,
        reaction: None,
    };
    screen.log(1, Event::ReactionRemoved(gone));
    let text = screen.text();
    assert!(text.contains("🎉 1") && !text.contains("👍"), "{text}");

    let unpinned = PinChange {
        message_id: message_id(4),
        by: user(BO).id,
        pinned_at: None,
    };
    screen.log(1, Event::MessageUnpinned(unpinned));

    assert!(!screen.text().contains("(pinned)"), "{}", screen.text());
}

#[test]
fn a_system_message_cannot_be_edited_or_deleted() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+n");
    hear_with(&mut screen, ME, "ana changed the title", |m| {
        m.kind = MessageKind::System;
    });

    screen.press("esc d e");

    assert_eq!(screen.sent(), []);
    assert_eq!(screen.model.composer.editing(), None);
    assert!(screen.model.popup.is_none());
}

#[test]
fn the_list_tells_how_often_one_was_named() {
    let mut screen = Screen::new((80, 14));
    let said = [(BO, "a"), (BO, "b")];
    let mut lounge = conversation(1, Some("lounge"), &[ME, BO], &said, 2);
    lounge.my.mention_count = 1;
    screen.sync(vec![lounge]);

    assert!(
        screen.text().contains("# lounge        @1 2"),
        "{}",
        screen.text()
    );
}

#[test]
fn nothing_beside_a_text_acts_either() {
    let mut screen = Screen::with_two((100, 30));
    screen.press("ctrl+k down enter");
    hear_with(&mut screen, BO, "x", |m| {
        m.extras.attachments = vec![file("a\u{1b}[2Jb\u{202e}gnp.exe", 1)];
        m.extras.reply_to = reply_to(1, BO, "q\u{1b}[7m\n\u{2066}r");
        m.extras.reactions = vec![reaction("\u{1b}]0;x\u{7}👍", 1)];
    });
    hear_with(&mut screen, BO, "s\u{1b}[2Jt\u{9b}31m", |m| {
        m.kind = MessageKind::System
    });

    let thread = screen.model.thread.as_ref().unwrap();
    let lines = thread.entries().flat_map(|e| e.wrapped(100).lines.clone());
    for (_, text) in lines.flatten() {
        assert_eq!(text::inert_line(&text), text);
    }
    assert!(
        screen.text().contains("[a[2Jbgnp.exe, 1 B]"),
        "{}",
        screen.text()
    );
}

//! A conversation of very many messages, open on a screen.

use chat_core::*;
use chat_tui::{
    Changes, Effect, Model, Msg,
    model::{Account, Connection},
    observe,
    theme::Theme,
    update,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use uuid::Uuid;

/// So many messages are loaded.
pub(crate) const MESSAGES: u64 = 20_000;
/// So many older ones there are, where they are wanted.
pub(crate) const OLDER: u64 = 50_000;

pub(crate) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

pub(crate) fn person(n: u128) -> User {
    User::new(
        UserId::new(Uuid::from_u128(n)),
        format!("user{n}"),
        format!("User {n}"),
    )
}

pub(crate) fn here() -> ConversationId {
    ConversationId::new(Uuid::from_u128(77))
}

pub(crate) fn message_id(place: u64) -> MessageId {
    MessageId::new(Uuid::from_u128(u128::from(place)))
}

pub(crate) fn reaction_of(emoji: &str, count: u32) -> Reaction {
    Reaction {
        emoji: emoji.to_owned(),
        count,
        user_ids: (1..=count).map(|n| person(u128::from(n)).id).collect(),
        first_at: Timestamp::from_ms(0),
    }
}

pub(crate) fn message(place: u64) -> Message {
    let words = "the quick brown fox jumps over the lazy dog; 漢字かな交じり文 and then some more words to wrap, ";
    let long = usize::try_from(place % 7).unwrap() * 40 + 20;
    let content: String = words.chars().cycle().take(long).collect();
    // Every tenth answers one far above it.
    let answered = place
        .is_multiple_of(10)
        .then(|| place.checked_sub(5_000))
        .flatten();
    let reactions = match place % 4 {
        0 => vec![reaction_of("👍", 3), reaction_of("🎉", 1)],
        _ => Vec::new(),
    };
    let mentions = match place % 9 {
        0 => vec![person(1).id],
        _ => Vec::new(),
    };
    let reply_to = answered.filter(|place| *place > 0).map(|place| ReplyTo {
        id: message_id(place),
        seq: seq(place),
        sender_id: person(u128::from(place % 5) + 1).id,
        excerpt: "the quick brown fox".to_owned(),
    });
    Message {
        id: message_id(place),
        conversation_id: here(),
        seq: seq(place),
        client_id: ClientId::try_from(format!("c{place}")).unwrap(),
        sender: person(u128::from(place % 5) + 1),
        kind: MessageKind::Text,
        content,
        extras: Extras {
            reply_to,
            reactions,
            mentions,
            ..Extras::default()
        },
        created_at: Timestamp::from_ms(1_795_000_000_000)
            .plus_ms(i64::try_from(place).unwrap() * 60_000),
        expires_at: None,
        edited_at: None,
        pinned_at: None,
        deleted_at: None,
        deleted_by: None,
    }
}

/// With messages up to this place.
fn conversation(last: u64) -> Conversation {
    let member = |n| Member {
        user: person(n),
        role: MemberRole::Member,
        joined_at: Timestamp::from_ms(0),
        // Each has read up to somewhere else.
        read_seq: seq(last - 10 * u64::try_from(n).unwrap()),
        delivered_seq: seq(last - u64::try_from(n).unwrap()),
    };
    Conversation {
        id: here(),
        kind: ConversationKind::Group,
        title: Some("long".to_owned()),
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        created_at: Timestamp::from_ms(0),
        updated_at: Timestamp::from_ms(0),
        epoch: Epoch::new(1),
        last_seq: seq(last),
        last_message: Some(message(last)),
        members: (1..=5).map(member).collect(),
        member_count: 5,
        my: My {
            role: MemberRole::Member,
            read_seq: seq(last),
            delivered_seq: seq(last),
            unread_count: 0,
            mention_count: 0,
            counted_seq: seq(last),
            prefs: Prefs::default(),
        },
    }
}

/// The conversation, open and loaded to its beginning.
pub(crate) fn long() -> (Model, State) {
    long_after(0)
}

/// The conversation, open; before the loaded messages are so many others.
pub(crate) fn long_after(older: u64) -> (Model, State) {
    let me = person(1).id;
    let mut state = State::new(me);
    state.apply_sync(Synced {
        inbox: InboxEvents {
            epoch: Epoch::new(1),
            from: Seq::ZERO,
            to: Seq::ZERO,
            events: Vec::new(),
        },
        conversations: Vec::new(),
        reset: Vec::new(),
        gone: Vec::new(),
        users: Vec::new(),
        new: vec![conversation(older + MESSAGES)],
        own: None,
        more: false,
        server_time: Timestamp::from_ms(0),
    });
    load(&mut state, MESSAGES - 1);
    let mut model = Model::new(
        Theme::new(true),
        TimeZone::UTC,
        Timestamp::from_ms(1_799_500_000_000),
    );
    update(&mut model, Msg::Resize(120, 40));
    let account = Account {
        me,
        username: "user1".to_owned(),
        server: "chat.test".to_owned(),
        address: String::new(),
    };
    update(&mut model, Msg::SignedIn(account));
    update(&mut model, Msg::Connection(Connection::Online));
    observe(&mut model, &state, &Changes::all());
    press(
        &mut model,
        &state,
        KeyCode::Char('n'),
        KeyModifiers::CONTROL,
    );
    observe(&mut model, &state, &Changes::all());
    (model, state)
}

/// So many older messages come.
pub(crate) fn load(state: &mut State, count: u64) {
    let asked = state.history_before(here(), 100).unwrap();
    let before = asked.before.unwrap().get();
    let page = MessagePage {
        items: (before - count..before).map(message).collect(),
        has_before: before - count > 1,
        has_after: true,
    };
    state.apply_page(&asked, page);
}

/// What the program does about messages that are far from the reader.
pub(crate) fn let_go(model: &mut Model, state: &mut State) {
    for effect in observe(model, state, &Changes::all()) {
        if let Effect::KeepOnly(id, kept) = effect {
            state.keep_only(id, &kept);
        }
    }
    observe(model, state, &Changes::all());
}

pub(crate) fn press(model: &mut Model, state: &State, code: KeyCode, modifiers: KeyModifiers) {
    for effect in update(model, Msg::Key(KeyEvent::new(code, modifiers))) {
        if effect == Effect::Look {
            observe(model, state, &Changes::all());
        }
    }
}

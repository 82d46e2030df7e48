//! How long a frame, a resize and a new message take with 20,000 messages loaded, and what memory they need. The bounds are
//! those of the issue this client was built for: a frame below 4 ms, a resize below 20 ms, 60 MB.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use chat_core::*;
use chat_tui::{
    Changes, Effect, Model, Msg,
    model::{Account, Connection},
    observe,
    theme::Theme,
    update, view,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};
use uuid::Uuid;

const MESSAGES: u64 = 20_000;

fn main() {
    let before = resident_kb();
    let (model, state) = long();
    let after = resident_kb();
    println!(
        "{MESSAGES} messages take {} MB in the state and on the screen together",
        (after - before) / 1024
    );
    drop((model, state));
    divan::main();
}

/// What the program has in memory; 0 where the system does not tell.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    number.unwrap_or(0)
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

fn person(n: u128) -> User {
    User::new(
        UserId::new(Uuid::from_u128(n)),
        format!("user{n}"),
        format!("User {n}"),
    )
}

fn here() -> ConversationId {
    ConversationId::new(Uuid::from_u128(77))
}

fn message(place: u64) -> Message {
    let words = "the quick brown fox jumps over the lazy dog; 漢字かな交じり文 and then some more words to wrap, ";
    let long = usize::try_from(place % 7).unwrap() * 40 + 20;
    let content: String = words.chars().cycle().take(long).collect();
    // Every tenth answers one far above it.
    let answered = place
        .is_multiple_of(10)
        .then(|| place.checked_sub(5_000))
        .flatten();
    let reply_to = answered.filter(|place| *place > 0).map(|place| ReplyTo {
        id: MessageId::new(Uuid::from_u128(u128::from(place))),
        seq: seq(place),
        sender_id: person(u128::from(place % 5) + 1).id,
        excerpt: "the quick brown fox".to_owned(),
    });
    Message {
        id: MessageId::new(Uuid::from_u128(u128::from(place))),
        conversation_id: here(),
        seq: seq(place),
        client_id: ClientId::try_from(format!("c{place}")).unwrap(),
        sender: person(u128::from(place % 5) + 1),
        kind: MessageKind::Text,
        content,
        extras: Extras {
            reply_to,
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

fn conversation() -> Conversation {
    let member = |n| Member {
        user: person(n),
        role: MemberRole::Member,
        joined_at: Timestamp::from_ms(0),
        read_seq: Seq::ZERO,
        delivered_seq: Seq::ZERO,
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
        last_seq: seq(MESSAGES),
        last_message: Some(message(MESSAGES)),
        members: (1..=5).map(member).collect(),
        member_count: 5,
        my: My {
            role: MemberRole::Member,
            read_seq: seq(MESSAGES),
            delivered_seq: seq(MESSAGES),
            unread_count: 0,
            mention_count: 0,
            counted_seq: seq(MESSAGES),
            prefs: Prefs::default(),
        },
    }
}

/// The conversation, open and loaded to its beginning.
fn long() -> (Model, State) {
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
        new: vec![conversation()],
        own: None,
        more: false,
        server_time: Timestamp::from_ms(0),
    });
    let asked = state.history_before(here(), 100).unwrap();
    let page = MessagePage {
        items: (1..MESSAGES).map(message).collect(),
        has_before: false,
        has_after: true,
    };
    state.apply_page(&asked, page);

    let mut model = Model::new(
        Theme::new(true),
        TimeZone::UTC,
        Timestamp::from_ms(1_796_500_000_000),
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

fn press(model: &mut Model, state: &State, code: KeyCode, modifiers: KeyModifiers) {
    for effect in update(model, Msg::Key(KeyEvent::new(code, modifiers))) {
        if effect == Effect::Look {
            observe(model, state, &Changes::all());
        }
    }
}

fn screen(model: &Model) -> Terminal<TestBackend> {
    Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap()
}

fn draw(terminal: &mut Terminal<TestBackend>, model: &Model) {
    terminal.draw(|frame| view::view(model, frame)).unwrap();
}

#[divan::bench]
fn frame_at_the_newest(bencher: divan::Bencher) {
    let (model, _) = long();
    let mut terminal = screen(&model);
    bencher.bench_local(|| draw(&mut terminal, &model));
}

#[divan::bench]
fn page_up_and_frame(bencher: divan::Bencher) {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    bencher.bench_local(|| {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
        draw(&mut terminal, &model);
    });
}

#[divan::bench]
fn frame_in_the_middle(bencher: divan::Bencher) {
    let (mut model, state) = long();
    for _ in 0..600 {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
    }
    let mut terminal = screen(&model);
    bencher.bench_local(|| draw(&mut terminal, &model));
}

#[divan::bench]
fn resize_and_frame(bencher: divan::Bencher) {
    let (mut model, _) = long();
    let mut width = 80;
    bencher.bench_local(|| {
        width = if width >= 200 { 80 } else { width + 1 };
        update(&mut model, Msg::Resize(width, 40));
        let mut terminal = screen(&model);
        draw(&mut terminal, &model);
    });
}

#[divan::bench]
fn new_message_and_frame(bencher: divan::Bencher) {
    let (mut model, mut state) = long();
    let mut terminal = screen(&model);
    let mut place = MESSAGES;
    bencher.bench_local(|| {
        place += 1;
        let envelope = Envelope {
            conversation_id: Some(here()),
            place: Place::Log(seq(place)),
            at: Some(Timestamp::from_ms(0)),
            event: Event::MessageNew(message(place)),
        };
        state.apply(envelope, Timestamp::from_ms(0));
        observe(&mut model, &state, &Changes::one(here()));
        draw(&mut terminal, &model);
    });
}

#[divan::bench]
fn key_in_the_draft_and_frame(bencher: divan::Bencher) {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    bencher.bench_local(|| {
        press(&mut model, &state, KeyCode::Char('x'), KeyModifiers::NONE);
        draw(&mut terminal, &model);
        press(&mut model, &state, KeyCode::Backspace, KeyModifiers::NONE);
    });
}

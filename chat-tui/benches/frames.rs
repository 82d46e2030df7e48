//! How long a frame, a resize, a key and a new message take with 20,000 messages loaded, with answers, reactions, receipts
//! and names among them. Each figure is printed beside its bound, those of the issue this client was built for, and the
//! program fails beyond one. What the whole program weighs, a story measures: `tui::weighing`, run by hand.

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
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use uuid::Uuid;

const MESSAGES: u64 = 20_000;

const FRAME: Duration = Duration::from_millis(4);
const RESIZE: Duration = Duration::from_millis(20);
/// So often each is done; the slowest of a hundred decides, not the unlucky few beyond.
const TIMES: usize = 300;

/// Something that is done again and again.
type Work = Box<dyn FnMut()>;

/// What is measured, how long it may take, and what makes it ready.
type Case = (&'static str, Duration, fn() -> Work);

const CASES: [Case; 7] = [
    ("a frame at the newest", FRAME, at_the_newest),
    ("a frame in the middle", FRAME, in_the_middle),
    ("a page up and a frame", FRAME, page_up),
    ("a key in the draft and a frame", FRAME, key_in_the_draft),
    ("a new message and a frame", FRAME, new_message),
    ("a reaction far above and a frame", FRAME, reaction),
    ("a resize and a frame", RESIZE, resize),
];

fn main() -> ExitCode {
    divan::main();
    // What was built to be tested is not built to be fast.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut is_slow = false;
    for (name, bound, prepare) in CASES {
        let (middle, late) = took(prepare());
        let verdict = if late <= bound { "" } else { "  TOO SLOW" };
        println!(
            "{name:34} {middle:>10.2?}, 99 of 100 within {late:>10.2?}, bound {bound:?}{verdict}"
        );
        is_slow |= late > bound;
    }
    match is_slow {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// The time in the middle, and that which only one of a hundred is beyond.
fn took(mut work: Work) -> (Duration, Duration) {
    work();
    let once = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let mut took: Vec<_> = (0..TIMES).map(once).collect();
    took.sort();
    (took[TIMES / 2], took[TIMES * 99 / 100])
}

#[divan::bench(args = CASES.map(|(name, ..)| name))]
fn case(bencher: divan::Bencher, name: &str) {
    let (.., prepare) = CASES
        .into_iter()
        .find(|(known, ..)| *known == name)
        .unwrap();
    bencher.bench_local(prepare());
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

fn message_id(place: u64) -> MessageId {
    MessageId::new(Uuid::from_u128(u128::from(place)))
}

fn reaction_of(emoji: &str, count: u32) -> Reaction {
    Reaction {
        emoji: emoji.to_owned(),
        count,
        user_ids: (1..=count).map(|n| person(u128::from(n)).id).collect(),
        first_at: Timestamp::from_ms(0),
    }
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

fn conversation() -> Conversation {
    let member = |n| Member {
        user: person(n),
        role: MemberRole::Member,
        joined_at: Timestamp::from_ms(0),
        // Each has read up to somewhere else.
        read_seq: seq(MESSAGES - 10 * u64::try_from(n).unwrap()),
        delivered_seq: seq(MESSAGES - u64::try_from(n).unwrap()),
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

fn at_the_newest() -> Work {
    let (model, _) = long();
    let mut terminal = screen(&model);
    Box::new(move || draw(&mut terminal, &model))
}

fn in_the_middle() -> Work {
    let (mut model, state) = long();
    for _ in 0..600 {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
    }
    let mut terminal = screen(&model);
    Box::new(move || draw(&mut terminal, &model))
}

fn page_up() -> Work {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    Box::new(move || {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
        draw(&mut terminal, &model);
    })
}

fn key_in_the_draft() -> Work {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    Box::new(move || {
        press(&mut model, &state, KeyCode::Char('x'), KeyModifiers::NONE);
        draw(&mut terminal, &model);
        press(&mut model, &state, KeyCode::Backspace, KeyModifiers::NONE);
    })
}

/// The next event in the log, and a frame.
fn hear(
    (model, state): (&mut Model, &mut State),
    place: u64,
    event: Event,
    terminal: &mut Terminal<TestBackend>,
) {
    let envelope = Envelope {
        conversation_id: Some(here()),
        place: Place::Log(seq(place)),
        at: Some(Timestamp::from_ms(0)),
        event,
    };
    let applied = state.apply(envelope, Timestamp::from_ms(0));
    assert_eq!(applied, Applied::Changed(Some(here())));
    observe(model, state, &Changes::one(here()));
    draw(terminal, model);
}

fn new_message() -> Work {
    let (mut model, mut state) = long();
    let mut terminal = screen(&model);
    let mut place = MESSAGES;
    Box::new(move || {
        place += 1;
        let event = Event::MessageNew(message(place));
        hear((&mut model, &mut state), place, event, &mut terminal);
    })
}

fn reaction() -> Work {
    let (mut model, mut state) = long();
    let mut terminal = screen(&model);
    let mut place = MESSAGES;
    Box::new(move || {
        place += 1;
        let event = Event::ReactionAdded(ReactionChange {
            message_id: message_id(place % 9_000 + 1),
            emoji: "🎉".to_owned(),
            user_id: person(2).id,
            reaction: Some(reaction_of("🎉", 1)),
        });
        hear((&mut model, &mut state), place, event, &mut terminal);
    })
}

fn resize() -> Work {
    let (mut model, _) = long();
    let mut width = 80;
    Box::new(move || {
        width = if width >= 200 { 80 } else { width + 1 };
        update(&mut model, Msg::Resize(width, 40));
        let mut terminal = screen(&model);
        draw(&mut terminal, &model);
    })
}

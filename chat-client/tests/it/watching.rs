//! Observing: a snapshot first, then steps that always lead to what a new observer would see.

mod gaps;
mod shown;

use crate::{
    kit::{SERVER, ann, bob, hall, online, seq, status},
    model::{
        act::{Act, Dice},
        in_its_own_time,
        life::Life,
        wire::World,
    },
    offline::{opened, world},
};
use chat_client::{
    Client, Diff, ListFilter, ListItem, MemoryDisk, NewMessage, Owner, Progress, Queued, Said,
    Status, Store, Task, Timeline, TimelineItem, TimelineOptions, TimelineUpdates, Write,
    test_kit::{Faults, body},
};
use chat_core::{ClientId, Emoji, Event, Seq, Stretch, Timestamp};
use std::{sync::Arc, time::Duration};

fn few() -> TimelineOptions {
    TimelineOptions {
        limit: 4,
        utc_offset_s: 0,
    }
}

async fn started(world: &World) -> Client {
    let client = opened(world, MemoryDisk::default()).await;
    online(&client).await;
    client
}

fn say(world: &World, text: &str) {
    world.server.lock().unwrap().say(bob(), hall(), text, text);
}

/// A row in a few letters.
fn show(row: &TimelineItem) -> String {
    match row {
        TimelineItem::Start => "start".into(),
        TimelineItem::Date { day } => format!("day {}", day.ms()),
        TimelineItem::Unread => "unread".into(),
        TimelineItem::Gap { after, through } => format!("gap {after}-{through}"),
        TimelineItem::Message(message) => match &message.said {
            Said::Stored(stored) => stored.content.clone(),
            Said::Queued(_) => "queued".into(),
        },
    }
}

/// What a screen shows that follows the steps.
struct Screen {
    updates: TimelineUpdates,
    rows: Vec<TimelineItem>,
}

impl Screen {
    async fn of(timeline: &Timeline) -> Self {
        let mut screen = Self {
            updates: timeline.observe(),
            rows: Vec::new(),
        };
        let first = screen.updates.next().await.unwrap();
        assert!(matches!(first[..], [Diff::Reset(_)]), "{first:?}");
        screen.take(first);
        screen
    }

    fn take(&mut self, steps: Vec<Diff<TimelineItem>>) {
        for step in steps {
            assert!(step.apply(&mut self.rows));
        }
    }

    async fn until(&mut self, wanted: &[&str]) {
        while self.shown() != wanted {
            let next = tokio::time::timeout(Duration::from_secs(60), self.updates.next()).await;
            let steps = next.unwrap_or_else(|_| panic!("{:?} stays", self.shown()));
            self.take(steps.unwrap());
        }
    }

    /// Takes all steps that there are.
    async fn catch_up(&mut self) {
        let soon = Duration::from_secs(1);
        while let Ok(steps) = tokio::time::timeout(soon, self.updates.next()).await {
            self.take(steps.unwrap());
        }
    }

    fn shown(&self) -> Vec<String> {
        self.rows.iter().map(show).collect()
    }

    fn keys(&self) -> Vec<String> {
        let messages = self.rows.iter().filter_map(|row| match row {
            TimelineItem::Message(message) => Some(message.key.clone()),
            _ => None,
        });
        messages.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_keeps_its_key_from_the_echo_to_the_stored_one() {
    let world = world(1);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    world.faults.set_offline(true);
    client.conversation(hall()).send(body("mine"));
    screen
        .until(&["start", "day 0", "unread", "m1", "queued"])
        .await;
    let keys = screen.keys();

    world.faults.set_offline(false);
    client.reconnect_now();
    screen
        .until(&["start", "day 0", "unread", "m1", "mine"])
        .await;

    assert_eq!(screen.keys(), keys);
}

#[tokio::test(start_paused = true)]
async fn one_jumps_to_a_message_and_reads_on_to_the_end() {
    let world = world(30);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;

    timeline.jump_to(seq(10)).await.unwrap();
    let mut screen = Screen::of(&timeline).await;
    assert_eq!(screen.shown()[2..], ["m8", "m9", "m10", "m11"]);
    say(&world, "new");
    while timeline.load_newer(6).await.unwrap() {}
    assert!(timeline.is_at_end());
    let end = ["m29", "m30", "new"];
    while !screen.shown().ends_with(&end.map(str::to_owned)) {
        let steps = screen.updates.next().await.unwrap();
        screen.take(steps);
    }
    while timeline.load_older(7).await.unwrap() {}

    let fresh = Screen::of(&timeline).await.shown();
    assert_eq!(fresh.len(), 34);
    timeline.jump_to_end().await;
    assert_eq!(Screen::of(&timeline).await.rows.len(), 5);
    assert!(timeline.jump_to(seq(99)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_first_of_each_day_has_its_date_by_the_users_clock() {
    let world = world(3);
    let days = [0, 86_399_000, 86_400_000];
    for (message, at) in world.server.lock().unwrap().messages.iter_mut().zip(days) {
        message.created_at = chat_core::Timestamp::from_ms(at);
    }
    let client = started(&world).await;
    let here = client.conversation(hall());
    here.load_older(9).await.unwrap();
    let options = TimelineOptions {
        limit: 9,
        utc_offset_s: 3_600,
    };
    let timeline = here.timeline(options).await;

    let shown = Screen::of(&timeline).await.shown();

    let expected = ["start", "day 0", "unread", "m1", "day 86400000", "m2", "m3"];
    assert_eq!(shown, expected);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_shown_as_done_and_by_its_name() {
    let world = world(2);
    let client = started(&world).await;
    let here = client.conversation(hall());
    here.load_older(9).await.unwrap();
    let timeline = here.timeline(few()).await;
    client.disconnect().await;
    let [first, second] = [0, 1].map(|nth| world.server.lock().unwrap().messages[nth].id);
    let edit = here.edit(first, body("changed"));
    let like = here.react(second, Emoji::parse("👍").unwrap());

    let mut screen = Screen::of(&timeline).await;
    assert_eq!(screen.shown()[3..], ["changed", "m2"]);
    let waiting = |row: &TimelineItem| match row {
        TimelineItem::Message(message) => message.waiting.clone(),
        _ => Vec::new(),
    };
    let names: Vec<ClientId> = screen.rows.iter().flat_map(waiting).collect();
    assert_eq!(names, [edit.key().clone(), like.key().clone()]);
    client.start();
    edit.done().await.unwrap();
    like.done().await.unwrap();
    while screen.rows.iter().any(|row| !waiting(row).is_empty()) {
        let steps = screen.updates.next().await.unwrap();
        screen.take(steps);
    }
    assert_eq!(screen.shown()[3..], ["changed", "m2"]);
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_was_away_too_long_gets_everything_anew() {
    let world = world(1);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    for nth in 0..600 {
        say(&world, &format!("x{nth}"));
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;

    let steps = screen.updates.next().await.unwrap();

    assert!(matches!(steps[..], [Diff::Reset(_)]));
    screen.take(steps);
    assert_eq!(screen.rows.len(), 600 + 4);
    assert_eq!(screen.shown().last().unwrap(), "x599");
}

fn names(rows: &[Arc<ListItem>]) -> Vec<u32> {
    rows.iter().map(|row| row.unread_count).collect()
}

#[tokio::test(start_paused = true)]
async fn the_list_follows_what_is_said_read_and_begun_and_its_filter() {
    let world = world(2);
    let client = started(&world).await;
    let here = client.conversation(hall());
    let mut list = client.conversation_list(ListFilter::default());
    let mut rows = Vec::new();
    let mut take = async |list: &mut chat_client::ConversationList| {
        for step in list.next().await.unwrap() {
            assert!(step.apply(&mut rows));
        }
        rows.clone()
    };
    assert_eq!(names(&take(&mut list).await), [2]);

    say(&world, "three");
    assert_eq!(names(&take(&mut list).await), [3]);
    here.set_draft(Some("dear".into()));
    assert_eq!(take(&mut list).await[0].draft.as_deref(), Some("dear"));
    client.disconnect().await;
    here.mark_read(seq(3));
    assert_eq!(names(&take(&mut list).await), [0]);
    list.set_filter(ListFilter {
        unread: true,
        ..ListFilter::default()
    });
    assert!(take(&mut list).await.is_empty());
    list.set_filter(ListFilter {
        archived: true,
        ..ListFilter::default()
    });
    assert!(take(&mut list).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_who_is_on_the_screen_is_watched() {
    let world = world(2);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let screen = Screen::of(&timeline).await;
    let watched = async || {
        tokio::time::sleep(Duration::from_secs(3)).await;
        world.server.lock().unwrap().watched.clone()
    };

    screen.updates.set_visible(0..9);
    assert_eq!(watched().await, serde_json::json!([bob()]));
    drop(screen);
    assert_eq!(watched().await, serde_json::json!([]));
    assert_ne!(ann(), bob());
}

#[test]
fn whatever_happens_an_observer_ends_where_a_new_one_begins() {
    for seed in 0..60 {
        in_its_own_time(async {
            let mut life = Life::begin(Faults::default());
            let client = life.phone.client().await;
            let timeline = client.conversation(hall()).timeline(few()).await;
            let mut screen = Screen::of(&timeline).await;
            let mut dice = Dice(seed);
            for _ in 0..60 {
                match Act::any(&mut dice) {
                    Act::Kill | Act::Copy | Act::Restore => {
                        timeline.load_older(3).await.ok();
                    }
                    act => life.phone.act(act).await,
                }
                if dice.throw(3) == 0 {
                    screen.catch_up().await;
                }
            }
            screen.catch_up().await;
            assert_eq!(screen.rows, Screen::of(&timeline).await.rows, "seed {seed}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_kept_as_stored_and_as_queued_is_one_row() {
    let mut far = crate::world::World::default();
    let disk = MemoryDisk::default();
    let owner = Owner {
        server: SERVER.parse().unwrap(),
        user_id: ann(),
    };
    disk.load(&owner).await.unwrap();
    let mut writes = Vec::new();
    for (who, id) in [(ann(), "a"), (bob(), "b")] {
        let (envelope, _) = far.store(who, id, id);
        let Event::MessageNew(message) = envelope.event else {
            panic!("{envelope:?}");
        };
        writes.push(Write::Message(message));
    }
    let whole = Stretch {
        after: Seq::ZERO,
        through: seq(2),
    };
    writes.push(Write::Conversation(far.snapshot()));
    writes.push(Write::Known(hall(), whole));
    writes.push(Write::Queue(Queued {
        key: ClientId::try_from("a".to_owned()).unwrap(),
        conversation_id: hall(),
        place: 1,
        created_at: Timestamp::from_ms(0),
        task: Task::Send(NewMessage::text(body("a"))),
        progress: Progress::Asked,
    }));
    disk.commit(&writes).await.unwrap();

    let client = opened(&world(0), disk).await;
    let timeline = client.conversation(hall()).timeline(few()).await;

    let screen = Screen::of(&timeline).await;
    assert_eq!(screen.shown(), ["start", "day 0", "a", "b"]);
}

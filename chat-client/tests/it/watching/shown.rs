//! What is on the screen: who is watched, who writes, where a jump leads to, and what waits to be done.

use super::{Screen, few, started};
use crate::{
    kit::{Far, Net, ann, bob, cellar, client, hall, online, user},
    model::{server::Server, wire::World},
    offline::world,
};
use chat_client::{
    Client, ConversationList, Diff, Error, ListFilter, ListItem, Said, TimelineItem,
    TimelineMessage,
    test_kit::{Faults, body},
};
use chat_core::{ConversationId, Emoji, MessageId, PresenceState, User, UserId};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

fn cyn() -> User {
    User::new(UserId::new(Uuid::from_u128(3)), "cyn", "Cynthia")
}

/// Ann talks with bob in the hall and with cyn in the cellar.
fn between_two() -> World {
    let mut server = Server::new(&[hall(), cellar()]);
    server.others = [(hall(), user(bob())), (cellar(), cyn())].into();
    World::new(&Faults::default(), &Arc::new(Mutex::new(server)))
}

fn say(world: &World, who: UserId, to: ConversationId, text: &str) {
    world.server.lock().unwrap().say(who, to, text, text);
}

/// The list as a screen shows it that follows the steps.
struct List {
    list: ConversationList,
    rows: Vec<Arc<ListItem>>,
}

impl List {
    fn of(client: &Client) -> Self {
        let list = client.conversation_list(ListFilter::default());
        let rows = Vec::new();
        Self { list, rows }
    }

    async fn until(&mut self, what: &str, wanted: impl Fn(&[Arc<ListItem>]) -> bool) {
        while self.rows.is_empty() || !wanted(&self.rows) {
            let next = tokio::time::timeout(Duration::from_secs(60), self.list.next()).await;
            let steps = next.unwrap_or_else(|_| panic!("{what}: {:?}", self.rows));
            for step in steps.unwrap() {
                assert!(step.apply(&mut self.rows));
            }
        }
    }

    async fn until_first(&mut self, id: ConversationId) {
        self.until("it comes first", |rows| rows[0].conversation.id == id)
            .await;
    }
}

/// Waits until the server was told to watch these.
async fn watched(world: &World, people: &[UserId]) {
    let people = serde_json::json!(people);
    let watched = async {
        while world.server.lock().unwrap().watched != people {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), watched).await;
    let now = world.server.lock().unwrap().watched.clone();
    in_time.unwrap_or_else(|_| panic!("{now} is watched instead of {people}"));
}

#[tokio::test(start_paused = true)]
async fn who_comes_onto_the_screen_of_the_list_is_watched_and_shown() {
    let world = between_two();
    let client = started(&world).await;
    let mut list = List::of(&client);
    say(&world, bob(), hall(), "one");
    list.until_first(hall()).await;
    list.list.set_visible(0..1);
    watched(&world, &[bob()]).await;
    let is_online = |row: &ListItem| {
        let presence = row.presence.as_ref();
        presence.is_some_and(|known| known.state == PresenceState::Online)
    };
    list.until("bob is here", |rows| is_online(&rows[0])).await;

    say(&world, cyn().id, cellar(), "one");
    say(&world, cyn().id, cellar(), "two");
    list.until_first(cellar()).await;

    watched(&world, &[cyn().id]).await;
    list.until("cyn is here", |rows| is_online(&rows[0])).await;
    assert_eq!(list.rows[1].presence, None);
    drop(list);
    watched(&world, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn who_writes_is_told_of_rows_on_the_screen_only_once_it_is_known_which() {
    let world = between_two();
    let client = started(&world).await;
    let mut list = List::of(&client);
    say(&world, bob(), hall(), "one");
    list.until_first(hall()).await;
    world.server.lock().unwrap().types(&user(bob()), hall());
    list.until("bob writes", |rows| rows[0].typing == ["bob"])
        .await;

    list.list.set_visible(1..2);
    list.until("he is not looked at", |rows| rows[0].typing.is_empty())
        .await;
    list.list.set_visible(0..1);
    list.until("he is again", |rows| rows[0].typing == ["bob"])
        .await;
    world.server.lock().unwrap().types(&cyn(), cellar());
    say(&world, bob(), hall(), "two");
    list.until("it is said", |rows| rows[0].unread_count == 2)
        .await;
    let typing = client.read(|state| state.conversation(cellar()).unwrap().typing().count());
    assert_eq!((typing, list.rows[1].typing.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn who_writes_comes_and_goes_with_the_row_where_nobody_is_watched_either() {
    let world = world(1);
    let client = started(&world).await;
    let mut list = List::of(&client);
    list.until_first(hall()).await;
    world.server.lock().unwrap().types(&user(bob()), hall());
    list.until("bob writes", |rows| rows[0].typing == ["bob"])
        .await;

    list.list.set_visible(1..2);
    list.until("he is not looked at", |rows| rows[0].typing.is_empty())
        .await;
    list.list.set_visible(0..1);
    list.until("he is again", |rows| rows[0].typing == ["bob"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn who_says_something_on_the_screen_of_a_timeline_is_watched_from_then_on() {
    let world = world(1);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    screen.updates.set_visible(3..9);
    watched(&world, &[bob()]).await;

    say(&world, cyn().id, hall(), "new");
    screen
        .until(&["start", "day 0", "unread", "m1", "new"])
        .await;

    watched(&world, &[bob(), cyn().id]).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_is_filtered_by_a_part_of_a_name_in_any_case() {
    let world = between_two();
    let client = started(&world).await;
    let mut list = List::of(&client);
    for (name, found) in [("CYNTH", cellar()), ("bo", hall()), ("nthia", cellar())] {
        list.list.set_filter(ListFilter {
            name: Some(name.to_owned()),
            ..ListFilter::default()
        });
        list.until(name, |rows| {
            rows.len() == 1 && rows[0].conversation.id == found
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_away_too_long_gets_everything_anew() {
    let world = world(1);
    let client = started(&world).await;
    let mut list = List::of(&client);
    list.until_first(hall()).await;
    for nth in 0..600 {
        say(&world, bob(), hall(), &format!("x{nth}"));
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;

    let steps = list.list.next().await.unwrap();

    let [Diff::Reset(rows)] = &steps[..] else {
        panic!("{steps:?}");
    };
    assert_eq!(rows[0].unread_count, 601);
}

#[tokio::test(start_paused = true)]
async fn one_jumps_to_a_message_that_only_the_server_has() {
    let world = world(30);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let old = world.server.lock().unwrap().messages[9].id;

    timeline.jump_to_message(old).await.unwrap();

    let shown = Screen::of(&timeline).await.shown();
    assert_eq!(shown[2..], ["m8", "m9", "m10", "m11"]);
    let elsewhere = client.conversation(cellar()).timeline(few()).await;
    let unknown = MessageId::new(Uuid::from_u128(999));
    for (timeline, id) in [(&elsewhere, old), (&timeline, unknown)] {
        let refused = timeline.jump_to_message(id).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    world.faults.set_offline(true);
    let away = timeline.jump_to_message(unknown).await;
    assert!(matches!(away, Err(Error::Network { .. })), "{away:?}");
}

fn newest(screen: &Screen) -> &TimelineMessage {
    match screen.rows.last() {
        Some(TimelineItem::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

async fn shows(screen: &mut Screen, wanted: impl Fn(&TimelineMessage) -> bool) {
    while !wanted(newest(screen)) {
        let next = tokio::time::timeout(Duration::from_secs(60), screen.updates.next()).await;
        let steps = next.unwrap_or_else(|_| panic!("{:?} stays", newest(screen)));
        screen.take(steps.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_done_to_a_message_on_its_way_is_shown_at_once() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let mut far = Far::accept(&mut opened).await;
    online(&client).await;
    let here = client.conversation(hall());
    let key = here.send(body("you fool")).client_id().clone();
    let frame = far.hear("message.send").await;
    let mut screen = Screen::of(&here.timeline(few()).await).await;

    here.react(key.clone(), Emoji::parse("👍").unwrap());
    here.edit(key.clone(), body("you"));
    shows(&mut screen, |row| {
        row.reactions.len() == 1 && row.edited_at.is_some()
    })
    .await;
    here.delete(key);
    shows(&mut screen, |row| {
        row.is_deleted && row.reactions.is_empty()
    })
    .await;
    assert_eq!(screen.shown().last().unwrap(), "queued");
    assert_eq!(client.conversation(hall()).row().unwrap().last_queued, None);

    // The message may be told before the answer is there: until that, what waits means it by its name here.
    let stored = net.world().store(ann(), frame.client_id(), "you fool");
    far.tell(&stored.0).await;
    let is_gone = |row: &TimelineMessage| match &row.said {
        Said::Stored(message) => message.deleted_at.is_some() && message.content.is_empty(),
        Said::Queued(_) => false,
    };
    shows(&mut screen, is_gone).await;
    assert_eq!(newest(&screen).waiting.len(), 3);
    far.answer(&frame, &stored).await;
    far.hear("reaction.add").await;
    assert!(is_gone(newest(&screen)));
}

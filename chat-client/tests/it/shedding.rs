//! Letting messages go that nobody looks at, and bringing them back.

use crate::{
    kit::{hall, online, said, seq, until},
    offline::{opened, world},
};
use chat_client::{Client, MemoryDisk};
use chat_core::{Emoji, History, State, Stretch};

/// A client that has seen everything.
async fn read_through(client: &Client) {
    while client.conversation(hall()).load_older(10).await.unwrap() {}
}

fn stretch(after: u64, through: u64) -> Stretch {
    Stretch {
        after: seq(after),
        through: seq(through),
    }
}

/// Every message that is known, also those with holes around them.
fn known(client: &Client) -> Vec<String> {
    client.read(|state| {
        let known = state.conversation(hall()).unwrap();
        let stretches = known.stretches().into_iter();
        let messages = stretches.flat_map(|stretch| known.messages_in(stretch));
        messages.map(|message| message.content.clone()).collect()
    })
}

fn ask(before: Option<u64>, after: Option<u64>) -> History {
    History {
        conversation_id: hall(),
        before: before.map(seq),
        after: after.map(seq),
        around: None,
        limit: Some(10),
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_let_go_comes_back_from_the_disk_without_a_server() {
    let world = world(9);
    let client = opened(&world, MemoryDisk::default()).await;
    online(&client).await;
    read_through(&client).await;
    let (here, seen) = (client.conversation(hall()), known(&client));
    world.faults.set_offline(true);

    here.keep_only(&[stretch(2, 4)]);

    assert_eq!(known(&client), ["m3", "m4", "m9"]);
    assert!(here.load(ask(Some(3), None)).await.unwrap());
    assert!(here.load(ask(None, Some(4))).await.unwrap());
    assert_eq!(known(&client), seen);
    assert_eq!(client.read(said), seen, "without a hole");
}

#[tokio::test(start_paused = true)]
async fn what_changed_while_it_was_let_go_comes_back_as_it_is_by_then() {
    let world = world(9);
    let client = opened(&world, MemoryDisk::default()).await;
    online(&client).await;
    read_through(&client).await;
    let (here, mut updates) = (client.conversation(hall()), client.updates());
    let fifth = |state: &State| state.conversation(hall())?.messages().nth(4).map(|m| m.id);
    let position = |state: &State| state.conversation(hall()).map(|known| known.position().seq);
    let (id, before) = (client.read(fifth).unwrap(), client.read(position));
    here.keep_only(&[]);
    assert_eq!(known(&client), ["m9"]);

    here.react(id, Emoji::parse("👍").unwrap())
        .done()
        .await
        .unwrap();
    until(&client, &mut updates, |state| position(state) > before).await;
    read_through(&client).await;

    let reactions = client.read(|state| {
        let known = state.conversation(hall())?.message(id)?;
        Some(known.extras.reactions.len())
    });
    assert_eq!((reactions, known(&client).len()), (Some(1), 9));
}

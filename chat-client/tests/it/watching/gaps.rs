//! What is missing in a timeline: it fills itself once it is on the screen, however late and however wide it is.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_was_on_the_screen_without_a_network_fills_itself_when_there_is_one() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    world.faults.set_offline(true);
    status(&client, |status| *status != Status::Online).await;
    screen.updates.set_visible(0..2);
    tokio::time::sleep(Duration::from_secs(1)).await;
    screen.catch_up().await;
    assert_eq!(screen.shown(), ["gap 0-9", "day 0", "m10"]);

    world.faults.set_offline(false);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_is_wider_than_what_is_fetched_at_once_fills_whole() {
    let world = world(30);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    timeline.load_older(21).await.unwrap();
    let mut screen = Screen::of(&timeline).await;
    // Everything is told anew while it is on the screen.
    client.disconnect().await;
    world.server.lock().unwrap().epoch += 1;
    online(&client).await;
    screen.until(&["gap 0-8", "gap 8-29", "day 0", "m30"]).await;

    screen.updates.set_visible(1..4);

    let mut wanted = vec!["day 0".to_owned()];
    wanted.extend((9..=30).map(|nth| format!("m{nth}")));
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    screen.until(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_on_the_screen_before_they_are_told_are_filled_too() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen {
        updates: timeline.observe(),
        rows: Vec::new(),
    };

    screen.updates.set_visible(0..2);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_a_row_that_fills_itself_on_the_screen() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    assert_eq!(screen.shown(), ["gap 0-9", "day 0", "m10"]);

    screen.updates.set_visible(0..2);
    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
    screen.updates.set_visible(3..5);
    screen.updates.set_visible(0..1);
    screen
        .until(&[
            "gap 0-1", "day 0", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10",
        ])
        .await;
    timeline.load_older(50).await.unwrap();

    assert!(!timeline.load_older(50).await.unwrap());
    assert_eq!(
        Screen::of(&timeline).await.shown()[..3],
        ["start", "day 0", "unread"]
    );
}

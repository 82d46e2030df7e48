//! What the app says of the world around: short wake-ups end as soon as there is nothing that their time would do, and good
//! news hurries what waits.

use crate::kit::{Far, Net, bob, client, hall, seq, status};
use chat_client::{Client, Status, test_kit::body};
use chat_core::ConversationId;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

const BUDGET: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn a_wake_up_that_the_app_lets_go_of_ends_then() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.conversation(hall()).send(body("hello"));
    let began = Instant::now();
    let lets_go = async {
        let mut far = Far::accept(&mut opened).await;
        far.hear("message.send").await;
        client.disconnect().await;
    };

    let (woken, ()) = tokio::join!(client.sync_once(BUDGET), lets_go);

    let woken = woken.unwrap();
    assert_eq!((woken.is_caught_up, woken.queued), (false, 1));
    assert!(began.elapsed() < BUDGET);
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_does_not_wait_for_a_file_that_pauses_for_longer() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let file = tempfile::NamedTempFile::new().unwrap();
    net.world().foreign_uploads = vec![502; 100];
    let here = client.conversation(hall());
    here.upload(file.path(), "map.png", "image/png");
    let began = Instant::now();
    let server = Far::accept(&mut opened);

    let (woken, _far) = tokio::join!(client.sync_once(BUDGET), server);

    let woken = woken.unwrap();
    assert_eq!((woken.is_caught_up, woken.queued), (true, 1));
    assert!(began.elapsed() < BUDGET);
    assert_eq!(client.sendable(), 1, "it is tried again another time");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_pauses_is_tried_where_the_network_is_back_or_somebody_looks() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    let file = tempfile::NamedTempFile::new().unwrap();
    client.start();
    let _far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;
    let news: [[fn(&Client); 2]; 2] = [
        [
            |client| client.network_changed(false),
            |client| client.network_changed(true),
        ],
        [Client::background, Client::foreground],
    ];
    for [bad, good] in news {
        bad(&client);
        net.world().foreign_uploads = vec![502];
        let upload = client
            .conversation(hall())
            .upload(file.path(), "map.png", "image/png");
        // It has been refused by then, and pauses for longer than a second.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(net.world().foreign_uploads.is_empty());

        let began = Instant::now();
        good(&client);

        upload.done().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_tells_all_read_marks_and_that_what_came_is_here_and_counts_what_is_refused() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    for number in 0..40 {
        let here = ConversationId::new(Uuid::from_u128(number));
        client.conversation(here).mark_read(seq(1));
    }
    net.world().store(bob(), "b1", "hello");
    let began = Instant::now();
    let server = async {
        let mut far = Far::accept(&mut opened).await;
        let first = far.hear("read").await;
        let not_now = json!({"code": "rate_limited", "detail": "", "retry_after_ms": 60_000});
        far.answer_with(&first, "error", &not_now).await;
        for _ in 1..40 {
            let mark = far.hear("read").await;
            far.answer_with(&mark, "ok", &json!({})).await;
        }
        let came = far.hear("delivered").await;
        far.answer_with(&came, "ok", &json!({})).await;
        far
    };

    let (woken, _far) = tokio::join!(client.sync_once(BUDGET), server);

    let woken = woken.unwrap();
    assert_eq!((woken.is_caught_up, woken.queued), (true, 1));
    assert!(began.elapsed() < BUDGET);
}

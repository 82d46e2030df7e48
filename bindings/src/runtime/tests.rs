//! What is pulled and what is spawned; and that nothing is done before it is spawned.

use super::*;
use crate::{ClientConfig, MessageTarget, SearchQuery};
use std::{
    fs,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

#[test]
fn who_stops_waiting_loses_nothing_and_nothing_is_made_before_it_is_wanted() {
    let made = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&made);
    let pull = Pull::new(|taker| async move {
        for number in 0..100 {
            let room = taker.room().await;
            count.fetch_add(1, Ordering::SeqCst);
            room.send(number);
            tokio::task::yield_now().await;
        }
        None
    });
    RUNTIME.block_on(async {
        for number in 0..100 {
            for pause in 0..3 {
                let waited = tokio::time::timeout(Duration::from_micros(pause), pull.ready());
                waited.await.ok();
            }
            assert!(pull.ready().await);
            assert_eq!(made.load(Ordering::SeqCst), number + 1);
            assert_eq!(pull.take(), Some(number));
        }
        assert_eq!((pull.next().await, pull.ready().await), (None, false));
    });
}

#[test]
fn a_task_that_nobody_watches_any_more_ends() {
    let (alive, mut ended) = tokio::sync::oneshot::channel::<()>();
    let pull = Pull::<()>::new(|taker| async move {
        let _alive = alive;
        taker.room().await;
        std::future::pending().await
    });
    drop(pull);
    let waited = async { tokio::time::timeout(Duration::from_secs(60), &mut ended).await };
    assert!(RUNTIME.block_on(waited).expect("it ends").is_err());
}

#[test]
fn a_panic_is_an_error_and_what_was_begun_is_finished() {
    let failed = RUNTIME.block_on(finish::<()>(async { panic!("on purpose") }));
    assert!(
        matches!(failed, Err(ChatError::Internal { .. })),
        "{failed:?}"
    );

    let (go, gate) = tokio::sync::oneshot::channel::<()>();
    let (tell, told) = tokio::sync::oneshot::channel();
    let work = async move {
        gate.await.ok();
        tell.send(()).ok();
        Ok(())
    };
    RUNTIME.block_on(async {
        let waited = tokio::time::timeout(Duration::from_millis(1), finish(work)).await;
        assert!(waited.is_err());
        go.send(()).expect("it goes on though nobody waits");
        assert_eq!(told.await, Ok(()));
    });
}

type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), ChatError>> + 'a>>;

/// Calls with an argument that is wrong, one for each way in which arguments are looked at.
fn wrong(client: &ChatClient) -> Vec<Asked<'_>> {
    let (id, text) = (|| "no id".to_owned(), String::new);
    let target = || MessageTarget::Stored { message_id: id() };
    let query = SearchQuery {
        text: None,
        conversation_id: Some(id()),
        sender_id: None,
        before_ms: None,
        after_ms: None,
        limit: 10,
        cursor: None,
    };
    vec![
        Box::pin(async move { client.send(id(), text()).await.map(drop) }),
        Box::pin(client.edit(id(), target(), text())),
        Box::pin(client.set_draft(id(), None)),
        Box::pin(async move { client.outbox(Some(id())).await.map(drop) }),
        Box::pin(async move { client.conversation(id()).await.map(drop) }),
        Box::pin(async move { client.search(query).await.map(drop) }),
        Box::pin(client.set_display_name(text())),
        Box::pin(client.block(id())),
        Box::pin(async move { client.timeline(id(), None).await.map(drop) }),
        Box::pin(async move { client.avatar(id(), 64).await.map(drop) }),
    ]
}

#[test]
fn an_argument_is_looked_at_on_a_thread_of_the_sdk() {
    let config = ClientConfig {
        server_url: "http://127.0.0.1:1".into(),
        store_path: None,
        store_key: None,
        device_name: None,
        user_id: None,
    };
    let client = RUNTIME
        .block_on(ChatClient::open(config, None, None))
        .expect("it opens");
    // All threads of the SDK stand still: what is done now is done on this one.
    let (begun, held) = (
        Arc::new(Barrier::new(THREADS + 1)),
        Arc::new(Barrier::new(THREADS + 1)),
    );
    for _ in 0..THREADS {
        let (begun, held) = (Arc::clone(&begun), Arc::clone(&held));
        RUNTIME.spawn(async move {
            begun.wait();
            held.wait();
        });
    }
    begun.wait();
    let mut calls = wrong(&client);
    let mut context = Context::from_waker(Waker::noop());
    let early: Vec<_> = (calls.iter_mut())
        .map(|call| call.as_mut().poll(&mut context))
        .collect();
    held.wait();
    assert!(early.iter().all(Poll::is_pending), "{early:?}");

    for (number, call) in calls.into_iter().enumerate() {
        let ended = RUNTIME.block_on(call);
        assert!(
            matches!(ended, Err(ChatError::InvalidInput { .. })),
            "{number}: {ended:?}"
        );
    }
}

/// How the body of a call may begin: with what it keeps of the object, and then with the one that spawns it.
const KEPT: [&str; 2] = [
    "let client = self.client.clone();",
    "let timeline = self.timeline.clone();",
];
const SPAWNED: [&str; 9] = [
    "self.finish(",
    "self.ask(",
    "self.read(",
    "self.told(",
    "self.act(",
    "self.send_message(",
    "ask(",
    "finish(",
    "self.0",
];

#[test]
fn no_call_does_anything_before_it_is_spawned() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut calls = 0;
    for file in files {
        let code = fs::read_to_string(&file).expect("a source can be read");
        for call in code.split("    pub async fn ").skip(1) {
            let (_, body) = call.split_once(" {\n").expect("a call has a body");
            let mut lines = body.lines().map(str::trim);
            let first = lines.find(|line| !KEPT.contains(line) && !line.starts_with("//"));
            let first = first.unwrap_or_default();
            assert!(
                SPAWNED.iter().any(|begin| first.starts_with(begin)),
                "{}: this is done on the caller's thread: {first}",
                file.display()
            );
            calls += 1;
        }
    }
    assert!(calls > 50, "{calls}");
}

fn sources(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("there are sources") {
        let path = entry.expect("an entry can be read").path();
        match path.is_dir() {
            true => sources(&path, files),
            false if path.ends_with("tests.rs") => {}
            false => files.push(path),
        }
    }
}

//! The chat inside other programs: the examples as they are handed out, and what an embedder is promised.

mod axum_app;
mod inside;
mod plain_hyper;
mod words;

use chat_tests::{Door, Home, Opening, Serving, program};
use serde_json::json;
use std::path::Path;

/// An example, running in a home of its own.
async fn example(home: &Home, name: &str) -> Serving {
    let path = Path::new("examples").join(name);
    Serving::start(&mut home.command(program(&path.display().to_string()))).await
}

/// Where a program's chat is, below a prefix.
fn door(serving: &Serving, prefix: &str) -> Door {
    Door::mounted(serving.address.parse().expect("an address"), prefix)
}

/// The documents are there, and name addresses that exist.
async fn expect_documents(chat: &Door) {
    let page = chat.get("/docs").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let document = chat.get("/api/openapi.json").await.ok();
    let server = document["servers"][0]["url"]
        .as_str()
        .expect("a server")
        .to_owned();
    let paths = document["paths"].as_object().expect("paths").keys();
    let me = paths
        .into_iter()
        .find(|path| path.ends_with("/users/me"))
        .expect("a path");
    let answer = Door::mounted(chat.address(), &server).get(me).await;
    assert_eq!(answer.problem(), (401, "unauthenticated"), "{server}{me}");
}

/// A program that is told to stop says goodbye to its sockets, and ends well.
async fn expect_goodbye(serving: Serving, somebody: &Door) {
    let mut socket = Opening::new(somebody).open().await;
    assert!(socket.call("ping", json!({})).await.is_ok());

    serving.process.signal(rustix::process::Signal::TERM);

    assert_eq!(socket.expect_close().await.0, 4000);
    let ended = serving.process.ended().await;
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), ""),
        "{ended:?}"
    );
}

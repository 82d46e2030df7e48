//! A server with ann, who looks after it, and ben, both signed in on the same command line.

use super::{create, login, serve};
use chat_tests::{Ended, Home, Serving};
use serde_json::Value;

pub(super) struct House {
    pub(super) home: Home,
    pub(super) server: Serving,
}

impl House {
    pub(super) async fn open() -> Self {
        let home = Home::new();
        create(&home, "ann", &["--admin"]).await;
        create(&home, "ben", &[]).await;
        let server = serve(&home, "127.0.0.1:0").await;
        login(&home, &server, "ann").await;
        login(&home, &server, "ben").await;
        Self { home, server }
    }

    /// Runs a command as somebody.
    pub(super) async fn run(&self, who: &str, words: &[&str]) -> Ended {
        self.home.run(&[words, &["--as", who]].concat()).await
    }

    /// Runs a command as somebody, its words as they are typed, none of them with a space in it; what it prints.
    pub(super) async fn typed(&self, who: &str, line: &str) -> Vec<Value> {
        let words: Vec<_> = line.split(' ').collect();
        self.run(who, &words).await.json()
    }

    /// The lines that ann gets.
    pub(super) async fn ann(&self, words: &[&str]) -> Vec<Value> {
        self.run("ann", words).await.json()
    }

    /// The lines that ben gets.
    pub(super) async fn ben(&self, words: &[&str]) -> Vec<Value> {
        self.run("ben", words).await.json()
    }

    /// Ann opens a group with ben.
    pub(super) async fn group(&self, title: &str) {
        self.ann(&["conversation", "create", "--title", title, "ben"])
            .await;
    }

    /// Ann says something to a conversation; its id.
    pub(super) async fn say(&self, conversation: &str, text: &str) -> String {
        let sent = self.ann(&["message", "send", conversation, text]).await;
        text_of(&sent[0], "id")
    }
}

/// A field that is text.
#[track_caller]
pub(super) fn text_of(value: &Value, key: &str) -> String {
    let text = value[key].as_str();
    text.unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}

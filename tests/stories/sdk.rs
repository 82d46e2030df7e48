//! The SDK against a real server: live, away, signed in and out.

mod away;
mod live;
mod pages;
mod releases;
mod tokens;

use chat_client::Client;
use chat_core::ConversationId;
use chat_tests::{Server, sdk};

/// Ann and ben, connected, with a group of the two.
async fn ann_and_ben(server: &str) -> (Client, Client, ConversationId) {
    let (ann, ben) = (
        sdk::registered(server, "ann").await,
        sdk::registered(server, "ben").await,
    );
    let group = sdk::group(&ann, &[ben.me().expect("signed in")]).await;
    sdk::online(&ann).await;
    sdk::online(&ben).await;
    (ann, ben, group)
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

//! The scenario over plain HTTP in which everybody says something: messages posted into one conversation.

use super::{
    bound::BoundArgs,
    http::{self, Calls, CallsReport},
    scan,
    setup::{Account, Opened},
    socket::Target,
};
use crate::error::Result;
use hyper::{Request, StatusCode, header, http::request};
use uuid::Uuid;

/// Posts within the bounds, one connection for each account.
pub(crate) async fn play(
    target: &Target,
    opened: Opened,
    accounts: Vec<Account>,
    bound: BoundArgs,
) -> Result<CallsReport> {
    let uri = format!(
        "{}/api/v1/conversations/{}/messages",
        target.prefix, opened.id
    );
    let posts = |by| Posts {
        uri: uri.clone(),
        by: by as u64,
    };
    http::play("rest", target, accounts, posts, bound).await
}

#[derive(Clone)]
struct Posts {
    uri: String,
    by: u64,
}

impl Calls for Posts {
    fn request(&mut self, at_us: u64) -> (request::Builder, String) {
        let (id, content) = (Uuid::now_v7(), scan::content(at_us, self.by));
        let body = format!(r#"{{"client_id":"{id}","content":"{content}"}}"#);
        let request = Request::post(&self.uri).header(header::CONTENT_TYPE, "application/json");
        (request, body)
    }

    fn is_right(&self, status: StatusCode, _: &[u8]) -> bool {
        status == StatusCode::CREATED
    }
}

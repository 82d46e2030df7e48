//! The scenario in which people look back: pages of a long conversation, the newest and those far above it.

use super::{
    bound::BoundArgs,
    http::{self, Calls, CallsReport},
    setup::{Account, Opened},
    socket::Target,
};
use crate::error::Result;
use hyper::{Request, StatusCode, http::request};

/// Messages on a page.
const PAGE: u64 = 50;

/// Reads pages within the bounds, one connection for each account: every second one is the newest.
pub(crate) async fn play(
    target: &Target,
    opened: Opened,
    accounts: Vec<Account>,
    bound: BoundArgs,
) -> Result<CallsReport> {
    let uri = format!(
        "{}/api/v1/conversations/{}/messages?limit={PAGE}",
        target.prefix, opened.id
    );
    let looks = |by| Looks {
        uri: uri.clone(),
        last_seq: opened.last_seq,
        count: by as u64,
        before: 0,
    };
    http::play("history", target, accounts, looks, bound).await
}

#[derive(Clone)]
struct Looks {
    uri: String,
    last_seq: u64,
    count: u64,
    /// Where the page ends that was asked for.
    before: u64,
}

impl Calls for Looks {
    fn request(&mut self, _: u64) -> (request::Builder, String) {
        self.count += 1;
        let newest = self.last_seq + 1;
        let uri = match self.count % 2 {
            0 => {
                self.before = newest;
                self.uri.clone()
            }
            _ => {
                // All over the log, in steps that have nothing to do with its length.
                let jump = self.count.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                self.before = 2 + jump % newest.max(3).saturating_sub(2);
                format!("{}&before={}", self.uri, self.before)
            }
        };
        (Request::get(uri), String::new())
    }

    fn is_right(&self, status: StatusCode, body: &[u8]) -> bool {
        let expected = (self.before - 1).min(PAGE);
        status == StatusCode::OK && count(body, b"\"seq\":") == expected
    }
}

/// How often a mark stands in a text.
fn count(text: &[u8], mark: &[u8]) -> u64 {
    text.windows(mark.len())
        .filter(|part| *part == mark)
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_lies_in_the_log_and_is_expected_whole() {
        let mut looks = Looks {
            uri: "/m?limit=50".to_owned(),
            last_seq: 200,
            count: 0,
            before: 0,
        };
        let mut early = 0;
        for _ in 0..1_000 {
            looks.request(0);
            assert!((2..=201).contains(&looks.before), "{}", looks.before);
            early += u64::from(looks.before < 100);
        }

        assert!(early > 100, "{early}");
        let page = b"{\"seq\":1}".repeat(50);
        looks.before = 201;
        assert!(looks.is_right(StatusCode::OK, &page));
        looks.before = 10;
        assert!(!looks.is_right(StatusCode::OK, &page));
    }
}

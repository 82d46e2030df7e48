//! Calls that are worth repeating: too many at once, or a server that is away for a moment.
//!
//! What may have been done is only repeated where doing it twice changes nothing.

use crate::error::{Error, Result};
use chat_core::Code;
use std::time::Duration;

/// Tries while the server cannot be reached.
const TRIES: u32 = 4;
/// What a refusal without a time to wait means.
const PAUSE_MS: u64 = 1_000;

/// One wait is never longer, whatever the server says.
const LONGEST_MS: u64 = 5 * 60 * 1_000;

/// Which failed calls are made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Those that the server refused for now, and a few times those whose outcome is not known: for calls that change
    /// nothing when they are made twice.
    Unknown,
    /// Only those that the server refused because there were too many: nothing was done.
    Refused,
}

/// Makes a call again while the server asks to come back later, for as long as it takes; and a few times when it cannot
/// be reached.
pub(crate) async fn patiently<T>(
    call: impl AsyncFnMut() -> std::result::Result<T, chat_client::Error>,
) -> Result<T> {
    wait_out(Repeat::Unknown, |_| {}, call).await
}

/// The same, and says with `limited` when a wait for the server's limit begins and when it ends.
pub(crate) async fn wait_out<T>(
    repeat: Repeat,
    limited: impl Fn(bool),
    mut call: impl AsyncFnMut() -> std::result::Result<T, chat_client::Error>,
) -> Result<T> {
    let mut tries = 0;
    loop {
        let error = match call().await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        let is_limit = error.code() == Code::RateLimited;
        if !is_limit {
            tries += 1;
            if repeat == Repeat::Refused || !error.is_retryable() || tries >= TRIES {
                return Err(Error::Client(error));
            }
        }
        let wait_ms = wait_ms(error.retry_after_ms(), tries);
        tracing::debug!(wait_ms, %error, "waiting");
        if is_limit {
            limited(true);
        }
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        if is_limit {
            limited(false);
        }
    }
}

fn wait_ms(asked: Option<u64>, tries: u32) -> u64 {
    asked
        .unwrap_or(PAUSE_MS * u64::from(tries.max(1)))
        .min(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::Problem;

    fn refusal(code: Code) -> chat_client::Error {
        Problem::new(code, "later").after_ms(1).into()
    }

    #[tokio::test]
    async fn too_many_calls_are_waited_out() {
        let mut calls = 0;

        let reply = patiently(async || {
            calls += 1;
            if calls < 9 {
                Err(refusal(Code::RateLimited))
            } else {
                Ok(calls)
            }
        });

        assert_eq!(reply.await.unwrap(), 9);
    }

    #[tokio::test]
    async fn what_may_have_been_done_is_not_repeated_and_waits_are_told() {
        let (mut calls, told) = (0, std::cell::RefCell::new(Vec::new()));

        let reply = wait_out(
            Repeat::Refused,
            |waits| told.borrow_mut().push(waits),
            async || {
                calls += 1;
                match calls {
                    1 => Err::<(), _>(refusal(Code::RateLimited)),
                    _ => Err(refusal(Code::Unavailable)),
                }
            },
        );

        assert!(reply.await.is_err());
        assert_eq!((calls, told.into_inner()), (2, vec![true, false]));
    }

    #[test]
    fn no_wait_is_endless() {
        assert_eq!(wait_ms(Some(10), 1), 10);
        assert_eq!(wait_ms(Some(u64::MAX), 1), LONGEST_MS);
        assert_eq!(wait_ms(None, 2), 2 * PAUSE_MS);
    }

    #[tokio::test]
    async fn a_server_that_stays_away_is_given_up_and_a_refusal_at_once() {
        for (code, expected) in [(Code::Unavailable, 4), (Code::NotFound, 1)] {
            let mut calls = 0;

            let reply = patiently(async || {
                calls += 1;
                Err::<(), _>(refusal(code))
            });

            assert_eq!(reply.await.unwrap_err().exit_code(), code.exit_code());
            assert_eq!(calls, expected);
        }
    }
}

//! Calls that are worth repeating: too many at once, or a server that is away for a moment.
//!
//! Only for calls that change nothing when they are made twice.

use crate::error::{Error, Result};
use chat_core::Code;
use std::time::Duration;

/// Tries while the server cannot be reached.
const TRIES: u32 = 4;
/// What a refusal without a time to wait means.
const PAUSE_MS: u64 = 1_000;

/// Makes a call again while the server asks to come back later, for as long as it takes; and a few times when it cannot
/// be reached.
pub(crate) async fn patiently<T>(
    mut call: impl AsyncFnMut() -> std::result::Result<T, chat_client::Error>,
) -> Result<T> {
    let mut tries = 0;
    loop {
        let error = match call().await {
            Ok(reply) => return Ok(reply),
            Err(error) if error.is_retryable() => error,
            Err(error) => return Err(Error::Client(error)),
        };
        if error.code() != Code::RateLimited {
            tries += 1;
            if tries >= TRIES {
                return Err(Error::Client(error));
            }
        }
        let wait_ms = error
            .retry_after_ms()
            .unwrap_or(PAUSE_MS * u64::from(tries.max(1)));
        tracing::debug!(wait_ms, %error, "waiting");
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
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

//! Waiting for what nobody tells of: a screen, a file, another process. The only place that looks again and again.

use crate::DEADLINE;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long after one look the next one comes.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Looks until there is something to see.
///
/// # Panics
/// With `what` and the last thing seen, when the deadline passes.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) if Instant::now() >= deadline => {
                panic!("{what}: did not happen within {DEADLINE:?}; last seen:\n{last}")
            }
            Err(_) => sleep(LOOK_AGAIN).await,
        }
    }
}

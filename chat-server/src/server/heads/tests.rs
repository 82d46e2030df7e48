//! How often is looked, and how often something is said.

use super::*;

#[tokio::test(start_paused = true)]
async fn whatever_gets_lost_is_looked_for_once_a_second_at_most() {
    let began = Instant::now();
    assert_eq!(soon_after(None), began, "nobody has looked yet");

    for ms in [0, 999, 5_000] {
        let looked = began + Duration::from_millis(ms);
        assert_eq!(soon_after(Some(looked)), looked + Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_is_said_once_a_minute_at_most() {
    let mut said_at = None;
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(may_say(&mut said_at));
        tokio::time::advance(Duration::from_secs(20)).await;
    }

    assert_eq!(said, [true, false, false, true, false]);
}

#[test]
fn sessions_are_looked_for_as_long_as_a_token_lives_by_any_clock() {
    let config = Config {
        access_token_s: 600,
        ..Config::default()
    };
    let now = Timestamp::from_ms(10_000_000);

    let since = ended_since(&config, now);

    assert_eq!(since, now.plus_ms(-600_000 - 7_200_000));
}

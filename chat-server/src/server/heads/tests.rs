//! How often is looked, and how often something is said.

use super::*;

#[test]
fn whatever_gets_lost_is_looked_for_once_a_second_at_most() {
    let began = Instant::now();
    assert_eq!(soon_after(None, began), began, "nobody has looked yet");

    for ms in [0, 999, 5_000] {
        let looked = began + Duration::from_millis(ms);
        assert_eq!(
            soon_after(Some(looked), began),
            looked + Duration::from_secs(1)
        );
    }
}

#[test]
fn the_same_is_said_once_a_minute_at_most() {
    let (mut said_at, began) = (None, Instant::now());

    let at = [0, 20, 40, 60, 80].map(|s| began + Duration::from_secs(s));
    let said = at.map(|now| may_say(&mut said_at, now));

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

//! How long it waits before it comes back, and what it forgets meanwhile.

use super::*;
use crate::connection::loss::{AWAY_MOST_MS, BACKOFF_MOST_MS};

#[test]
fn the_delay_is_anything_up_to_a_doubling_limit_of_30_s() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    for limit_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        bench.dice = 0.999_999;
        bench.give(Event::DialFailed {
            reason: "no".into(),
            retry_after_ms: None,
        });

        let wait_ms = bench.waits_ms();
        assert!((limit_ms - 1..limit_ms).contains(&wait_ms), "{wait_ms}");

        assert_eq!(bench.pass(wait_ms - 1), []);
        assert_eq!(bench.pass(1), [Effect::Dial { renew: false }]);
    }
    assert_eq!(backoff_ms(u32::MAX, 0.0), 0);
    assert!(backoff_ms(u32::MAX, 1.0) <= BACKOFF_MOST_MS);
}

#[test]
fn a_failure_is_forgotten_for_every_5_s_of_health() {
    for (lived_ms, limit_ms) in [
        (4_999, 4_000),
        (5_000, 2_000),
        (10_000, 1_000),
        (15_000, 500),
        (900_000, 500),
    ] {
        let mut bench = Bench::online();
        bench.link.failures = 3;
        bench.now_ms += lived_ms;
        bench.dice = 0.999_999;

        bench.break_off();

        assert_eq!(bench.waits_ms(), limit_ms - 1, "after {lived_ms}");
    }
}

#[test]
fn a_long_outage_is_forgotten_after_half_a_minute_of_health() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    for _ in 0..50 {
        bench.give(Event::DialFailed {
            reason: "no".into(),
            retry_after_ms: None,
        });
        let wait_ms = bench.waits_ms();
        bench.pass(wait_ms);
    }
    assert_eq!(bench.link.status(), Status::Connecting { attempt: 51 });
    bench.open();
    bench.now_ms += 30_000;
    bench.dice = 0.999_999;

    bench.break_off();

    assert_eq!(bench.waits_ms(), 499);
}

#[test]
fn a_connection_that_never_caught_up_makes_nothing_forgotten() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    bench.link.failures = 3;
    bench.give(Event::Opened);
    bench.give(Event::Ready {
        heartbeat_ms: 25_000,
    });
    bench.now_ms += 20_000;
    bench.dice = 0.999_999;

    bench.break_off();

    assert_eq!(bench.waits_ms(), 3_999);
}

#[test]
fn a_server_that_goes_away_is_no_failure_once_everything_was_there() {
    let mut bench = Bench::online();
    bench.close(4000, "700");
    assert_eq!(bench.link.failures, 0);

    let mut bench = Bench::new();
    bench.give(Event::Start);
    bench.give(Event::Opened);
    bench.close(4000, "700");
    assert_eq!(bench.link.failures, 1);
}

#[test]
fn a_server_that_sends_away_at_once_is_not_obeyed_twice() {
    let mut bench = Bench::online();
    bench.dice = 0.0;
    let at_once = [Effect::HangUp, Effect::Dial { renew: false }];
    assert_eq!(bench.close(4000, "0"), at_once);
    for _ in 0..3 {
        bench.open();
        if bench.close(4000, "0") == [Effect::HangUp] {
            assert!(bench.waits_ms() >= 500);
            return;
        }
    }
    panic!("it goes round and round");
}

#[test]
fn a_server_that_goes_away_says_when_to_come_back() {
    let mut bench = Bench::online();

    assert_eq!(bench.close(4000, "1234"), [Effect::HangUp]);

    assert_eq!(bench.waits_ms(), 1_234);
    assert_eq!(bench.pass(1_233), []);
    assert_eq!(bench.pass(1), [Effect::Dial { renew: false }]);
}

#[test]
fn a_senseless_delay_is_bounded() {
    for (reason, most_ms) in [("99999999999999", AWAY_MOST_MS), ("-1", 500), ("soon", 500)] {
        let mut bench = Bench::online();
        bench.close(4000, reason);
        assert!(bench.waits_ms() <= most_ms, "{reason}");
    }
}

//! What the app says of the world around.

use super::*;

#[test]
fn without_a_network_nothing_is_tried_until_there_is_one() {
    let mut bench = Bench::new();
    bench.give(Event::Network(false));
    assert_eq!(bench.give(Event::Start), []);
    assert_eq!(bench.link.status(), Status::WaitingForNetwork);
    assert_eq!(bench.link.next_tick(), None);

    assert_eq!(
        bench.give(Event::Network(true)),
        [Effect::Dial { renew: false }]
    );
}

#[test]
fn a_connection_that_waits_or_is_being_made_gives_up_without_a_network() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    assert_eq!(bench.give(Event::Network(false)), [Effect::HangUp]);
    assert_eq!(bench.link.status(), Status::WaitingForNetwork);

    let mut bench = Bench::online();
    bench.break_off();
    bench.give(Event::Network(false));
    assert_eq!(bench.link.status(), Status::WaitingForNetwork);
}

#[test]
fn a_live_connection_makes_sure_and_then_waits_for_the_network() {
    let mut bench = Bench::online();

    assert_eq!(bench.give(Event::Network(false)), [Effect::Ping]);
    assert_eq!(bench.link.status(), Status::Online);
    assert_eq!(bench.pass(PROBE_MS), [Effect::HangUp]);

    assert_eq!(bench.link.status(), Status::WaitingForNetwork);
}

#[test]
fn who_lost_the_network_while_a_token_was_renewed_is_not_signed_out() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    assert_eq!(
        bench.give(Event::TokenRefused),
        [Effect::Dial { renew: true }]
    );
    bench.give(Event::Network(false));
    // The old token is all that there is.
    assert_eq!(
        bench.give(Event::Network(true)),
        [Effect::Dial { renew: false }]
    );

    assert_eq!(
        bench.give(Event::TokenRefused),
        [Effect::Dial { renew: true }]
    );
}

#[test]
fn who_asks_for_a_try_gets_one_whatever_was_said_of_the_network() {
    let mut bench = Bench::new();
    bench.give(Event::Network(false));
    bench.give(Event::Start);

    assert_eq!(bench.give(Event::Hurry), [Effect::Dial { renew: false }]);
}

#[test]
fn who_looks_at_it_gets_a_try_whatever_was_said_of_the_network() {
    let mut bench = Bench::new();
    bench.give(Event::Background(true));
    bench.give(Event::Network(false));
    bench.give(Event::Start);
    assert_eq!(bench.link.status(), Status::WaitingForNetwork);

    assert_eq!(
        bench.give(Event::Background(false)),
        [Effect::Dial { renew: false }]
    );
}

#[test]
fn in_the_background_the_delay_grows_up_to_five_minutes_and_ends_with_a_look() {
    let mut bench = Bench::new();
    bench.give(Event::Background(true));
    bench.give(Event::Start);
    bench.dice = 0.999_999;
    for _ in 0..12 {
        bench.give(Event::DialFailed {
            reason: "no".into(),
            retry_after_ms: None,
        });
        let wait_ms = bench.waits_ms();
        bench.pass(wait_ms);
    }
    bench.give(Event::DialFailed {
        reason: "no".into(),
        retry_after_ms: None,
    });
    assert_eq!(bench.waits_ms(), 299_999);

    assert_eq!(
        bench.give(Event::Background(false)),
        [Effect::Dial { renew: false }]
    );
}

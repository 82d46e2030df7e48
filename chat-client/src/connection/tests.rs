//! The state machine without a network or a clock: what follows from what, at which time.

mod backoff;
mod hints;
mod properties;

use super::*;
use chat_core::Close;

const CALM: f64 = 0.5;

/// A machine with the time it lives in.
struct Bench {
    link: Link,
    now_ms: u64,
    dice: f64,
}

impl Bench {
    fn new() -> Self {
        Self {
            link: Link::new(),
            now_ms: 1_000,
            dice: CALM,
        }
    }

    fn online() -> Self {
        let mut bench = Self::new();
        bench.connect();
        bench
    }

    fn give(&mut self, event: Event) -> Vec<Effect> {
        let moment = Moment {
            now_ms: self.now_ms,
            dice: self.dice,
        };
        let (link, effects) = step(self.link.clone(), event, moment);
        self.link = link;
        effects
    }

    fn connect(&mut self) {
        self.give(Event::Start);
        self.open();
    }

    fn open(&mut self) {
        self.give(Event::Opened);
        self.give(Event::Ready {
            heartbeat_ms: 25_000,
        });
        self.give(Event::Synced { again: false });
        assert_eq!(self.link.status(), Status::Online);
    }

    fn pass(&mut self, ms: u64) -> Vec<Effect> {
        self.now_ms += ms;
        self.give(Event::Tick)
    }

    fn close(&mut self, code: u16, reason: &str) -> Vec<Effect> {
        self.give(Event::Closed {
            code: Some(code),
            reason: reason.into(),
        })
    }

    fn break_off(&mut self) -> Vec<Effect> {
        self.give(Event::Closed {
            code: None,
            reason: "cut".into(),
        })
    }

    fn waits_ms(&self) -> u64 {
        match self.link.status() {
            Status::Waiting { retry_in_ms, .. } => retry_in_ms,
            status => panic!("{status:?}"),
        }
    }
}

#[test]
fn a_connection_is_online_after_ready_and_a_whole_sync() {
    let mut bench = Bench::new();

    assert_eq!(bench.give(Event::Start), [Effect::Dial { renew: false }]);
    assert_eq!(bench.give(Event::Opened), []);
    assert!(!bench.link.is_live());
    let ready = Event::Ready {
        heartbeat_ms: 25_000,
    };
    assert_eq!(bench.give(ready), [Effect::Sync]);
    assert_eq!(bench.link.status(), Status::CatchingUp);
    assert_eq!(bench.give(Event::Synced { again: true }), [Effect::Sync]);
    assert_eq!(bench.give(Event::Synced { again: false }), []);
    assert_eq!(bench.link.status(), Status::Online);
}

#[test]
fn an_expired_token_is_renewed_at_once_but_not_in_circles() {
    let mut bench = Bench::online();
    let again = bench.close(4001, "");
    assert_eq!(again, [Effect::HangUp, Effect::Dial { renew: true }]);

    bench.open();
    assert_eq!(bench.close(4001, ""), [Effect::HangUp]);
    let wait_ms = bench.waits_ms();
    assert_eq!(bench.pass(wait_ms), [Effect::Dial { renew: true }]);
}

#[test]
fn a_refused_token_is_renewed_once() {
    let mut bench = Bench::new();
    bench.give(Event::Start);

    assert_eq!(
        bench.give(Event::TokenRefused),
        [Effect::Dial { renew: true }]
    );
    assert_eq!(bench.give(Event::TokenRefused), [Effect::HangUp]);

    assert_eq!(bench.link.stopped(), Some(StopReason::SignedOut));
}

#[test]
fn every_closing_code_comes_back_or_stops_as_it_says() {
    for close in Close::ALL {
        let mut bench = Bench::online();

        let effects = bench.close(close.code(), close.reason());

        assert!(effects.contains(&Effect::HangUp), "{close:?}");
        assert_eq!(
            bench.link.stopped().is_none(),
            Close::comes_back(close.code()),
            "{close:?}"
        );
        assert_eq!(
            effects.contains(&Effect::SignOut),
            *close == Close::SessionEnded
        );
    }
    let mut bench = Bench::online();
    bench.close(4999, "");
    assert_eq!(bench.link.stopped(), Some(StopReason::Refused(4999)));
}

#[test]
fn a_stopped_connection_hears_nothing_but_a_start() {
    let mut bench = Bench::online();
    bench.close(4503, "");

    for event in [Event::Tick, Event::Hurry, Event::Gap, Event::Opened] {
        bench.now_ms += 100_000;
        assert_eq!(bench.give(event), []);
    }
    assert_eq!(bench.link.next_tick(), None);
    assert_eq!(bench.give(Event::Start), [Effect::Dial { renew: false }]);
}

#[test]
fn silence_is_asked_about_and_then_believed() {
    let mut bench = Bench::online();

    assert_eq!(bench.pass(24_999), []);
    assert_eq!(bench.pass(1), [Effect::Ping]);
    assert_eq!(bench.pass(24_999), []);
    assert_eq!(bench.pass(1), [Effect::HangUp]);
}

#[test]
fn any_sign_of_life_counts() {
    let mut bench = Bench::online();
    for _ in 0..10 {
        assert_eq!(bench.pass(25_000), [Effect::Ping]);
        assert_eq!(bench.give(Event::Heard), []);
    }
    assert_eq!(bench.link.status(), Status::Online);
}

#[test]
fn whoever_is_in_a_hurry_does_not_wait() {
    let mut bench = Bench::online();
    bench.break_off();
    assert_eq!(bench.give(Event::Hurry), [Effect::Dial { renew: false }]);

    bench.open();
    assert_eq!(bench.give(Event::Hurry), [Effect::Ping]);
    assert_eq!(bench.pass(PROBE_MS - 1), []);
    assert_eq!(bench.pass(1), [Effect::HangUp]);
}

#[test]
fn gaps_during_a_sync_are_one_more_sync() {
    let mut bench = Bench::online();

    assert_eq!(bench.give(Event::Gap), [Effect::Sync]);
    assert_eq!(bench.give(Event::Gap), []);
    assert_eq!(bench.give(Event::Gap), []);

    assert_eq!(bench.give(Event::Synced { again: false }), [Effect::Sync]);
    assert_eq!(bench.give(Event::Synced { again: false }), []);
    assert_eq!(bench.link.status(), Status::Online);
}

#[test]
fn a_failed_sync_waits_as_long_as_the_server_says() {
    let mut bench = Bench::online();
    bench.give(Event::Gap);
    bench.dice = 0.0;

    let effects = bench.give(Event::SyncFailed {
        reason: "too many calls".into(),
        retry_after_ms: Some(7_000),
    });

    assert_eq!(effects, [Effect::HangUp]);
    assert_eq!(bench.waits_ms(), 7_000);
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mut bench = Bench::new();
    bench.give(Event::Start);
    assert_eq!(bench.pass(DIAL_MS), [Effect::HangUp]);

    let mut bench = Bench::new();
    bench.give(Event::Start);
    bench.give(Event::Opened);
    assert_eq!(bench.pass(GREETING_MS), [Effect::HangUp]);
}

/// Whatever happens in whatever order: at most one socket and one sync, a live link has a pulse, and a link that is
/// not stopped always has something to wait for, so that it never hangs.
#[test]
fn no_order_of_events_makes_it_hang_or_double() {
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    for _ in 0..300 {
        let mut bench = Bench::new();
        let (mut sockets, mut syncs) = (0, 0);
        bench.give(Event::Start);
        sockets += 1;
        for _ in 0..200 {
            bench.now_ms += random(20_000);
            bench.dice = random(1_000) as f64 / 1_000.0;
            let event = any_event(&mut random);
            if matches!(event, Event::Synced { .. }) {
                syncs = 0;
            }
            if matches!(event, Event::DialFailed { .. } | Event::TokenRefused)
                && matches!(bench.link.status(), Status::Connecting { .. })
            {
                sockets = 0;
            }
            for effect in bench.give(event.clone()) {
                match effect {
                    Effect::HangUp => (sockets, syncs) = (0, 0),
                    Effect::Dial { .. } => sockets += 1,
                    Effect::Sync => syncs += 1,
                    Effect::Ping | Effect::SignOut => {}
                }
            }
            assert!(sockets <= 1 && syncs <= 1, "{event:?} {:?}", bench.link);
            assert!(
                bench.link.stopped().is_some() || bench.link.next_tick().is_some(),
                "{event:?} {:?}",
                bench.link
            );
        }
    }
}

fn any_event(random: &mut impl FnMut(u64) -> u64) -> Event {
    let reason = String::from("x");
    match random(14) {
        0 => Event::Start,
        1 => Event::Hurry,
        2 | 3 => Event::Opened,
        4 => Event::TokenRefused,
        5 => Event::DialFailed {
            reason,
            retry_after_ms: None,
        },
        6 | 7 => Event::Ready {
            heartbeat_ms: u32::try_from(random(60_000)).unwrap(),
        },
        8 => Event::Heard,
        9 => Event::Gap,
        10 => Event::Synced {
            again: random(2) == 0,
        },
        11 => Event::SyncFailed {
            reason,
            retry_after_ms: None,
        },
        12 => Event::Closed {
            code: [None, Some(4000), Some(4001), Some(1006)][usize::try_from(random(4)).unwrap()],
            reason,
        },
        _ => Event::Tick,
    }
}

//! What holds for the machine whatever happens to it, in whatever order.

use super::*;
use crate::connection::loss::AWAY_MOST_MS;
use proptest::prelude::*;

fn event() -> impl Strategy<Value = Event> {
    let code = prop_oneof![
        Just(None),
        Just(Some(Close::GoingAway.code())),
        Just(Some(Close::TokenExpired.code())),
        Just(Some(Close::TooMany.code())),
        (1_000_u16..4_999).prop_map(Some),
    ];
    let reason = prop_oneof![
        Just(String::new()),
        Just("0".to_owned()),
        Just("900000".to_owned())
    ];
    let after = prop_oneof![Just(None), (0_u64..900_000).prop_map(Some)];
    prop_oneof![
        1 => Just(Event::Start),
        1 => Just(Event::Hurry),
        2 => any::<bool>().prop_map(Event::Network),
        1 => any::<bool>().prop_map(Event::Background),
        4 => Just(Event::Opened),
        1 => Just(Event::TokenRefused),
        2 => after.clone().prop_map(|retry_after_ms| Event::DialFailed { reason: "no".into(), retry_after_ms }),
        4 => (0_u32..100_000).prop_map(|heartbeat_ms| Event::Ready { heartbeat_ms }),
        2 => Just(Event::Heard),
        2 => Just(Event::Gap),
        3 => any::<bool>().prop_map(|again| Event::Synced { again }),
        1 => after.prop_map(|retry_after_ms| Event::SyncFailed { reason: "no".into(), retry_after_ms }),
        2 => (code, reason).prop_map(|(code, reason)| Event::Closed { code, reason }),
        6 => Just(Event::Tick),
        1 => Just(Event::SessionEnded),
    ]
}

/// What is open outside of the machine, as its effects say.
#[derive(Default)]
struct Outside {
    is_dialing: bool,
    has_socket: bool,
    is_syncing: bool,
    /// The socket that is being opened goes with another token than the one before.
    is_renewed: bool,
}

impl Outside {
    /// Lets an event come only where it can, and keeps book.
    fn may(&mut self, event: &Event) -> bool {
        match event {
            Event::Opened => {
                let may = self.is_dialing;
                self.has_socket |= may;
                self.is_dialing = false;
                may
            }
            Event::TokenRefused | Event::DialFailed { .. } => std::mem::take(&mut self.is_dialing),
            Event::Synced { .. } | Event::SyncFailed { .. } => std::mem::take(&mut self.is_syncing),
            Event::Ready { .. } | Event::Heard | Event::Gap | Event::Closed { .. } => {
                self.has_socket
            }
            _ => true,
        }
    }
}

fn check(bench: &Bench, outside: &Outside) -> Result<(), TestCaseError> {
    let status = bench.link.status();
    let has_something_open = outside.is_dialing || outside.has_socket;
    prop_assert_eq!(
        bench.link.is_live() && !outside.has_socket,
        false,
        "a live link has a socket"
    );
    match &status {
        Status::Idle | Status::WaitingForNetwork | Status::Stopped { .. } => {
            prop_assert!(!has_something_open, "{:?} holds something open", status);
            prop_assert_eq!(bench.link.next_tick(), None);
        }
        Status::Waiting { retry_in_ms, .. } => {
            prop_assert!(!has_something_open, "{:?} holds something open", status);
            prop_assert!(*retry_in_ms <= 2 * AWAY_MOST_MS);
        }
        Status::Connecting { .. } => prop_assert!(has_something_open),
        Status::CatchingUp => prop_assert!(outside.is_syncing, "nothing would end the catching up"),
        Status::Online => {}
    }
    let may_rest = matches!(
        status,
        Status::Idle | Status::WaitingForNetwork | Status::Stopped { .. }
    );
    prop_assert!(
        may_rest || bench.link.next_tick().is_some(),
        "{:?} would last for ever",
        status
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens_it_holds_what_it_says_and_never_gets_stuck(
        events in proptest::collection::vec((event(), 0_u64..40_000, 0.0_f64..1.0), 1..80),
    ) {
        let mut bench = Bench::new();
        let mut outside = Outside::default();
        for (event, later_ms, dice) in events {
            bench.now_ms += later_ms;
            bench.dice = dice;
            if !outside.may(&event) {
                continue;
            }
            let is_end = event == Event::SessionEnded;
            // Who looks at the app, or asks for a try, knows better than what was said of the network.
            let asks = matches!(event, Event::Network(true) | Event::Hurry | Event::Background(false));
            let has_network = bench.link.has_network || asks;
            let is_refused = event == Event::TokenRefused && bench.link.stopped().is_none();
            let was_renewed = outside.is_renewed;
            for effect in bench.give(event.clone()) {
                match effect {
                    Effect::Dial { renew } => {
                        prop_assert!(!outside.is_dialing && !outside.has_socket, "two at once");
                        prop_assert!(has_network, "it dials without a network");
                        outside.is_dialing = true;
                        outside.is_renewed = renew;
                    }
                    Effect::HangUp => outside = Outside::default(),
                    Effect::Sync => {
                        prop_assert!(!outside.is_syncing && outside.has_socket);
                        outside.is_syncing = true;
                    }
                    Effect::Ping => prop_assert!(outside.has_socket),
                    Effect::SignOut => {
                        let code = Close::SessionEnded.code();
                        let closed = matches!(event, Event::Closed { code: Some(it), .. } if it == code);
                        prop_assert!(is_end || closed);
                    }
                }
            }
            let gives_up = is_refused && bench.link.stopped().is_some();
            prop_assert!(!gives_up || was_renewed, "no fresh token was refused");
            check(&bench, &outside)?;
        }
    }

    #[test]
    fn from_wherever_it_is_a_good_network_brings_it_online(
        events in proptest::collection::vec((event(), 0_u64..40_000, 0.0_f64..1.0), 0..40),
    ) {
        let mut bench = Bench::new();
        let mut outside = Outside::default();
        bench.give(Event::Start);
        outside.is_dialing = true;
        for (event, later_ms, dice) in events {
            bench.now_ms += later_ms;
            bench.dice = dice;
            if outside.may(&event) {
                follow(bench.give(event), &mut outside);
            }
        }
        // A third of all lives end so; were they left out, there would now and then be too many of them.
        if bench.link.stopped().is_some() {
            follow(bench.give(Event::Start), &mut outside);
        }
        follow(bench.give(Event::Network(true)), &mut outside);
        for _ in 0..20 {
            let next = match bench.link.status() {
                Status::Online => break,
                Status::Connecting { .. } if outside.is_dialing => Event::Opened,
                Status::Connecting { .. } => Event::Ready { heartbeat_ms: 25_000 },
                Status::CatchingUp => Event::Synced { again: false },
                _ => {
                    bench.now_ms = bench.link.next_tick().unwrap();
                    Event::Tick
                }
            };
            prop_assert!(outside.may(&next));
            follow(bench.give(next), &mut outside);
        }
        prop_assert_eq!(bench.link.status(), Status::Online);
    }
}

fn follow(effects: Vec<Effect>, outside: &mut Outside) {
    for effect in effects {
        match effect {
            Effect::Dial { .. } => outside.is_dialing = true,
            Effect::HangUp => *outside = Outside::default(),
            Effect::Sync => outside.is_syncing = true,
            Effect::Ping | Effect::SignOut => {}
        }
    }
}

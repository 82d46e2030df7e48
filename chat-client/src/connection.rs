//! The life of the connection as a pure state machine: [`step`] takes what happened and says what to do. It opens
//! nothing, waits for nothing and throws no dice; `connection/run.rs` does, and tells it.

pub(crate) mod run;

mod calls;
mod events;
mod hints;
mod live;
mod loss;
mod say;
mod upload;

#[cfg(test)]
mod tests;

use crate::{Status, StopReason};
use chat_core::Close;
use hints::{background, hurry, network};
use live::live;
use loss::Loss;

pub(crate) use loss::backoff_ms;
pub(crate) use upload::is_told;

/// For each time that a connection lived this long and had caught up, one earlier failure is forgotten.
const HEALTHY_MS: u64 = 5_000;
/// More failures than these make no longer delay; they would only take longer to be forgotten.
const FAILURES_MOST: u32 = 6;
/// The same while nobody looks: there the delay grows up to five minutes.
const FAILURES_MOST_BACKGROUND: u32 = 10;
/// How long opening a socket may take, a refresh of the token included.
const DIAL_MS: u64 = 20_000;
/// How long the first frame may take.
const GREETING_MS: u64 = 10_000;
/// How long an answer may take when somebody doubts that the connection lives.
const PROBE_MS: u64 = 5_000;
/// A server cannot ask for a pulse outside of these.
const HEARTBEAT_MS: std::ops::RangeInclusive<u64> = 1_000..=600_000;

/// When something happened, and a throw of the dice for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now_ms: u64,
    /// From 0 up to, but not including, 1.
    pub(crate) dice: f64,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Start,
    /// Somebody has reason to believe that the network is back, or gone.
    Hurry,
    /// The app says whether there is a network.
    Network(bool),
    /// The app says whether nobody looks at it.
    Background(bool),
    Opened,
    /// The token is not good any more; another may be.
    TokenRefused,
    DialFailed {
        reason: String,
        retry_after_ms: Option<u64>,
    },
    Ready {
        heartbeat_ms: u32,
    },
    Heard,
    /// Something is missing: fetch it.
    Gap,
    Synced {
        again: bool,
    },
    SyncFailed {
        reason: String,
        retry_after_ms: Option<u64>,
    },
    Closed {
        code: Option<u16>,
        reason: String,
    },
    /// Time went by.
    Tick,
    /// The server says that the session is over.
    SessionEnded,
    Stop(StopReason),
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Open a socket; with `renew`, with another token than before.
    Dial { renew: bool },
    /// Let go of the socket, and of one that is being opened, and of a sync that runs.
    HangUp,
    /// Fetch everything after the positions.
    Sync,
    /// Ask for a sign of life.
    Ping,
    /// The session is over: forget its tokens.
    SignOut,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Idle,
    /// There is no network: nothing is tried until there is.
    Offline {
        renew: bool,
    },
    Dialing {
        until_ms: u64,
    },
    Greeting {
        until_ms: u64,
    },
    Live(Live),
    Waiting(Wait),
    Stopped(StopReason),
}

#[derive(Debug, Clone, PartialEq)]
struct Live {
    since_ms: u64,
    heard_ms: u64,
    heartbeat_ms: u64,
    pinged: bool,
    /// An answer to a doubt is awaited until then.
    probe_until_ms: Option<u64>,
    /// Everything was here once since the socket opened.
    caught_up: bool,
    sync_runs: bool,
    sync_wanted: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Wait {
    until_ms: u64,
    retry_in_ms: u64,
    reason: String,
    renew: bool,
}

/// The connection as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    phase: Phase,
    /// Failures that are not forgotten yet.
    failures: u32,
    /// Tries in a row that came to nothing.
    tries: u32,
    /// It came back in next to no time, and has not lived for long since.
    rushed: bool,
    /// The token was refused, and no socket has opened since.
    renewed: bool,
    /// There may be a network, as far as the app knows.
    has_network: bool,
    /// Nobody looks: coming back may take longer.
    in_background: bool,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Idle,
            failures: 0,
            tries: 0,
            rushed: false,
            renewed: false,
            has_network: true,
            in_background: false,
        }
    }

    /// For people.
    pub(crate) fn status(&self) -> Status {
        match &self.phase {
            Phase::Idle => Status::Idle,
            Phase::Offline { .. } => Status::WaitingForNetwork,
            Phase::Dialing { .. } | Phase::Greeting { .. } => Status::Connecting {
                attempt: self.tries.saturating_add(1),
            },
            Phase::Live(live) if live.caught_up => Status::Online,
            Phase::Live(_) => Status::CatchingUp,
            Phase::Waiting(wait) => Status::Waiting {
                retry_in_ms: wait.retry_in_ms,
                reason: wait.reason.clone(),
            },
            Phase::Stopped(reason) => Status::Stopped { reason: *reason },
        }
    }

    /// Whether calls may be made over the socket.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// Whether it was given up.
    pub(crate) fn stopped(&self) -> Option<StopReason> {
        match self.phase {
            Phase::Stopped(reason) => Some(reason),
            _ => None,
        }
    }

    /// When [`Event::Tick`] has something to say.
    pub(crate) fn next_tick(&self) -> Option<u64> {
        match &self.phase {
            Phase::Idle | Phase::Offline { .. } | Phase::Stopped(_) => None,
            Phase::Dialing { until_ms } | Phase::Greeting { until_ms } => Some(*until_ms),
            Phase::Waiting(wait) => Some(wait.until_ms),
            Phase::Live(live) => {
                let beats = if live.pinged { 2 } else { 1 };
                let silent = live.heard_ms + beats * live.heartbeat_ms;
                Some(
                    live.probe_until_ms
                        .map_or(silent, |probe| probe.min(silent)),
                )
            }
        }
    }
}

/// What becomes of the connection when something happens, and what is to be done about it.
pub(crate) fn step(mut link: Link, event: Event, moment: Moment) -> (Link, Vec<Effect>) {
    let effects = match (&mut link.phase, event) {
        // Over is over, until somebody starts it again.
        (Phase::Stopped(_), event) if event != Event::Start => Vec::new(),
        (_, Event::Stop(reason)) => stop(&mut link, reason),
        (_, Event::SessionEnded) => end_session(&mut link),
        (_, Event::Network(has_network)) => network(&mut link, has_network, moment),
        (_, Event::Background(in_background)) => background(&mut link, in_background, moment),
        (Phase::Idle | Phase::Stopped(_), Event::Start) => {
            link.failures = 0;
            link.tries = 0;
            dial(&mut link, false, moment)
        }
        (Phase::Waiting(_) | Phase::Offline { .. }, Event::Hurry) => {
            // Whoever says so may know better than the system.
            link.has_network = true;
            hurry(&mut link, moment)
        }
        (Phase::Waiting(wait), Event::Tick) if moment.now_ms >= wait.until_ms => {
            let renew = wait.renew;
            dial(&mut link, renew, moment)
        }
        (Phase::Dialing { .. }, Event::Opened) => {
            link.phase = Phase::Greeting {
                until_ms: moment.now_ms + GREETING_MS,
            };
            Vec::new()
        }
        (Phase::Dialing { .. }, Event::TokenRefused) => refused(&mut link, moment),
        (
            Phase::Dialing { .. },
            Event::DialFailed {
                reason,
                retry_after_ms,
            },
        ) => lose(&mut link, Loss::refused(reason, retry_after_ms), moment),
        (Phase::Dialing { until_ms } | Phase::Greeting { until_ms }, Event::Tick)
            if moment.now_ms >= *until_ms =>
        {
            lose(&mut link, Loss::broken("no answer in time"), moment)
        }
        (Phase::Greeting { .. }, Event::Ready { heartbeat_ms }) => {
            greet(&mut link, heartbeat_ms, moment)
        }
        (Phase::Greeting { .. } | Phase::Live(_), Event::Closed { code, reason }) => {
            closed(&mut link, code, reason, moment)
        }
        (Phase::Live(_), event) => live(&mut link, event, moment),
        // Too late or too early to matter: the answer to something that was given up.
        _ => Vec::new(),
    };
    (link, effects)
}

fn dial(link: &mut Link, renew: bool, moment: Moment) -> Vec<Effect> {
    if !link.has_network {
        link.phase = Phase::Offline { renew };
        return Vec::new();
    }
    link.phase = Phase::Dialing {
        until_ms: moment.now_ms + DIAL_MS,
    };
    vec![Effect::Dial { renew }]
}

fn greet(link: &mut Link, heartbeat_ms: u32, moment: Moment) -> Vec<Effect> {
    link.renewed = false;
    link.phase = Phase::Live(Live {
        since_ms: moment.now_ms,
        heard_ms: moment.now_ms,
        heartbeat_ms: u64::from(heartbeat_ms).clamp(*HEARTBEAT_MS.start(), *HEARTBEAT_MS.end()),
        pinged: false,
        probe_until_ms: None,
        caught_up: false,
        sync_runs: true,
        sync_wanted: false,
    });
    vec![Effect::Sync]
}

/// Whoever is refused with a fresh token is not signed in here. The tokens stay: it may be something between here and
/// the server that refuses.
fn refused(link: &mut Link, moment: Moment) -> Vec<Effect> {
    if link.renewed {
        return stop(link, StopReason::SignedOut);
    }
    link.renewed = true;
    dial(link, true, moment)
}

fn closed(link: &mut Link, code: Option<u16>, reason: String, moment: Moment) -> Vec<Effect> {
    let Some(code) = code else {
        return lose(link, Loss::broken(&reason), moment);
    };
    if code == Close::SessionEnded.code() {
        return end_session(link);
    }
    if !Close::comes_back(code) {
        return stop(link, StopReason::of_close(code));
    }
    lose(link, Loss::closed(code, &reason), moment)
}

fn lose(link: &mut Link, loss: Loss, moment: Moment) -> Vec<Effect> {
    let mut had_caught_up = false;
    link.tries = link.tries.saturating_add(1);
    if let Phase::Live(live) = &link.phase {
        had_caught_up = live.caught_up;
        link.tries = 0;
        let lived_ms = moment.now_ms.saturating_sub(live.since_ms);
        if had_caught_up && lived_ms >= HEALTHY_MS {
            let forgotten = u32::try_from(lived_ms / HEALTHY_MS).unwrap_or(u32::MAX);
            link.failures = link.failures.saturating_sub(forgotten);
            link.rushed = false;
        }
    }
    let retry_in_ms = loss.delay_ms(link, moment.dice);
    link.rushed = retry_in_ms < loss::RUSH_MS;
    // A server that goes away for a good reason is no fault.
    if !(loss.is_planned && had_caught_up) {
        let most = match link.in_background {
            true => FAILURES_MOST_BACKGROUND,
            false => FAILURES_MOST,
        };
        link.failures = most.min(link.failures + 1);
    }
    link.renewed = false;
    let mut effects = vec![Effect::HangUp];
    if retry_in_ms == 0 || !link.has_network {
        effects.extend(dial(link, loss.renew, moment));
        return effects;
    }
    link.phase = Phase::Waiting(Wait {
        until_ms: moment.now_ms.saturating_add(retry_in_ms),
        retry_in_ms,
        reason: loss.reason,
        renew: loss.renew,
    });
    effects
}

fn stop(link: &mut Link, reason: StopReason) -> Vec<Effect> {
    link.phase = Phase::Stopped(reason);
    link.renewed = false;
    vec![Effect::HangUp]
}

fn end_session(link: &mut Link) -> Vec<Effect> {
    let mut effects = stop(link, StopReason::SignedOut);
    effects.push(Effect::SignOut);
    effects
}

//! What somebody says who knows more of the world around than the connection does.

use super::{Effect, Event, Link, Moment, Phase, dial, live};

/// Tries at once, if it waits.
pub(super) fn hurry(link: &mut Link, moment: Moment) -> Vec<Effect> {
    let renew = match &link.phase {
        Phase::Waiting(wait) => wait.renew,
        Phase::Offline { renew } => *renew,
        Phase::Live(_) => return live(link, Event::Hurry, moment),
        _ => return Vec::new(),
    };
    link.failures = 0;
    dial(link, renew, moment)
}

/// The app says whether there is a network. A live connection knows better whether it lives; it makes sure.
pub(super) fn network(link: &mut Link, has_network: bool, moment: Moment) -> Vec<Effect> {
    link.has_network = has_network;
    let renew = match &link.phase {
        _ if has_network => return hurry(link, moment),
        Phase::Live(_) => return hurry(link, moment),
        Phase::Waiting(wait) => wait.renew,
        Phase::Dialing { .. } | Phase::Greeting { .. } => false,
        Phase::Idle | Phase::Offline { .. } | Phase::Stopped(_) => return Vec::new(),
    };
    link.phase = Phase::Offline { renew };
    // The fresh token may not have come: who is refused when there is a network again asks for one again.
    link.renewed = false;
    vec![Effect::HangUp]
}

/// The app says whether somebody looks at it. Who does wants to be connected now, and what was said of the network may be
/// over.
pub(super) fn background(link: &mut Link, in_background: bool, moment: Moment) -> Vec<Effect> {
    link.in_background = in_background;
    match (&link.phase, in_background) {
        (Phase::Waiting(_) | Phase::Live(_), false) => hurry(link, moment),
        (Phase::Offline { .. }, false) => {
            link.has_network = true;
            hurry(link, moment)
        }
        _ => Vec::new(),
    }
}

//! A connection while it lives: what was heard when, which sync runs, and when silence means that it is dead.

use super::{Effect, Event, Link, Loss, Moment, PROBE_MS, Phase, lose};

/// What follows from an event on a live connection.
pub(super) fn live(link: &mut Link, event: Event, moment: Moment) -> Vec<Effect> {
    let Phase::Live(live) = &mut link.phase else {
        return Vec::new();
    };
    match event {
        Event::Heard => {
            live.heard_ms = moment.now_ms;
            live.pinged = false;
            live.probe_until_ms = None;
            Vec::new()
        }
        Event::Hurry => {
            live.probe_until_ms.get_or_insert(moment.now_ms + PROBE_MS);
            vec![Effect::Ping]
        }
        // Any number of gaps while a sync runs are one more sync after it.
        Event::Gap if live.sync_runs => {
            live.sync_wanted = true;
            Vec::new()
        }
        Event::Gap => {
            live.sync_runs = true;
            vec![Effect::Sync]
        }
        Event::Synced { again } => {
            live.sync_runs = again || live.sync_wanted;
            live.sync_wanted = false;
            if live.sync_runs {
                return vec![Effect::Sync];
            }
            live.caught_up = true;
            Vec::new()
        }
        Event::SyncFailed {
            reason,
            retry_after_ms,
        } => lose(link, Loss::refused(reason, retry_after_ms), moment),
        Event::Tick => beat(link, moment),
        _ => Vec::new(),
    }
}

/// Looks whether the connection still lives.
fn beat(link: &mut Link, moment: Moment) -> Vec<Effect> {
    let Phase::Live(live) = &mut link.phase else {
        return Vec::new();
    };
    let silent_ms = moment.now_ms.saturating_sub(live.heard_ms);
    let doubted = live
        .probe_until_ms
        .is_some_and(|until_ms| moment.now_ms >= until_ms);
    if doubted || silent_ms >= 2 * live.heartbeat_ms {
        return lose(link, Loss::broken("the server fell silent"), moment);
    }
    if silent_ms >= live.heartbeat_ms && !live.pinged {
        live.pinged = true;
        return vec![Effect::Ping];
    }
    Vec::new()
}

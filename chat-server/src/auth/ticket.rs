//! Tickets: one socket, once, within thirty seconds. For browsers, which cannot send a header with an upgrade.

use super::Caller;
use crate::clock::Random;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Secret, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How long a ticket holds.
pub(crate) const TICKET_S: u32 = 30;
/// Tickets that may be out at a time.
const OUT_MOST: usize = 100_000;

/// The tickets that are out, by hash.
#[derive(Default)]
pub(crate) struct Tickets(Mutex<HashMap<[u8; 32], (Caller, Timestamp)>>);

impl Tickets {
    /// Makes a ticket for the caller; none when too many are out.
    pub(crate) fn issue(&self, caller: &Caller, random: &Random, now: Timestamp) -> Option<Secret> {
        let ticket = BASE64_URL_SAFE_NO_PAD.encode(random.bytes::<24>());
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if out.len() >= OUT_MOST {
            out.retain(|_, (_, until)| *until > now);
        }
        if out.len() >= OUT_MOST {
            return None;
        }
        let holder = Caller {
            socket: None,
            once: None,
            ..caller.clone()
        };
        out.insert(
            hash(&ticket),
            (holder, now.plus_ms(i64::from(TICKET_S) * 1_000)),
        );
        Some(Secret::new(ticket))
    }

    /// Takes back every ticket of a user.
    pub(crate) fn revoke(&self, user: UserId) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|_, (caller, _)| caller.user().ok() != Some(user));
    }

    /// Uses a ticket up.
    pub(crate) fn redeem(&self, ticket: &str, now: Timestamp) -> Option<Caller> {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, until) = out.remove(&hash(ticket))?;
        (until > now).then_some(caller)
    }
}

fn hash(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_once_and_not_for_long() {
        let (tickets, random) = (Tickets::default(), Random::seeded(1));
        let now = Timestamp::from_ms(0);
        let issue = || {
            tickets
                .issue(&Caller::anonymous(None), &random, now)
                .unwrap()
        };
        let (first, second) = (issue(), issue());

        assert!(tickets.redeem(first.expose(), now).is_some());
        assert!(tickets.redeem(first.expose(), now).is_none());
        assert!(
            tickets
                .redeem(second.expose(), now.plus_ms(30_000))
                .is_none()
        );
        assert!(tickets.redeem("made up", now).is_none());
    }
}

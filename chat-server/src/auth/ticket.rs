//! Tickets: one socket, once, within thirty seconds. For browsers, which cannot send a header with an upgrade.
//!
//! A ticket says itself whose it is, under a seal that every process knows; that it was used stands in the database. So
//! it does not matter which process made it and which one is asked.

use super::{Caller, KeyRing};
use crate::clock::Random;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Secret, SessionId, Timestamp, UserId};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How long a ticket holds.
pub(crate) const TICKET_S: u32 = 30;
const TICKET_MS: i64 = TICKET_S as i64 * 1_000;
/// User, session, end of the token, end of the ticket, and what makes it like no other.
const BODY: usize = 16 + 16 + 8 + 8 + 16;
/// Stands for the end of a token that never ends.
const NEVER: i64 = i64::MAX;

/// Makes tickets and reads them.
pub(crate) struct Tickets {
    key: hmac::Key,
    /// Users whose tickets until then are good no more; kept while such a ticket may still be out.
    revoked: Mutex<HashMap<UserId, Timestamp>>,
}

/// A good ticket; whether it was used before is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) user_id: UserId,
    pub(crate) session_id: Option<SessionId>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) made_at: Timestamp,
    /// Like that of no other ticket.
    pub(crate) id: Uuid,
}

impl Tickets {
    /// Tickets sealed with a key of their own, made from the server's.
    pub(crate) fn new(keys: &KeyRing) -> Self {
        Self {
            key: keys.key_for("tickets for sockets"),
            revoked: Mutex::default(),
        }
    }

    /// Makes a ticket for somebody.
    pub(crate) fn issue(
        &self,
        user: UserId,
        caller: &Caller,
        random: &Random,
        now: Timestamp,
    ) -> Secret {
        let session = caller.session_id.map_or(Uuid::nil(), SessionId::uuid);
        let mut bytes = Vec::with_capacity(BODY + 32);
        bytes.extend_from_slice(user.uuid().as_bytes());
        bytes.extend_from_slice(session.as_bytes());
        let ends = caller.expires_at.map_or(NEVER, Timestamp::ms);
        bytes.extend_from_slice(&ends.to_be_bytes());
        bytes.extend_from_slice(&now.plus_ms(TICKET_MS).ms().to_be_bytes());
        bytes.extend_from_slice(&random.bytes::<16>());
        let seal = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(seal.as_ref());
        Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a ticket. None for one that was not made here, is too old or was taken back.
    pub(crate) fn open(&self, ticket: &str, now: Timestamp) -> Option<Ticket> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(ticket).ok()?;
        let (body, seal) = bytes.split_at_checked(BODY)?;
        hmac::verify(&self.key, body, seal).ok()?;
        let id = |at: usize| Uuid::from_slice(&body[at..at + 16]).ok();
        let moment = |at: usize| {
            let bytes = body[at..at + 8].try_into().ok()?;
            Some(i64::from_be_bytes(bytes))
        };
        let (user_id, session, ends) = (UserId::new(id(0)?), id(16)?, moment(32)?);
        let until = Timestamp::from_ms(moment(40)?);
        let made_at = until.plus_ms(-TICKET_MS);
        let is_revoked = self
            .revoked()
            .get(&user_id)
            .is_some_and(|at| made_at <= *at);
        (until > now && !is_revoked).then_some(Ticket {
            user_id,
            session_id: (!session.is_nil()).then(|| SessionId::new(session)),
            expires_at: (ends != NEVER).then(|| Timestamp::from_ms(ends)),
            made_at,
            id: id(48)?,
        })
    }

    /// Takes back every ticket that a user has got until now.
    pub(crate) fn revoke(&self, user: UserId, now: Timestamp) {
        let mut revoked = self.revoked();
        revoked.retain(|_, at| at.plus_ms(TICKET_MS) > now);
        revoked.insert(user, now);
    }

    fn revoked(&self) -> MutexGuard<'_, HashMap<UserId, Timestamp>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_says_whose_it_is_for_a_while_and_until_it_is_taken_back() {
        let random = Random::seeded(1);
        let tickets = Tickets::new(&KeyRing::in_memory(&random).unwrap());
        let (now, user) = (
            Timestamp::from_ms(1_000_000),
            UserId::new(Uuid::from_u128(5)),
        );
        let caller = Caller::inside(user);
        let issue = || tickets.issue(user, &caller, &random, now);
        let (first, second) = (issue(), issue());

        let opened = tickets.open(first.expose(), now).unwrap();
        assert_eq!((opened.user_id, opened.session_id), (user, None));
        assert_ne!(
            Some(opened.id),
            tickets.open(second.expose(), now).map(|other| other.id)
        );
        assert_eq!(tickets.open(first.expose(), now.plus_ms(30_000)), None);
        assert_eq!(tickets.open("made up", now), None);

        tickets.revoke(user, now);
        assert_eq!(tickets.open(first.expose(), now), None);
        let later = tickets.issue(user, &caller, &random, now.plus_ms(1));
        assert!(tickets.open(later.expose(), now.plus_ms(1)).is_some());
    }
}

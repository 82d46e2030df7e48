//! What goes from one process to the others, as bytes: a version, who sent it, whom it is for, the event as it is written
//! to sockets, and a seal. What is too large goes as its place alone; whoever serves it fetches it.
//!
//! What was changed on the way, or written by somebody else, is not read: positions heal what was in it.

use super::Speaker;
use crate::bus::{Audience, Signal, Told, Topic};
use aws_lc_rs::hmac;
use chat_core::{ConversationId, Envelope, Place, Seq, UserId};
use uuid::Uuid;

/// Of another version nothing is understood.
const VERSION: u8 = 2;
/// At the end, over everything before it.
const SEAL_LEN: usize = 32;
/// Larger ones go as their place alone.
const BYTES_MOST: usize = 64 * 1024;

const MEMBERS: u8 = 1;
const MEMBERS_BUT: u8 = 2;
const USER: u8 = 3;
const WATCHERS: u8 = 4;
const SIGNAL: u8 = 5;
const REACHES: u8 = 6;
const INBOX_REACHES: u8 = 7;

/// What a parcel says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    Told(Box<Told>, String),
    Reaches(ConversationId, Seq),
    InboxReaches(UserId, Seq),
    Signal(Signal),
}

/// Packs an event, with the channel that it goes to. None for what is too large and has no place.
pub(super) fn pack(
    by: &Speaker,
    to: &Audience,
    envelope: &Envelope,
    text: &str,
) -> Option<(Topic, Vec<u8>)> {
    let mut bytes = begin(by);
    let topic = match to {
        Audience::Members(id) => {
            put(&mut bytes, MEMBERS, id.uuid());
            Topic::Conversation(*id)
        }
        Audience::MembersBut(id, but) => {
            put(&mut bytes, MEMBERS_BUT, id.uuid());
            bytes.extend_from_slice(&u16::try_from(but.len()).ok()?.to_be_bytes());
            but.iter()
                .for_each(|user| bytes.extend_from_slice(user.uuid().as_bytes()));
            Topic::Conversation(*id)
        }
        Audience::User(user) => {
            put(&mut bytes, USER, user.uuid());
            Topic::User(*user)
        }
        Audience::Watchers(user) => {
            put(&mut bytes, WATCHERS, user.uuid());
            Topic::Watched(*user)
        }
    };
    bytes.extend_from_slice(text.as_bytes());
    if bytes.len() <= BYTES_MOST {
        return Some((topic, sealed(by, bytes)));
    }
    let mut bytes = begin(by);
    let seq = match (to, envelope.place) {
        (Audience::Members(id), Place::Log(seq)) => {
            put(&mut bytes, REACHES, id.uuid());
            seq
        }
        (Audience::User(user), Place::Inbox(seq)) => {
            put(&mut bytes, INBOX_REACHES, user.uuid());
            seq
        }
        _ => return None,
    };
    bytes.extend_from_slice(&seq.get().to_be_bytes());
    Some((topic, sealed(by, bytes)))
}

/// Packs a signal.
pub(super) fn pack_signal(by: &Speaker, signal: &Signal) -> Option<Vec<u8>> {
    let mut bytes = begin(by);
    bytes.push(SIGNAL);
    bytes.extend_from_slice(&serde_json::to_vec(signal).ok()?);
    Some(sealed(by, bytes))
}

fn begin(by: &Speaker) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    bytes.push(VERSION);
    bytes.extend_from_slice(&by.process.to_be_bytes());
    bytes
}

fn sealed(by: &Speaker, mut bytes: Vec<u8>) -> Vec<u8> {
    let seal = hmac::sign(&by.seal, &bytes);
    bytes.extend_from_slice(seal.as_ref());
    bytes
}

fn put(bytes: &mut Vec<u8>, kind: u8, id: Uuid) {
    bytes.push(kind);
    bytes.extend_from_slice(id.as_bytes());
}

/// Who sent a parcel and what it says. None for one that cannot be read, or was not sealed with this key.
pub(super) fn open(key: &hmac::Key, bytes: &[u8]) -> Option<(u64, Option<Said>)> {
    let (bytes, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL_LEN)?)?;
    hmac::verify(key, bytes, seal).ok()?;
    let mut rest = Rest(bytes);
    if rest.number::<1>()? != u64::from(VERSION) {
        return None;
    }
    let from = rest.number::<8>()?;
    Some((from, said(rest)))
}

fn said(mut rest: Rest<'_>) -> Option<Said> {
    let kind = u8::try_from(rest.number::<1>()?).ok()?;
    if kind == SIGNAL {
        return serde_json::from_slice(rest.0).ok().map(Said::Signal);
    }
    let id = rest.id()?;
    let (conversation, user) = (ConversationId::new(id), UserId::new(id));
    let to = match kind {
        MEMBERS => Audience::Members(conversation),
        MEMBERS_BUT => {
            let count = rest.number::<2>()?;
            let but = (0..count).map(|_| rest.id().map(UserId::new));
            Audience::MembersBut(conversation, but.collect::<Option<_>>()?)
        }
        USER => Audience::User(user),
        WATCHERS => Audience::Watchers(user),
        REACHES | INBOX_REACHES => {
            let seq = Seq::try_from(rest.number::<8>()?).ok()?;
            return Some(match kind {
                REACHES => Said::Reaches(conversation, seq),
                _ => Said::InboxReaches(user, seq),
            });
        }
        _ => return None,
    };
    let text = std::str::from_utf8(rest.0).ok()?;
    let envelope = serde_json::from_str(text).ok()?;
    Some(Said::Told(Box::new(Told { to, envelope }), text.to_owned()))
}

/// What of a parcel is not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number<const N: usize>(&mut self) -> Option<u64> {
        let bytes = self.take::<N>()?;
        Some(
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        )
    }

    fn id(&mut self) -> Option<Uuid> {
        self.take().map(Uuid::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{Event, ServerFrame, Unreadable};

    fn speaker(secret: &[u8]) -> Speaker {
        Speaker {
            process: 9,
            installation: "here".to_owned(),
            seal: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    fn envelope(place: Place, kind: &str) -> Envelope {
        Envelope {
            conversation_id: Some(ConversationId::new(Uuid::from_u128(1))),
            place,
            at: None,
            event: Event::Unreadable(Unreadable {
                kind: kind.to_owned(),
            }),
        }
    }

    #[test]
    fn a_parcel_is_opened_as_it_was_packed() {
        let user = UserId::new(Uuid::from_u128(2));
        let id = ConversationId::new(Uuid::from_u128(1));
        for to in [
            Audience::Members(id),
            Audience::MembersBut(id, [user, user].into()),
            Audience::User(user),
            Audience::Watchers(user),
        ] {
            let envelope = envelope(Place::Log(Seq::try_from(7).unwrap()), "x");
            let text = ServerFrame::encode_event(&envelope);

            let by = speaker(b"a");
            let (_, bytes) = pack(&by, &to, &envelope, &text).unwrap();

            let said = Said::Told(Box::new(Told { to, envelope }), text);
            assert_eq!(open(&by.seal, &bytes), Some((9, Some(said))));
        }
    }

    #[test]
    fn what_is_too_large_goes_as_its_place() {
        let id = ConversationId::new(Uuid::from_u128(1));
        let seq = Seq::try_from(u64::from(u32::MAX) + 5).unwrap();
        let large = envelope(Place::Log(seq), &"x".repeat(BYTES_MOST));
        let text = ServerFrame::encode_event(&large);

        let by = speaker(b"a");
        let (_, bytes) = pack(&by, &Audience::Members(id), &large, &text).unwrap();

        let reaches = Said::Reaches(id, seq);
        assert_eq!(open(&by.seal, &bytes), Some((9, Some(reaches))));
        let passing = envelope(Place::Nowhere, &"x".repeat(BYTES_MOST));
        assert_eq!(pack(&by, &Audience::Members(id), &passing, &text), None);
    }

    #[test]
    fn what_was_changed_on_the_way_or_sealed_by_others_is_not_read() {
        let user = UserId::new(Uuid::from_u128(2));
        let small = envelope(Place::Nowhere, "x");
        let text = ServerFrame::encode_event(&small);
        let (by, other) = (speaker(b"a"), speaker(b"b"));
        let (_, bytes) = pack(&by, &Audience::User(user), &small, &text).unwrap();

        for at in 0..bytes.len() {
            assert_eq!(open(&by.seal, &bytes[..at]), None);
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open(&by.seal, &changed), None);
        }
        assert_eq!(open(&other.seal, &bytes), None);
    }

    #[test]
    fn what_a_newer_version_says_is_heard_and_not_understood() {
        let by = speaker(b"a");
        let mut unknown = begin(&by);
        put(&mut unknown, 200, Uuid::nil());
        let mut newer = begin(&by);
        newer[0] = VERSION + 1;

        assert_eq!(open(&by.seal, &sealed(&by, unknown)), Some((9, None)));
        assert_eq!(open(&by.seal, &sealed(&by, newer)), None);
    }
}

//! Links that open one file without signing in, until they run out: for viewers that cannot send a header. Whoever has
//! the link may read the file for as long as its maker may, where they were signed in when they made it.

use crate::{Error, auth::KeyRing};
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Code, SessionId, Timestamp, UserId};
use uuid::Uuid;

/// How long a link holds when nobody says.
pub(crate) const LINK_S: u32 = 3_600;
/// How long a link may hold.
pub(crate) const LINK_S_MOST: u32 = 86_400;

/// What a link opens. A link to the small picture does not open the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linked {
    /// The file itself.
    File,
    /// Its small picture.
    Thumbnail,
}

/// Who made a link: it opens what they may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Maker {
    pub(crate) user: UserId,
    /// Where they were signed in; none for users of an embedding program.
    pub(crate) session: Option<SessionId>,
}

impl Maker {
    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.user.uuid().as_bytes());
        let session = self.session.map_or(Uuid::nil(), SessionId::uuid);
        bytes[16..].copy_from_slice(session.as_bytes());
        bytes
    }

    /// As it stands in a link; none for what no link says.
    pub(crate) fn read(by: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(by).ok()?;
        let (user, session) = bytes.split_at_checked(16)?;
        let session = Uuid::from_slice(session).ok()?;
        Some(Self {
            user: UserId::new(Uuid::from_slice(user).ok()?),
            session: (!session.is_nil()).then(|| SessionId::new(session)),
        })
    }
}

/// Signs links and checks them.
pub(crate) struct Links(hmac::Key);

impl Links {
    /// Links signed with a key of their own, made from the server's.
    pub(crate) fn new(keys: &KeyRing) -> Self {
        Self(keys.key_for("links to files"))
    }

    /// Until when a link made now holds.
    pub(crate) fn expiry(now: Timestamp, asked_s: Option<u32>) -> Timestamp {
        let seconds = asked_s.unwrap_or(LINK_S).clamp(1, LINK_S_MOST);
        now.plus_ms(i64::from(seconds) * 1_000)
    }

    /// The query of a link: `expires=…&by=…&signature=…`.
    pub(crate) fn sign(
        &self,
        what: Linked,
        id: Uuid,
        maker: Maker,
        expires_at: Timestamp,
    ) -> String {
        let seal = hmac::sign(&self.0, &claim(what, id, maker, expires_at.ms()));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(seal.as_ref());
        let by = BASE64_URL_SAFE_NO_PAD.encode(maker.bytes());
        format!("expires={}&by={by}&signature={signature}", expires_at.ms())
    }

    /// Checks the query of a link. A wrong signature is answered as an unknown file is.
    pub(crate) fn verify(
        &self,
        what: Linked,
        id: Uuid,
        maker: Maker,
        expires_ms: i64,
        signature: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let seal = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        // Compared in constant time.
        hmac::verify(&self.0, &claim(what, id, maker, expires_ms), &seal)
            .map_err(|_| Error::not_found("file"))?;
        if expires_ms <= now.ms() {
            let detail = "the link has run out; ask for a new one";
            return Err(Error::rule(Code::TokenExpired, detail));
        }
        Ok(())
    }
}

/// What is signed; every part has its fixed length, so that no two links read the same.
fn claim(what: Linked, id: Uuid, maker: Maker, expires_ms: i64) -> [u8; 57] {
    let mut claim = [0; 57];
    claim[0] = match what {
        Linked::File => 1,
        Linked::Thumbnail => 2,
    };
    claim[1..17].copy_from_slice(id.as_bytes());
    claim[17..49].copy_from_slice(&maker.bytes());
    claim[49..].copy_from_slice(&expires_ms.to_be_bytes());
    claim
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;

    fn links(seed: u64) -> Links {
        Links::new(&KeyRing::in_memory(&Random::seeded(seed)).unwrap())
    }

    fn maker(user: u128) -> Maker {
        Maker {
            user: UserId::new(Uuid::from_u128(user)),
            session: Some(SessionId::new(Uuid::from_u128(5))),
        }
    }

    fn signature(query: &str) -> &str {
        query.rsplit_once("signature=").unwrap().1
    }

    #[test]
    fn a_link_opens_its_file_until_it_runs_out() {
        let (links, id, now) = (links(1), Uuid::from_u128(7), Timestamp::from_ms(1_000));
        let until = Links::expiry(now, Some(60));

        let query = links.sign(Linked::File, id, maker(3), until);

        let verify = |at| {
            links.verify(
                Linked::File,
                id,
                maker(3),
                until.ms(),
                signature(&query),
                at,
            )
        };
        assert!(query.starts_with("expires=61000&by="), "{query}");
        assert!(verify(now).is_ok() && verify(until.plus_ms(-1)).is_ok());
        assert_eq!(verify(until).unwrap_err().code(), Code::TokenExpired);
    }

    #[test]
    fn a_link_opens_nothing_else() {
        let (links, id, now) = (links(1), Uuid::from_u128(7), Timestamp::from_ms(0));
        let until = Links::expiry(now, None);
        let (by, kind) = (maker(3), Linked::Thumbnail);
        let query = links.sign(kind, id, by, until);
        let seal = signature(&query);

        let wrong = [
            links.verify(Linked::File, id, by, until.ms(), seal, now),
            links.verify(kind, Uuid::from_u128(8), by, until.ms(), seal, now),
            links.verify(kind, id, maker(4), until.ms(), seal, now),
            links.verify(kind, id, by, until.ms() + 1, seal, now),
            links.verify(kind, id, by, until.ms(), &seal[1..], now),
            links.verify(kind, id, by, until.ms(), "", now),
            self::links(2).verify(kind, id, by, until.ms(), seal, now),
        ];

        for result in wrong {
            assert_eq!(result.unwrap_err().code(), Code::NotFound);
        }
    }

    #[test]
    fn a_link_names_its_maker() {
        let session = None;
        for maker in [
            maker(3),
            Maker {
                session,
                ..maker(4)
            },
        ] {
            let by = BASE64_URL_SAFE_NO_PAD.encode(maker.bytes());
            assert_eq!(Maker::read(&by), Some(maker));
        }
        assert_eq!(Maker::read(""), None);
        assert_eq!(Maker::read("AAAA"), None);
    }

    #[test]
    fn no_link_holds_longer_than_a_day() {
        let now = Timestamp::from_ms(0);

        assert_eq!(Links::expiry(now, None).ms(), 3_600_000);
        assert_eq!(Links::expiry(now, Some(u32::MAX)).ms(), 86_400_000);
    }
}

//! Tokens for programs: opaque, made from a secret and the session that each is, so that none has to be stored. What may be
//! done with one, and whether it still holds, is asked of the database at every call: it ends at once, everywhere.

use super::Tokens;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Secret, SessionId};
use uuid::Uuid;

/// What every one begins with, so that people and scanners know it where they see it.
const PREFIX: &str = "chatp_";
/// Stands before the session in what is sealed, so that no seal over anything else is good for this.
const PURPOSE: &[u8] = b"token for a program, 1";

/// Whether a text is meant to be one.
pub(super) fn looks_like_one(token: &str) -> bool {
    token.starts_with(PREFIX)
}

impl Tokens {
    /// The token that is a session: the session, and a seal over it.
    pub(crate) fn program_token(&self, session: SessionId) -> Secret {
        let mut bytes = session.uuid().as_bytes().to_vec();
        let seal = hmac::sign(&self.refresh_key, &sealed(session));
        bytes.extend_from_slice(seal.as_ref());
        Secret::new(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The session that a token is; none for one that was not made here.
    pub(crate) fn open_program_token(&self, token: &str) -> Option<SessionId> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(token.strip_prefix(PREFIX)?)
            .ok()?;
        let (session, seal) = bytes.split_at_checked(16)?;
        let session = SessionId::new(Uuid::from_slice(session).ok()?);
        hmac::verify(&self.refresh_key, &sealed(session), seal).ok()?;
        Some(session)
    }
}

fn sealed(session: SessionId) -> Vec<u8> {
    [PURPOSE, session.uuid().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::KeyRing, clock::Random};

    #[test]
    fn only_what_was_made_here_is_opened() {
        let tokens = || Tokens::new(KeyRing::in_memory(&Random::from_system()).unwrap());
        let (here, there) = (tokens(), tokens());
        let session = SessionId::new(Uuid::from_u128(7));

        let token = here.program_token(session);
        let text = token.expose();

        assert!(looks_like_one(text), "compared in a test");
        assert_eq!(here.open_program_token(text), Some(session));
        assert_eq!(there.open_program_token(text), None);
        let refresh = here.refresh_token(session, 0);
        let forged = format!("{PREFIX}{}", refresh.expose());
        assert_eq!(here.open_program_token(&forged), None);
        assert!(here.open_refresh_token(&token).is_none());
        for wrong in ["", PREFIX, &text[..text.len() - 1], &text[1..]] {
            assert_eq!(here.open_program_token(wrong), None, "{wrong}");
        }
    }
}

//! Access tokens: JWTs (RFC 7519, typed as RFC 9068 does) signed with Ed25519 and checked without the database. Refresh
//! tokens: opaque, made from a secret, the session and a counter, so that none has to be stored and a lost answer can be
//! given again.

mod program;

use super::KeyRing;
use crate::Error;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Code, Secret, SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use uuid::Uuid;

/// Who made the token, and for whom. One word for both: nobody else takes part.
const ISSUER: &str = "chat";
/// The `typ` of an access token (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";
/// Verified tokens that are remembered.
const REMEMBERED_MOST: usize = 20_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    iat: i64,
    exp: i64,
}

/// What a good access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) user_id: UserId,
    pub(crate) session_id: SessionId,
    pub(crate) expires_at: Timestamp,
}

/// Makes tokens and checks them.
pub(crate) struct Tokens {
    keys: RwLock<Arc<KeyRing>>,
    refresh_key: hmac::Key,
    /// Tokens that were verified before; a signature costs more than a look.
    remembered: Mutex<HashMap<Box<str>, Access>>,
    /// Sessions that ended while an access token of theirs may still look good, and until when it may.
    ended: RwLock<HashMap<SessionId, Timestamp>>,
}

/// Whether a bearer token is meant for the chat rather than for the embedding program: a signed token of this type, or one
/// for a program.
pub(crate) fn looks_like_ours(token: &str) -> bool {
    program::looks_like_one(token)
        || jsonwebtoken::decode_header(token)
            .is_ok_and(|header| header.typ.as_deref() == Some(TYPE))
}

impl Tokens {
    pub(crate) fn new(keys: KeyRing) -> Self {
        let refresh_key = hmac::Key::new(hmac::HMAC_SHA256, &keys.refresh_secret);
        Self {
            keys: RwLock::new(Arc::new(keys)),
            refresh_key,
            remembered: Mutex::default(),
            ended: RwLock::default(),
        }
    }

    /// Takes other keys for access tokens: a new one may be there, and one that is gone is good for nothing any more.
    pub(crate) fn take(&self, keys: KeyRing) {
        let gone = {
            let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            let gone = held
                .verifying
                .keys()
                .any(|id| !keys.verifying.contains_key(id));
            *held = Arc::new(keys);
            gone
        };
        if gone {
            self.remembered().clear();
        }
    }

    fn keys(&self) -> Arc<KeyRing> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// Whether a token names a key that is not known here: somebody may have made it meanwhile.
    pub(crate) fn names_unknown_key(&self, token: &str) -> bool {
        let header = jsonwebtoken::decode_header(token).ok();
        let id = header.and_then(|header| header.kid);
        id.is_some_and(|id| !self.keys().verifying.contains_key(&id))
    }

    /// Signs an access token.
    pub(crate) fn sign(&self, access: Access, now: Timestamp) -> Result<Secret, Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: access.user_id.uuid(),
            sid: access.session_id.uuid(),
            iat: now.ms() / 1_000,
            exp: access.expires_at.ms() / 1_000,
        };
        let keys = self.keys();
        let signing = keys.signing(now);
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(signing.id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &signing.key)
            .map(Secret::new)
            .map_err(|error| Error::Internal(format!("a token could not be signed: {error}")))
    }

    /// Checks an access token: its type, its key, its signature, its times, and whether its session has ended.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Access, Error> {
        let known = self.remembered().get(token).copied();
        let access = match known {
            Some(access) => access,
            None => {
                let access = self.decode(token)?;
                self.remember(token, access, now);
                access
            }
        };
        if self.is_ended(access.session_id) {
            return Err(super::session_ended());
        }
        if access.expires_at <= now {
            return Err(Error::rule(
                Code::TokenExpired,
                "the access token has expired; refresh it",
            ));
        }
        Ok(access)
    }

    fn decode(&self, token: &str) -> Result<Access, Error> {
        let refused = || {
            Error::rule(
                Code::Unauthenticated,
                "the token is not valid here; sign in again",
            )
        };
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(refused());
        }
        // The key decides the algorithm, and only keys of this server are looked up: not a URL, not an embedded key.
        let keys = self.keys();
        let key = header
            .kid
            .and_then(|kid| keys.verifying.get(&kid))
            .ok_or_else(refused)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is checked against the server's own clock, by the caller.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| refused())?
            .claims;
        Ok(Access {
            user_id: UserId::new(claims.sub),
            session_id: SessionId::new(claims.sid),
            expires_at: Timestamp::from_ms(claims.exp.saturating_mul(1_000)),
        })
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<Box<str>, Access>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, token: &str, access: Access, now: Timestamp) {
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_MOST {
            remembered.retain(|_, access| access.expires_at > now);
        }
        if remembered.len() >= REMEMBERED_MOST {
            remembered.clear();
        }
        remembered.insert(token.into(), access);
    }

    pub(crate) fn is_ended(&self, session: SessionId) -> bool {
        self.ended
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&session)
    }

    /// Notes sessions that ended; their access tokens are refused from now on. `until` is when those run out anyway.
    pub(crate) fn end(&self, sessions: &[SessionId], until: Timestamp) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.extend(sessions.iter().map(|session| (*session, until)));
    }

    /// Forgets ended sessions whose tokens have run out.
    pub(crate) fn tidy(&self, now: Timestamp) {
        self.ended
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, until| *until > now);
        self.remembered()
            .retain(|_, access| access.expires_at > now);
    }

    /// The refresh token of a session's generation: session, generation, and a seal over both.
    pub(crate) fn refresh_token(&self, session: SessionId, generation: i64) -> Secret {
        let mut bytes = refresh_body(session, generation);
        let seal = hmac::sign(&self.refresh_key, &bytes);
        bytes.extend_from_slice(seal.as_ref());
        Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a refresh token is for; none for one that was not made here.
    pub(crate) fn open_refresh_token(&self, token: &Secret) -> Option<(SessionId, i64)> {
        // Exposed to be taken apart.
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.expose()).ok()?;
        let (body, seal) = bytes.split_at_checked(24)?;
        hmac::verify(&self.refresh_key, body, seal).ok()?;
        let (session, generation) = body.split_at_checked(16)?;
        let session = Uuid::from_slice(session).ok()?;
        Some((
            SessionId::new(session),
            i64::from_be_bytes(generation.try_into().ok()?),
        ))
    }
}

fn refresh_body(session: SessionId, generation: i64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(56);
    bytes.extend_from_slice(session.uuid().as_bytes());
    bytes.extend_from_slice(&generation.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests;

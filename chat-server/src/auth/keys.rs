//! The keys that sign access tokens and make refresh tokens, and which of them signs when.
//!
//! A new key is there for a while before it signs, so that every process can verify by it when the first token of it
//! comes. Where keys are kept is in `keys/place.rs`, how the others hear of a new one in `keys/lookout.rs`.

mod file;
mod lookout;
mod place;

pub(crate) use lookout::Lookout;
pub(crate) use place::KeyPlace;

use crate::{Error, clock::Random};
use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chat_core::Timestamp;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Keys kept besides the one that signs, so that tokens signed before a rotation still hold.
const OLD_KEYS_MOST: usize = 4;
/// A new key is verified by for so long before it signs. Every process looks for new keys twice in this time.
pub(crate) const WAITING_MS: i64 = 120_000;

/// The keys in use: one to sign with, all to verify with.
pub(crate) struct KeyRing {
    /// In the order in which they sign.
    signing: Vec<SigningKey>,
    pub(super) verifying: HashMap<String, DecodingKey>,
    /// Makes refresh tokens. Not part of a rotation: that would sign everybody out.
    pub(super) refresh_secret: Vec<u8>,
}

/// A key that signs from some moment until another does.
pub(super) struct SigningKey {
    pub(super) id: String,
    pub(super) key: EncodingKey,
    signs_from: Timestamp,
}

/// The keys as they are kept, newest last.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeySet {
    signing_keys: Vec<KeptKey>,
    refresh_secret: String,
}

#[derive(Serialize, Deserialize)]
struct KeptKey {
    id: String,
    /// PKCS #8, Base64.
    private: String,
    /// Milliseconds since 1970.
    #[serde(default)]
    signs_from: i64,
}

impl KeptKey {
    fn make(random: &Random, signs_from: Timestamp) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::generate().map_err(|_| broken("a key could not be made"))?;
        let private = pair
            .to_pkcs8()
            .map_err(|_| broken("a key could not be written"))?;
        Ok(Self {
            id: format!("{:016x}", random.word()),
            private: BASE64_STANDARD.encode(private.as_ref()),
            signs_from: signs_from.ms(),
        })
    }
}

impl KeySet {
    /// A first key, which signs at once, and a secret.
    fn make(random: &Random) -> Result<Self, Error> {
        Ok(Self {
            signing_keys: vec![KeptKey::make(random, Timestamp::from_ms(0))?],
            refresh_secret: BASE64_STANDARD.encode(random.bytes::<32>()),
        })
    }

    /// Adds a key that signs in a while, and says when. Where one waits for its time already, that is the new key.
    fn rotate(&mut self, random: &Random, now: Timestamp) -> Result<Timestamp, Error> {
        if let Some(waiting) = self.signing_keys.last()
            && waiting.signs_from > now.ms()
        {
            return Ok(Timestamp::from_ms(waiting.signs_from));
        }
        let signs_from = now.plus_ms(WAITING_MS);
        let surplus = self.signing_keys.len().saturating_sub(1 + OLD_KEYS_MOST);
        self.signing_keys.drain(..surplus);
        self.signing_keys.push(KeptKey::make(random, signs_from)?);
        Ok(signs_from)
    }

    /// The keys, ready for use.
    fn ring(&self) -> Result<KeyRing, Error> {
        let mut signing = Vec::with_capacity(self.signing_keys.len());
        let mut verifying = HashMap::new();
        for key in &self.signing_keys {
            let private = BASE64_STANDARD
                .decode(&key.private)
                .map_err(|_| broken("a key is not Base64"))?;
            let pair = Ed25519KeyPair::from_pkcs8(&private)
                .map_err(|_| broken("a key is not an Ed25519 key"))?;
            verifying.insert(
                key.id.clone(),
                DecodingKey::from_ed_der(pair.public_key().as_ref()),
            );
            signing.push(SigningKey {
                id: key.id.clone(),
                key: EncodingKey::from_ed_der(&private),
                signs_from: Timestamp::from_ms(key.signs_from),
            });
        }
        if signing.is_empty() {
            return Err(broken("it has no key"));
        }
        let refresh_secret = BASE64_STANDARD
            .decode(&self.refresh_secret)
            .map_err(|_| broken("the refresh secret is not Base64"))?;
        if refresh_secret.len() < 32 {
            return Err(broken("the refresh secret is too short"));
        }
        Ok(KeyRing {
            signing,
            verifying,
            refresh_secret,
        })
    }
}

impl KeyRing {
    /// Keys that are gone with the process.
    pub(crate) fn in_memory(random: &Random) -> Result<Self, Error> {
        KeySet::make(random)?.ring()
    }

    /// The key that signs now: the newest whose time has come.
    pub(super) fn signing(&self, now: Timestamp) -> &SigningKey {
        let come = self.signing.iter().rev().find(|key| key.signs_from <= now);
        // A clock that was set back must not leave the server without a key.
        come.unwrap_or(&self.signing[0])
    }

    /// A key for one purpose alone: what it signs proves nothing where another purpose is meant. Like the secret it is
    /// made from, it stays over rotations.
    pub(crate) fn key_for(&self, purpose: &str) -> hmac::Key {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &self.refresh_secret);
        let derived = hmac::sign(&secret, purpose.as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }
}

fn broken(what: &str) -> Error {
    Error::Internal(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    #[test]
    fn a_new_key_is_verified_by_before_it_signs() {
        let random = Random::seeded(1);
        let mut set = KeySet::make(&random).unwrap();
        let before = set.ring().unwrap();

        let signs_from = set.rotate(&random, NOW).unwrap();

        let after = set.ring().unwrap();
        let id = |at| after.signing(at).id.clone();
        let (old, new) = (id(signs_from.plus_ms(-1)), id(signs_from));
        assert_eq!(old, before.signing(NOW).id);
        assert!(new != old && after.verifying.contains_key(&new));
        assert!(after.verifying.contains_key(&old));
        assert_eq!(after.refresh_secret, before.refresh_secret);
        assert_eq!(signs_from, NOW.plus_ms(WAITING_MS));
    }

    #[test]
    fn while_a_key_waits_no_other_is_made() {
        let random = Random::seeded(1);
        let mut set = KeySet::make(&random).unwrap();
        let first = set.rotate(&random, NOW).unwrap();

        let second = set.rotate(&random, first.plus_ms(-1)).unwrap();

        assert_eq!((second, set.signing_keys.len()), (first, 2));
    }

    #[test]
    fn the_oldest_keys_go() {
        let random = Random::seeded(1);
        let mut set = KeySet::make(&random).unwrap();
        let mut now = NOW;
        for _ in 0..9 {
            now = set.rotate(&random, now).unwrap();
        }

        // The one that signs until the newest does, and those before it.
        assert_eq!(set.signing_keys.len(), 2 + OLD_KEYS_MOST);
    }
}

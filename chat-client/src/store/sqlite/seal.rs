//! Encryption of what goes into a row: ChaCha20-Poly1305 with a random nonce before each text, and with the name of the
//! row as associated data, so that no row can be put in another's place. It comes from the library that TLS brings along,
//! and leaves SQLite as it is. It hides no ids, places or sizes, and does not say when a row is an older one.

use super::StoreError;
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use serde::{Serialize, de::DeserializeOwned};

/// Seals values for their rows, or only writes them down where there is no key.
pub(super) struct Seal {
    key: Option<LessSafeKey>,
    random: SystemRandom,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.key.is_some() {
            "sealed"
        } else {
            "plain"
        })
    }
}

impl Seal {
    pub(super) fn none() -> Self {
        Self {
            key: None,
            random: SystemRandom::new(),
        }
    }

    pub(super) fn with_key(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has 32 bytes");
        Self {
            key: Some(LessSafeKey::new(key)),
            ..Self::none()
        }
    }

    /// A value as it goes into the row of this name.
    pub(super) fn close<T: Serialize>(
        &self,
        name: &[u8],
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        let mut bytes =
            serde_json::to_vec(value).map_err(|error| StoreError::Failed(error.to_string()))?;
        let Some(key) = &self.key else {
            return Ok(bytes);
        };
        let no_random = |_| StoreError::Failed("there is no randomness to be had".to_owned());
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(no_random)?;
        let sealed = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(sealed, Aad::from(name), &mut bytes)
            .map_err(|_| StoreError::Failed("it is too long to be sealed".to_owned()))?;
        Ok([&nonce[..], &bytes].concat())
    }

    /// The value in the row of this name.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        name: &[u8],
        mut bytes: Vec<u8>,
    ) -> Result<T, StoreError> {
        let damaged = |what: String| StoreError::Damaged(what);
        let plain = match &self.key {
            None => &bytes[..],
            Some(key) => {
                let (nonce, text) = bytes
                    .split_at_mut_checked(NONCE_LEN)
                    .ok_or_else(|| damaged("a row is too short".to_owned()))?;
                let nonce = Nonce::try_assume_unique_for_key(nonce)
                    .map_err(|_| damaged("a row has no nonce".to_owned()))?;
                key.open_in_place(nonce, Aad::from(name), text)
                    .map_err(|_| damaged("a row is not what was sealed".to_owned()))?
            }
        };
        serde_json::from_slice(plain).map_err(|error| damaged(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_own_row_with_its_own_key_only() {
        let seal = Seal::with_key(&[1; 32]);
        let bytes = seal.close(b"a", &"secret").unwrap();

        assert!(!bytes.windows(6).any(|part| part == b"secret"));
        assert_eq!(seal.open::<String>(b"a", bytes.clone()).unwrap(), "secret");
        assert!(seal.open::<String>(b"b", bytes.clone()).is_err());
        assert!(
            Seal::with_key(&[2; 32])
                .open::<String>(b"a", bytes.clone())
                .is_err()
        );
        assert!(Seal::none().open::<String>(b"a", bytes).is_err());
    }
}

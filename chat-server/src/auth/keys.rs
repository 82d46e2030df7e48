//! The keys that sign access tokens and make refresh tokens: made at first start, kept in a file only its owner reads.

use crate::{Error, clock::Random};
use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// Keys kept besides the newest, so that tokens signed before a rotation still hold.
const OLD_KEYS_MOST: usize = 4;

/// The keys in use: one to sign with, all to verify with.
pub(crate) struct KeyRing {
    pub(super) signing_id: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: HashMap<String, DecodingKey>,
    /// Makes refresh tokens. Not part of a rotation: that would sign everybody out.
    pub(super) refresh_secret: Vec<u8>,
}

/// The file, newest key last.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    signing_keys: Vec<KeptKey>,
    refresh_secret: String,
}

#[derive(Serialize, Deserialize)]
struct KeptKey {
    id: String,
    /// PKCS #8, Base64.
    private: String,
}

impl KeptKey {
    fn make(random: &Random) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::generate().map_err(|_| broken("a key could not be made"))?;
        let private = pair
            .to_pkcs8()
            .map_err(|_| broken("a key could not be written"))?;
        Ok(Self {
            id: format!("{:016x}", random.word()),
            private: BASE64_STANDARD.encode(private.as_ref()),
        })
    }
}

impl KeyFile {
    fn make(random: &Random) -> Result<Self, Error> {
        Ok(Self {
            signing_keys: vec![KeptKey::make(random)?],
            refresh_secret: BASE64_STANDARD.encode(random.bytes::<32>()),
        })
    }
}

impl KeyRing {
    /// Keys that are gone with the process.
    pub(crate) fn in_memory(random: &Random) -> Result<Self, Error> {
        Self::from_file(&KeyFile::make(random)?)
    }

    /// The keys of a file, which is made where it is missing.
    pub(crate) fn open(path: &Path, random: &Random) -> Result<Self, Error> {
        let file = match read(path) {
            Ok(Some(file)) => file,
            Ok(None) => {
                let file = KeyFile::make(random)?;
                write(path, &file).map_err(|error| failed(path, &error.to_string()))?;
                file
            }
            Err(error) => return Err(failed(path, &error)),
        };
        Self::from_file(&file).map_err(|error| failed(path, &error.to_string()))
    }

    /// Adds a new key to sign with. Tokens of the keys before it hold until they run out.
    pub(crate) fn rotate(path: &Path, random: &Random) -> Result<(), Error> {
        let file = read(path).map_err(|error| failed(path, &error))?;
        let mut file =
            file.ok_or_else(|| failed(path, "there is none yet; start the server once"))?;
        file.signing_keys.push(KeptKey::make(random)?);
        let surplus = file.signing_keys.len().saturating_sub(1 + OLD_KEYS_MOST);
        file.signing_keys.drain(..surplus);
        write(path, &file).map_err(|error| failed(path, &error.to_string()))
    }

    /// A key for one purpose alone: what it signs proves nothing where another purpose is meant. Like the secret it is
    /// made from, it stays over rotations.
    pub(crate) fn key_for(&self, purpose: &str) -> hmac::Key {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &self.refresh_secret);
        let derived = hmac::sign(&secret, purpose.as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }

    fn from_file(file: &KeyFile) -> Result<Self, Error> {
        let mut ring = None;
        let mut verifying = HashMap::new();
        for key in &file.signing_keys {
            let private = BASE64_STANDARD
                .decode(&key.private)
                .map_err(|_| broken("a key is not Base64"))?;
            let pair = Ed25519KeyPair::from_pkcs8(&private)
                .map_err(|_| broken("a key is not an Ed25519 key"))?;
            verifying.insert(
                key.id.clone(),
                DecodingKey::from_ed_der(pair.public_key().as_ref()),
            );
            ring = Some((key.id.clone(), EncodingKey::from_ed_der(&private)));
        }
        let (signing_id, signing) = ring.ok_or_else(|| broken("it has no key"))?;
        let refresh_secret = BASE64_STANDARD
            .decode(&file.refresh_secret)
            .map_err(|_| broken("the refresh secret is not Base64"))?;
        if refresh_secret.len() < 32 {
            return Err(broken("the refresh secret is too short"));
        }
        Ok(Self {
            signing_id,
            signing,
            verifying,
            refresh_secret,
        })
    }
}

fn broken(what: &str) -> Error {
    Error::Internal(what.to_owned())
}

fn failed(path: &Path, reason: &str) -> Error {
    Error::Keys {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

fn read(path: &Path) -> Result<Option<KeyFile>, String> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            "it is damaged; restore it, or move it away (that signs everybody out)".to_owned()
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes a new file beside the old one, readable by the owner only, and puts it in its place.
fn write(path: &Path, file: &KeyFile) -> io::Result<()> {
    let mut new = PathBuf::from(path).into_os_string();
    new.push(".new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&new)?;
    out.write_all(&serde_json::to_vec_pretty(file)?)?;
    out.sync_all()?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_ring_signs_with_the_new_key_and_verifies_with_both() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        let random = Random::seeded(1);
        let before = KeyRing::open(&path, &random).unwrap();

        KeyRing::rotate(&path, &random).unwrap();

        let after = KeyRing::open(&path, &random).unwrap();
        assert_ne!(after.signing_id, before.signing_id);
        assert!(after.verifying.contains_key(&before.signing_id));
        assert_eq!(after.refresh_secret, before.refresh_secret);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");

        KeyRing::open(&path, &Random::seeded(1)).unwrap();

        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        fs::write(&path, "{").unwrap();

        let error = KeyRing::open(&path, &Random::seeded(1))
            .err()
            .unwrap()
            .to_string();

        assert!(
            error.contains("keys.json") && error.contains("damaged"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "{");
    }
}

//! Names of things: UUIDv7 ids, the client's own id for a send, and positions in a log.
//!
//! Ids are made by the server (or, for [`ClientId`], by the client) and only carried here.

use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(&'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id made elsewhere.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id itself, for storage.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError("must be a UUID"))
            }
        }
    };
}

id!(
    /// A person's account.
    UserId
);
id!(
    /// A conversation, and the log of everything that happened in it.
    ConversationId
);
id!(
    /// A message.
    MessageId
);
id!(
    /// One signed-in device.
    SessionId
);
id!(
    /// A stored file.
    AttachmentId
);
id!(
    /// A file that comes in parts.
    UploadId
);
id!(
    /// A report of a message to those who look after the server.
    ReportId
);

/// The id a client gives to one send: 1 to 64 visible ASCII characters, unique per sender and conversation.
///
/// Sending again with the same id never makes a second message. A UUID is a good choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minLength" = 1, "maxLength" = 64, "pattern" = "^[!-~]+$")))]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a client's id as a server tells it: a newer one may take longer ones than are made here.
pub(crate) fn told<'de, D: Deserializer<'de>>(from: D) -> Result<ClientId, D::Error> {
    String::deserialize(from).map(ClientId)
}

impl TryFrom<String> for ClientId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        match text.len() {
            1..=64 if text.bytes().all(|b| b.is_ascii_graphic()) => Ok(Self(text)),
            _ => Err(IdError("must be 1 to 64 visible ASCII characters")),
        }
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl From<Uuid> for ClientId {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One life of a log. Changes only where history may have been rewritten; every older position is void then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[0-9a-f]{16}$")))]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(u64);

impl Epoch {
    /// Wraps a random word.
    pub const fn new(word: u64) -> Self {
        Self(word)
    }

    /// The word, for storage.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for Epoch {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        match text.len() {
            16 => u64::from_str_radix(&text, 16)
                .map(Self)
                .map_err(|_| IdError("must be 16 hexadecimal digits")),
            _ => Err(IdError("must be 16 hexadecimal digits")),
        }
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> Self {
        format!("{:016x}", epoch.0)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A place in a log: dense, counted from 1, at most 2^53 - 1 so that every JSON reader can hold it. 0 is "before all".
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("maximum" = 9_007_199_254_740_991_u64)))]
#[serde(try_from = "u64", into = "u64")]
pub struct Seq(u64);

impl Seq {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);
    /// The largest place: 2^53 - 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The place after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The place before this one; zero stays zero.
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The place `count` further on.
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }
}

impl TryFrom<u64> for Seq {
    type Error = IdError;

    fn try_from(number: u64) -> Result<Self, IdError> {
        match number {
            0..=9_007_199_254_740_991 => Ok(Self(number)),
            _ => Err(IdError("must be at most 2^53 - 1")),
        }
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> Self {
        seq.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seq_beyond_what_json_readers_hold_is_refused() {
        assert!(serde_json::from_str::<Seq>("9007199254740991").is_ok());
        assert!(serde_json::from_str::<Seq>("9007199254740992").is_err());
        assert!(serde_json::from_str::<Seq>("-1").is_err());
    }

    #[test]
    fn client_id_is_visible_ascii() {
        assert!(ClientId::try_from("n1".to_owned()).is_ok());
        for bad in ["", "a b", "a\n", "é", &"x".repeat(65)] {
            assert!(ClientId::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn epoch_reads_what_it_writes() {
        let epoch = Epoch::new(0xabc);
        let text = serde_json::to_string(&epoch).unwrap();
        assert_eq!(text, "\"0000000000000abc\"");
        assert_eq!(serde_json::from_str::<Epoch>(&text).unwrap(), epoch);
    }
}

//! Words that a server tells, read so that one which only a newer server knows costs nobody the rest of the answer: it
//! reads as `Unknown`. Each such word is an enum with a variant for that which is never part of its own reading and
//! writing, so that a call can neither ask for it nor be understood with it: only the fields of what is told are read and
//! written by these functions.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned, IntoDeserializer, Visitor, value::StrDeserializer},
};
use std::{fmt, marker::PhantomData};

/// All that can be told, by the release that it came with: answers and events learn fields and words from one such release
/// to the next, and never within one. What a client kept with another may lack some of it, and is asked for anew.
pub const VOCABULARY: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR")
);

/// How an unknown word is written where a client keeps or shows it.
const UNKNOWN: &str = "unknown";

/// A word that a server tells.
pub(crate) trait Word: DeserializeOwned + Serialize + PartialEq {
    /// What a word reads as that this version does not know.
    const UNKNOWN: Self;
}

/// Says which variant of each is the unknown one.
macro_rules! words {
    ($($name:ident),+) => {
        $(impl Word for crate::$name {
            const UNKNOWN: Self = Self::Unknown;
        })+
    };
}

words! {
    ConversationKind, GoneReason, MemberRole, MessageKind, Notify, PresenceState, ReportState, ResetReason, SystemAction,
    TokenScope, UserRole, Visibility
}

/// Reads a word, whatever it is.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Word>(from: D) -> Result<T, D::Error> {
    from.deserialize_str(Reader(PhantomData))
}

/// Reads a word that may be absent.
pub(crate) fn read_some<'de, D: Deserializer<'de>, T: Word>(
    from: D,
) -> Result<Option<T>, D::Error> {
    /// As [`read`] reads it.
    struct Read<T>(T);

    impl<'de, T: Word> Deserialize<'de> for Read<T> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            read(from).map(Self)
        }
    }

    let word = Option::<Read<T>>::deserialize(from)?;
    Ok(word.map(|word| word.0))
}

/// Writes a word, and one that is not known as such.
pub(crate) fn write<S: Serializer, T: Word>(word: &T, to: S) -> Result<S::Ok, S::Error> {
    match *word == T::UNKNOWN {
        true => to.serialize_str(UNKNOWN),
        false => word.serialize(to),
    }
}

/// Writes a word that may be absent.
pub(crate) fn write_some<S: Serializer, T: Word>(
    word: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match word {
        Some(word) => write(word, to),
        None => to.serialize_none(),
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Word> Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
        let word: StrDeserializer<'_, de::value::Error> = word.into_deserializer();
        Ok(T::deserialize(word).unwrap_or(T::UNKNOWN))
    }
}

#[cfg(test)]
mod tests;

//! What guesses at a password are counted by: the account they are for, and where they come from.

use super::household;
use chat_core::Username;
use std::{fmt, net::IpAddr};

/// Who guesses at whose password.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Guess {
    /// The account, by the name that is given. However it is typed, it is the same; longer names than any account has are
    /// one by their beginning.
    pub(super) name: String,
    from: IpAddr,
}

impl Guess {
    pub(super) fn new(identifier: &str, address: IpAddr) -> Self {
        let written = identifier.trim();
        let name = Username::parse(written).map_or_else(|_| written.to_lowercase(), String::from);
        Self {
            name: name.chars().take(254).collect(),
            from: household(address),
        }
    }
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.from, self.name)
    }
}

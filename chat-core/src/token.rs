//! Tokens for programs: long-lived, named, for less than their owner may, and good until they are ended.
//!
//! A token is a session of its own: it is listed with the others and ended like them, and ends with them.

use crate::{Access, DisplayName, Operation, Secret, Session, Timestamp, input::input};
use serde::{Deserialize, Serialize};

/// What a program may do with a token. A newer server may tell another scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Asks, and follows what happens; changes nothing.
    Read,
    /// Does what its owner may, but does not look after the server.
    Write,
    /// Does what its owner may, also as somebody who looks after the server; but it makes no others who do, and does
    /// nothing to the accounts of those.
    Admin,
    /// A scope of a newer server.
    #[serde(skip)]
    Unknown,
}

impl TokenScope {
    /// Whether a call may be made with it. How one signs in, and the account itself, are for no token.
    pub fn may(self, operation: &Operation) -> bool {
        let of_the_account = ["auth.", "email.", "password.", "ticket.", "token."];
        let is_of_the_account = of_the_account
            .iter()
            .any(|start| operation.name.starts_with(start));
        match operation.access {
            Access::Anonymous => true,
            _ if is_of_the_account => false,
            _ if matches!(operation.name, "session.end" | "user.me.delete") => false,
            Access::User => match self {
                Self::Read => operation.is_reading(),
                Self::Write | Self::Admin => true,
                Self::Unknown => false,
            },
            Access::Admin => self == Self::Admin,
        }
    }
}

/// A token that was made. It is told once, and can be read nowhere afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// As it is listed.
    #[serde(flatten)]
    pub session: Session,
    /// Goes with every call: `Authorization: Bearer …`.
    pub token: Secret,
}

input! {
    /// Makes a token for a program. It holds until it is ended, the password is changed or its time is up.
    pub struct CreateToken {
        /// What it is for; the name in the list of sessions.
        pub name: DisplayName,
        /// What may be done with it. `admin` is for those who look after the server.
        pub scope: TokenScope,
        /// How long it holds; without it, for ever.
        #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
        pub expires_in_s: Option<u32>,
    }
}

impl CreateToken {
    /// When it ends.
    pub fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        let span = self.expires_in_s?;
        Some(now.plus_ms(i64::from(span) * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(scope: TokenScope) -> Vec<&'static str> {
        let all = Operation::ALL.iter().filter(|one| scope.may(one));
        all.map(|one| one.name).collect()
    }

    #[test]
    fn each_scope_may_what_the_one_below_may_and_more() {
        let [read, write, admin] =
            [TokenScope::Read, TokenScope::Write, TokenScope::Admin].map(allowed);

        assert!(read.iter().all(|name| write.contains(name)));
        assert!(write.iter().all(|name| admin.contains(name)));
        assert!(read.contains(&"history") && read.contains(&"sync"));
        assert!(!read.contains(&"message.send") && !read.contains(&"admin.user.list"));
        assert!(write.contains(&"message.send") && !write.contains(&"admin.user.list"));
        assert!(admin.contains(&"admin.user.change"));
    }

    #[test]
    fn no_token_makes_another_or_takes_the_account_over() {
        let never = [
            "token.create",
            "ticket.create",
            "password.change",
            "session.end",
            "auth.logout",
            "user.me.delete",
        ];
        let admin = allowed(TokenScope::Admin);
        assert!(never.iter().all(|name| !admin.contains(name)));
    }
}

//! Who people are: public profile, one's own account, and the rules of names and passwords.

use crate::{
    Limits, PresenceState, Timestamp, UserId,
    input::{input, text_type},
    text,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// The name one is found and mentioned by: 3 to 32 of `a-z 0-9 . _ -`, starting and ending with a letter or digit.
    /// Capitals are read as small letters. Other scripts are refused here (and welcome in a [`DisplayName`]), so that
    /// no two names look alike.
    Username, 3..=32, |text| {
        let name = text.to_ascii_lowercase();
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = name.as_bytes();
        match bytes {
            [first, .., last] if (3..=32).contains(&bytes.len()) && inner(*first) && inner(*last)
                && bytes.iter().all(|b| inner(*b) || matches!(b, b'.' | b'_' | b'-')) => {}
            _ => return Err("must be 3 to 32 of a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends"),
        }
        match RESERVED.contains(&name.as_str()) {
            true => Err("is reserved"),
            false => Ok(name),
        }
    }
}

/// Names that could pass for the service itself.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "all",
    "channel",
    "everyone",
    "group",
    "here",
    "me",
    "moderator",
    "nobody",
    "null",
    "root",
    "security",
    "staff",
    "support",
    "system",
    "undefined",
];

text_type! {
    /// The name people see: 1 to 64 characters of any script, something visible among them.
    DisplayName, 1..=64, |text| {
        let name = text.trim();
        match name.chars().count() {
            1..=64 if text::is_visible(name) && !name.chars().any(text::acts) => Ok(name.to_owned()),
            _ => Err("must be 1 to 64 visible characters without control or direction marks"),
        }
    }
}

text_type! {
    /// An address to write to. Only its shape is checked: one `@`, something before it, a dotted name behind it.
    Email, 3..=254, |text| {
        let address = text.trim().to_lowercase();
        let shape = address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && local.len() <= 64 && domain.contains('.') && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        });
        match shape && address.len() <= 254 && !address.chars().any(|c| c.is_whitespace() || text::is_invisible(c)) {
            true => Ok(address),
            false => Err("must be an email address such as ann@example.org"),
        }
    }
}

/// A new password: 8 to 128 characters, taken exactly as typed. No rules of composition (NIST SP 800-63B, 3.1.1.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minLength" = 8, "maxLength" = 128)))]
#[serde(try_from = "String", into = "String")]
pub struct NewPassword(String);

impl NewPassword {
    /// The password itself. Name the reason where you call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NewPassword {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.chars().count() {
            8..=128 => Ok(Self(text)),
            _ => Err("must be 8 to 128 characters"),
        }
    }
}

impl From<NewPassword> for String {
    fn from(password: NewPassword) -> Self {
        password.0
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// What a user may do on the whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Chats.
    User,
    /// Also looks after the others.
    Admin,
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name one finds them by.
    pub username: String,
    /// The name people see.
    pub display_name: String,
    /// Where their picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Whether they are here, where the caller may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceState>,
    /// When they were last here, where the caller may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// As others see it.
    #[serde(flatten)]
    pub user: User,
    /// Where mail goes. None for users that an embedding program brought along without one.
    pub email: Option<String>,
    /// What the caller may do on the whole server.
    pub role: UserRole,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserPage {
    /// In the order of their usernames.
    pub items: Vec<User>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Asks for one's own account.
    pub struct ShowMe {}
}

input! {
    /// Asks for one user.
    pub struct ShowUser {
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Looks for users by the beginning of a username or of a word in the display name, or by exact email.
    pub struct ListUsers {
        /// What to look for; without it, everybody.
        pub q: Option<String>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListUsers {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        self.limit
            .unwrap_or(Limits::PAGE_DEFAULT)
            .clamp(1, Limits::PAGE_ENTRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_reserved_words_and_odd_shapes_are_no_usernames() {
        for bad in [
            "аnn",
            "ann\u{200b}",
            "ad",
            "admin",
            "ADMIN",
            "-ann",
            "ann.",
            "a b c",
            &"a".repeat(33),
            "ａnn",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Username::parse("Ann.Lee-2").unwrap().as_str(), "ann.lee-2");
    }

    #[test]
    fn a_display_name_shows_something_and_reorders_nothing() {
        for bad in ["", "  ", "\u{200b}", "a\u{202e}b", "a\nb", &"x".repeat(65)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["Ann", "  Zoë ", "李雷", "مريم"] {
            assert!(DisplayName::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn an_email_has_the_shape_of_one() {
        for bad in [
            "",
            "ann",
            "@b.org",
            "ann@",
            "ann@b",
            "a@b@c.org",
            "a b@c.org",
            "ann@b..org",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            Email::parse(" Ann@Example.org ").unwrap().as_str(),
            "ann@example.org"
        );
    }

    #[test]
    fn a_password_is_not_shown() {
        let password = NewPassword::try_from("correct horse".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "[secret]");
    }
}

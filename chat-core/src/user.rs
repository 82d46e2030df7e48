//! Who people are: public profile, one's own account, and the rules of names and passwords.

mod contact;
pub(crate) mod name;
mod settings;

pub use contact::{
    BlockChange, BlockUser, Contact, ContactChange, ContactPage, ListBlocks, ListContacts,
    Nickname, RemoveContact, SetContact, UnblockUser,
};
pub use name::Username;
pub use settings::{ChangeSettings, Notify, Settings, ShowSettings, Visibility};

use crate::{
    Limits, PresenceState, Secret, Timestamp, UserId,
    input::{input, text_type},
    text, told,
};
use serde::{Deserialize, Serialize};

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

/// A new password: 8 to 128 characters, taken exactly as typed, and none of the most common ones. No rules of composition
/// (NIST SP 800-63B, 3.1.1.2).
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

    /// Refuses one that is among the names of its account: whoever guesses tries them first.
    ///
    /// # Errors
    /// A sentence that says what the password must not be.
    pub fn require_apart(
        &self,
        username: Option<&Username>,
        emails: &[Email],
    ) -> Result<(), &'static str> {
        let written = self.0.to_lowercase();
        let locals = emails
            .iter()
            .filter_map(|email| email.as_str().split('@').next());
        let mut names = locals.chain(username.map(Username::as_str));
        match names.any(|name| name == written) {
            true => Err("must not be the username or the name in the email address"),
            false => Ok(()),
        }
    }
}

impl TryFrom<String> for NewPassword {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.chars().count() {
            8..=128 if !is_common(&text) => Ok(Self(text)),
            8..=128 => Err("is one of the most common passwords; choose another"),
            _ => Err("must be 8 to 128 characters"),
        }
    }
}

/// The passwords of 8 characters and more that are found most often where passwords were stolen, one a line in small
/// letters and in order. The list was put together for this project from what published counts agree on: numbers and
/// letters in a row, rows of the keyboard, and the words that come first everywhere.
const COMMON_PASSWORDS: &str = include_str!("user/common_passwords.txt");

fn is_common(password: &str) -> bool {
    let small = password.to_lowercase();
    COMMON_PASSWORDS.lines().any(|common| common == small)
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

/// What a user may do on the whole server. A newer server may tell another role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Chats.
    User,
    /// Also looks after the others.
    Admin,
    /// A role of a newer server: for all that is known here, whoever has it chats.
    #[serde(skip)]
    Unknown,
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
    /// Where their picture is, relative to the address of the API (`…/api/v1/`); `?size=` gives it in 64, 256 or 512
    /// pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Whether a program speaks through the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_bot: bool,
    /// Whether they are here, where the caller may know.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "told::write_some",
        deserialize_with = "told::read_some"
    )]
    pub presence: Option<PresenceState>,
    /// When they were last here, where the caller may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

impl User {
    /// Somebody with a name and nothing else to be known.
    pub fn new(id: UserId, username: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            id,
            username: username.into(),
            display_name: display_name.into(),
            avatar_url: None,
            is_bot: false,
            presence: None,
            last_seen_at: None,
        }
    }
}

/// What somebody tells of themselves, to everybody who is signed in: of it, only presence is hidden by [`Settings`](crate::Settings) and blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// What they say of themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// What they are doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// As others see it.
    #[serde(flatten)]
    pub user: User,
    /// What one says of oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// What one is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// Where mail goes. None for users that an embedding program brought along without one.
    pub email: Option<String>,
    /// Whether a mailed link has shown that the address is the user's.
    #[serde(default)]
    pub email_verified: bool,
    /// One's settings.
    #[serde(default)]
    pub settings: Settings,
    /// What the caller may do on the whole server.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
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

text_type! {
    /// What somebody says of themselves: up to 500 characters. Empty takes it away.
    Bio, 0..=500, |text| match text.chars().count() {
        0..=500 => Ok(text.trim().to_owned()),
        _ => Err("must be at most 500 characters"),
    }
}

text_type! {
    /// What somebody is doing: up to 100 characters on one line. Empty takes it away.
    StatusText, 0..=100, |text| {
        let status = text.trim();
        match status.chars().count() {
            0..=100 if !status.chars().any(text::acts) => Ok(status.to_owned()),
            _ => Err("must be at most 100 characters without control or direction marks"),
        }
    }
}

input! {
    /// Changes what is named; what is absent stays.
    pub struct ChangeMe {
        /// The name one is found by.
        pub username: Option<Username>,
        /// The name people see.
        pub display_name: Option<DisplayName>,
        /// What one says of oneself; empty takes it away.
        pub bio: Option<Bio>,
        /// What one is doing; empty takes it away.
        pub status_text: Option<StatusText>,
        /// Where mail goes, once the link that is mailed there was opened. Needs `current_password`.
        pub email: Option<Email>,
        /// For another email: the password, exactly as typed.
        pub current_password: Option<Secret>,
    }
}

impl ChangeMe {
    /// Changes nothing yet.
    pub fn nothing() -> Self {
        Self {
            username: None,
            display_name: None,
            bio: None,
            status_text: None,
            email: None,
            current_password: None,
        }
    }
}

input! {
    /// Deletes one's own account for good. Download `GET /users/me/export` first. Groups that one alone owns pass to the
    /// admin, or else the member, who has been in them longest.
    pub struct DeleteMe {
        /// The password, exactly as typed; not needed by users whom an embedding program vouches for.
        pub password: Option<Secret>,
        /// Whether what one said goes, too; it stays under the name of a deleted user when absent.
        pub delete_messages: Option<bool>,
    }
}

input! {
    /// Asks for everything the service holds on the caller, one JSON value a line, each with its `type`: `account` with the
    /// settings, `session`, `avatar`, `contact`, `block`, `conversation` with one's own preferences, `ban`, `invite`,
    /// `attachment`, `message`, `revision` (what one's messages said before), `reaction`, `report`, and what the `audit`
    /// log has of one's own deeds. What others said is not among it.
    pub struct ExportMe {}
}

input! {
    /// Sets one's picture; the body is the image (PNG, JPEG, GIF or WebP, up to 10 MiB). It is cut to a square.
    pub struct SetAvatar {}
}

input! {
    /// Takes one's picture away.
    pub struct DeleteAvatar {}
}

input! {
    /// Asks for one user.
    pub struct ShowUser {
        /// Whom.
        pub user_id: UserId,
    }
}

input! {
    /// Looks for users by the beginning of a username or of a word in the display name, or by the exact email of who wants
    /// to be found by it.
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
        Limits::page(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_password_is_neither_short_nor_common() {
        let parse = |text: &str| NewPassword::try_from(text.to_owned());

        for bad in ["", "1234567", "12345678", "PassWord1", &"x".repeat(129)] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        for good in ["correct horse", "пароль на века", "12345679"] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let password = NewPassword::try_from("correct horse".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "[secret]");
    }
}

//! A user's settings: who sees what of them, and what they want to be told.

use crate::{input::input, told};
use serde::{Deserialize, Serialize};

/// Who may see something. A newer server may tell others.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody who shares a conversation with the user.
    #[default]
    Everyone,
    /// The user's contacts.
    Contacts,
    /// Nobody.
    Nobody,
    /// Somebody of whom a newer server knows.
    #[serde(skip)]
    Unknown,
}

/// What a user wants to be told of when no device is in use. A newer server may tell another wish.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// Every message.
    #[default]
    All,
    /// Direct messages and mentions.
    Mentions,
    /// Nothing.
    Nothing,
    /// A wish of which a newer server knows.
    #[serde(skip)]
    Unknown,
}

/// A user's settings. They hide when somebody is here and how far they read, not who they are: name, picture, bio and status
/// are shown to everybody who is signed in, also to who is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Settings {
    /// Who sees whether the user is here.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub presence: Visibility,
    /// Who sees when the user was last here.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub last_seen: Visibility,
    /// Whether others see how far the user has read. Where not, their mark stays where it was.
    pub read_marks: bool,
    /// Whether the user is found by their exact email. Not unless they say so: otherwise anybody could ask whose an address
    /// is.
    pub found_by_email: bool,
    /// What the user wants to be told of when no device is in use. Kept for those who push; the server itself pushes nothing
    /// yet.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub notify: Notify,
    /// Whether a notification shows what was said. Kept for those who push, too.
    pub notify_content: bool,
}

impl Settings {
    /// Whether this version knows every word in them.
    pub fn is_known(&self) -> bool {
        let seen = [self.presence, self.last_seen];
        !seen.contains(&Visibility::Unknown) && self.notify != Notify::Unknown
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            presence: Visibility::Everyone,
            last_seen: Visibility::Everyone,
            read_marks: true,
            found_by_email: false,
            notify: Notify::All,
            notify_content: true,
        }
    }
}

input! {
    /// Asks for one's settings.
    pub struct ShowSettings {}
}

input! {
    /// Changes what is named; what is absent stays.
    pub struct ChangeSettings {
        /// Who sees whether one is here.
        pub presence: Option<Visibility>,
        /// Who sees when one was last here.
        pub last_seen: Option<Visibility>,
        /// Whether others see how far one has read.
        pub read_marks: Option<bool>,
        /// Whether one is found by one's exact email, once it is confirmed.
        pub found_by_email: Option<bool>,
        /// What one wants to be told of when no device is in use.
        pub notify: Option<Notify>,
        /// Whether a notification shows what was said.
        pub notify_content: Option<bool>,
    }
}

impl ChangeSettings {
    /// The settings after the change.
    pub fn apply(&self, settings: Settings) -> Settings {
        Settings {
            presence: self.presence.unwrap_or(settings.presence),
            last_seen: self.last_seen.unwrap_or(settings.last_seen),
            read_marks: self.read_marks.unwrap_or(settings.read_marks),
            found_by_email: self.found_by_email.unwrap_or(settings.found_by_email),
            notify: self.notify.unwrap_or(settings.notify),
            notify_content: self.notify_content.unwrap_or(settings.notify_content),
        }
    }
}

//! What the server tells in a message of kind `system`, and how that reads in plain English. Nobody's name is part of what
//! happened: names are those that people have when it is read.

use crate::{User, UserId, told};
use serde::{Deserialize, Serialize};

/// What a system message tells. A newer server may tell more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemAction {
    /// The sender brought the users in.
    Added,
    /// The sender came by an invite.
    Joined,
    /// The sender left.
    Left,
    /// The sender took the users out.
    Removed,
    /// The sender gave the users another role.
    RoleChanged,
    /// The sender changed the title.
    TitleChanged,
    /// The sender changed the description.
    DescriptionChanged,
    /// The sender changed the picture.
    AvatarChanged,
    /// The sender changed how long messages stay.
    TimerChanged,
    /// Something that a newer server tells: show the content.
    #[serde(skip)]
    Unknown,
}

/// What a system message tells, for clients that say it in their own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SystemNote {
    /// What happened.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub action: SystemAction,
    /// To whom: the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<UserId>,
    /// Their names, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// To how many.
    #[serde(default)]
    pub user_count: u32,
    /// The title, role or time that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl SystemNote {
    /// What happened in plain English, for clients that do not say it in their own words. `who` is the sender's name.
    pub fn sentence(&self, who: &str) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        let whom = match self.names.as_slice() {
            [] => "somebody".to_owned(),
            [one] if self.user_count <= 1 => one.clone(),
            [one, other] if self.user_count == 2 => format!("{one} and {other}"),
            [first, ..] => format!("{first} and {} others", self.user_count.saturating_sub(1)),
        };
        match self.action {
            SystemAction::Added => format!("{who} added {whom}"),
            SystemAction::Joined => format!("{who} joined"),
            SystemAction::Left => format!("{who} left"),
            SystemAction::Removed => format!("{who} removed {whom}"),
            SystemAction::RoleChanged => format!("{who} made {whom} {value}"),
            SystemAction::TitleChanged => format!("{who} changed the title to {value}"),
            SystemAction::DescriptionChanged => format!("{who} changed the description"),
            SystemAction::AvatarChanged => format!("{who} changed the picture"),
            SystemAction::TimerChanged => match value {
                "" => format!("{who} lets messages stay for ever"),
                seconds => format!("{who} lets messages disappear after {seconds} seconds"),
            },
            SystemAction::Unknown => who.to_owned(),
        }
    }

    /// Takes in the name that somebody has now.
    pub(super) fn rename(&mut self, user: &User) {
        for (id, name) in self.user_ids.iter().zip(&mut self.names) {
            if *id == user.id {
                name.clone_from(&user.display_name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(action: SystemAction, names: &[&str]) -> SystemNote {
        SystemNote {
            action,
            user_ids: (0..names.len() as u128)
                .map(|n| UserId::new(uuid::Uuid::from_u128(n)))
                .collect(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            user_count: names.len() as u32,
            value: Some("admin".to_owned()),
        }
    }

    #[test]
    fn a_note_is_a_sentence() {
        let said = |action, names: &[&str]| note(action, names).sentence("Ann");

        assert_eq!(said(SystemAction::Added, &["Bob"]), "Ann added Bob");
        let two = ["Bob", "Eve"];
        assert_eq!(said(SystemAction::Added, &two), "Ann added Bob and Eve");
        let three = ["Bob", "Eve", "Kim"];
        assert_eq!(
            said(SystemAction::Added, &three),
            "Ann added Bob and 2 others"
        );
        assert_eq!(
            said(SystemAction::RoleChanged, &["Bob"]),
            "Ann made Bob admin"
        );
    }

    #[test]
    fn whoever_has_another_name_has_it_in_the_note() {
        let mut note = note(SystemAction::Removed, &["Bob", "Eve"]);

        note.rename(&User::new(note.user_ids[1], "eve", "Eva"));

        assert_eq!(note.sentence("Ann"), "Ann removed Bob and Eva");
    }
}

//! Whole sets of keys: the program's own, one for who knows vim, one for who knows Emacs. A preset says only what differs.

use crate::action::Action;
use serde::Deserialize;

/// A whole set of keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The program's own.
    #[default]
    Default,
    /// Begins with acting on messages, where letters are commands; `i` writes.
    Vim,
    /// Leaves Ctrl and a letter to the draft, as every line editor has it.
    Emacs,
}

/// While acting on messages letters are free, and these are where people look for them.
const BESIDE: &[(Action, &str)] = &[
    (Action::Help, "?"),
    (Action::SearchHere, "/"),
    (Action::Palette, ":"),
];

const VIM: &[(Action, &str)] = &[(Action::LeaveSelect, "i q")];

const VIM_BESIDE: &[(Action, &str)] = &[
    (Action::QuickSwitch, "space"),
    (Action::NextConversation, "J"),
    (Action::PreviousConversation, "K"),
    (Action::NextUnread, "n"),
    (Action::PreviousUnread, "N"),
    (Action::ScrollUp, "ctrl+u ctrl+b"),
    (Action::ScrollDown, "ctrl+d ctrl+f"),
];

const EMACS: &[(Action, &str)] = &[
    (Action::QuickSwitch, "alt+g f2"),
    (Action::NextConversation, "alt+n alt+down"),
    (Action::PreviousConversation, "alt+up"),
    (Action::SearchHere, "ctrl+s"),
    (Action::NewConversation, "f12"),
    (Action::Undo, "ctrl+/ ctrl+_ alt+z"),
    (Action::CharRight, "right ctrl+f"),
    (Action::LineUp, "up ctrl+p"),
    (Action::LineDown, "down ctrl+n"),
    (Action::TextEnd, "ctrl+alt+n"),
    (Action::DeleteToEnd, "ctrl+k ctrl+delete"),
    (Action::EditOutside, "alt+e"),
    (Action::Attach, "alt+t"),
    (Action::Conversation, "f8"),
    (Action::ScrollUp, "alt+v pageup"),
    (Action::ScrollDown, "ctrl+v pagedown"),
    (Action::ScrollToNewest, "alt+> alt+end ctrl+end"),
    (Action::Dismiss, "esc ctrl+g"),
    (Action::SelectMode, "esc ctrl+g"),
    (Action::LeaveSelect, "esc ctrl+g q"),
    (Action::SelectOlder, "up p ctrl+p"),
    (Action::SelectNewer, "down n ctrl+n"),
    (Action::Pin, "P"),
    (Action::No, "n esc ctrl+g"),
    (Action::ReadOn, "pagedown space ctrl+v"),
    (Action::ReadBack, "pageup b alt+v"),
];

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Default, Self::Vim, Self::Emacs];

    /// The keys it gives an action, with spaces between.
    pub fn keys(self, action: Action) -> &'static str {
        let own = match self {
            Self::Default => &[],
            Self::Vim => VIM,
            Self::Emacs => EMACS,
        };
        own.iter()
            .find(|(known, _)| *known == action)
            .map_or(action.default_keys(), |(_, keys)| keys)
    }

    /// More keys for some actions, heard while acting on messages.
    pub(super) fn beside_messages(self) -> impl Iterator<Item = (Action, &'static str)> {
        let more = match self {
            Self::Vim => VIM_BESIDE,
            Self::Default | Self::Emacs => &[],
        };
        BESIDE.iter().chain(more).copied()
    }

    /// Whether opening a conversation begins with acting on its messages instead of with writing.
    pub fn is_modal(self) -> bool {
        self == Self::Vim
    }
}

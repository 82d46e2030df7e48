//! Everything a person can do, in one table: its name, what the hints and the help call it, where it works, and the keys
//! it has unless somebody chose others. The keymap, the help, the hint line and the palette are all made from it.

use crate::keymap::Context;

macro_rules! actions {
    ($($context:ident { $($name:ident = $id:literal, $label:literal, $keys:literal, $description:literal;)* })*) => {
        /// Something a person can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[doc = $description] $name,)*)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// Its stable name, by which the configuration calls it.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$name => $id,)*)* }
            }

            /// One or two words, for the hint line.
            pub const fn label(self) -> &'static str {
                match self { $($(Self::$name => $label,)*)* }
            }

            /// A sentence, for the help and the palette.
            pub const fn description(self) -> &'static str {
                match self { $($(Self::$name => $description,)*)* }
            }

            /// Where it works.
            pub const fn context(self) -> Context {
                match self { $($(Self::$name => Context::$context,)*)* }
            }

            /// The keys that the default preset gives it, with spaces between. What is rarely done has none: it is in
            /// the menus and in the palette.
            pub const fn default_keys(self) -> &'static str {
                match self { $($(Self::$name => $keys,)*)* }
            }
        }
    };
}

actions! {
    Compose {
        Send = "send", "send", "enter", "send the message, or save the edit";
        Newline = "newline", "newline", "alt+enter ctrl+j shift+enter ctrl+enter", "begin a new line";
        Complete = "complete", "complete", "tab", "complete a @name, #conversation or :emoji:";
        EditOutside = "edit-outside", "editor", "ctrl+o", "write the draft in your $EDITOR";
        Attach = "attach", "attach", "ctrl+t", "send a file";
        EditLast = "edit-last", "edit last", "up", "with nothing written: edit your last message";
        OlderDraft = "older-draft", "said before", "ctrl+up", "bring back what you said before";
        NewerDraft = "newer-draft", "said after", "ctrl+down", "bring back what you said after that";
        Undo = "undo", "undo", "alt+z", "undo the last change of the draft";
        Redo = "redo", "redo", "alt+Z", "do again what you undid last";
        SelectMode = "select", "select", "esc", "close what is open, or act on messages";
    }
    Chat {
        QuickSwitch = "quick-switch", "jump", "ctrl+k alt+k f2", "jump to a conversation by part of its name";
        NextUnread = "next-unread", "next unread", "alt+a f3", "go to the next unread conversation";
        PreviousUnread = "previous-unread", "previous unread", "alt+A", "go to the previous unread conversation";
        NextConversation = "next-conversation", "next", "ctrl+n alt+down", "go to the next conversation";
        PreviousConversation = "previous-conversation", "previous", "ctrl+p alt+up", "go to the previous conversation";
        Back = "back", "back", "alt+left alt+-", "go back to where you were";
        Ahead = "ahead", "ahead", "alt+right", "go ahead again";
        SearchHere = "search-here", "search", "ctrl+f", "search this conversation";
        SearchAll = "search-all", "search all", "alt+s f7", "search all conversations";
        Pins = "pins", "pinned", "alt+p", "show the pinned messages";
        ScrollUp = "scroll-up", "older", "pageup", "scroll up, loading older messages";
        ScrollDown = "scroll-down", "newer", "pagedown", "scroll down";
        ScrollToNew = "scroll-to-new", "first new", "alt+u", "scroll to where the new messages begin";
        ScrollToNewest = "scroll-to-newest", "newest", "alt+end ctrl+end", "scroll to the newest message";
        NewConversation = "new-conversation", "new", "ctrl+g", "begin a conversation";
        Conversation = "conversation", "manage", "alt+c f8", "mute it, add members, invite, leave and more";
        Account = "account", "you", "f9", "your profile, settings and accounts";
        Join = "join", "join", "alt+i", "join a conversation by an invite";
        Accounts = "accounts", "accounts", "alt+0", "be another of your accounts";
        ToggleList = "toggle-list", "list", "f4", "show or hide the conversations";
        ToggleMembers = "toggle-members", "members", "f5", "show or hide the members";
        Roles = "roles", "roles", "", "make somebody an admin of it, or no more";
        Timer = "timer", "timer", "", "how long messages stay that are said here";
        Block = "block", "block", "", "let the other one of two write to you no more";
        Blocked = "blocked", "blocked", "", "whom you have blocked: let them in again";
        Password = "password", "password", "", "change your password";
        Sessions = "sessions", "devices", "", "where you are signed in: sign out there";
        SetUp = "set-up", "set up", "", "set colours and keys, and do what is not here";
        Reconnect = "reconnect", "reconnect", "ctrl+r", "connect again now";
        SignOut = "sign-out", "sign out", "f10", "sign out on this device";
    }
    Select {
        SelectOlder = "select-older", "older", "up k", "select the message above";
        SelectNewer = "select-newer", "newer", "down j", "select the message below";
        SelectOldest = "select-oldest", "oldest", "home g", "select the oldest loaded message";
        SelectNewest = "select-newest", "newest", "end G", "select the newest message";
        Reply = "reply", "reply", "r", "answer the selected message";
        React = "react", "react", "a +", "put an emoji under it, or take it back";
        Edit = "edit", "edit", "e", "edit it, if it is yours";
        Delete = "delete", "delete", "d delete", "delete it for everyone";
        Copy = "copy", "copy", "y", "copy its text";
        Forward = "forward", "forward", "f", "say it again in another conversation";
        Pin = "pin", "pin", "p", "pin it for everyone, or let it go";
        Open = "open", "open", "o", "open a link, or save a file, that it has";
        View = "view", "view", "v", "look at its picture";
        Replies = "replies", "replies", "t", "show what it answers and its answers";
        MarkUnread = "mark-unread", "unread", "u", "mark everything from here on as unread";
        Details = "details", "details", "D", "show who read it and what it was before";
        Report = "report", "report", "!", "report it to those who look after the server";
        BlockSender = "block-sender", "block", "B", "let who said it write to you no more";
        Retry = "retry", "retry", "R", "send a failed message again";
        Discard = "discard", "discard", "x", "throw a message away that is not sent";
        Menu = "menu", "more", "enter", "choose from all that can be done to it";
        LeaveSelect = "leave-select", "write", "esc i q", "go back to writing";
    }
    Popup {
        Accept = "accept", "ok", "enter", "take it";
        Dismiss = "dismiss", "close", "esc", "close without doing anything";
        Next = "next", "next", "down tab ctrl+n", "go to the next entry or field";
        Previous = "previous", "previous", "up shift+tab ctrl+p", "go to the previous entry or field";
    }
    Form {
        CompleteField = "complete-field", "complete", "tab", "complete a path or a name; else the next field";
    }
    Line {
        CharLeft = "char-left", "left", "left ctrl+b", "go back by a letter";
        CharRight = "char-right", "right", "right", "go on by a letter";
        WordLeft = "word-left", "word back", "alt+b ctrl+left", "go back by a word";
        WordRight = "word-right", "word on", "alt+f ctrl+right", "go on by a word";
        LineStart = "line-start", "begin", "home ctrl+a", "go to the beginning of the line";
        LineEnd = "line-end", "end", "end ctrl+e", "go to the end of the line";
        LineUp = "line-up", "up", "up", "go up by a line, where nothing else does";
        LineDown = "line-down", "down", "down", "go down by a line, where nothing else does";
        TextStart = "text-start", "first line", "alt+<", "go to the first line";
        TextEnd = "text-end", "last line", "alt+>", "go to the last line";
        DeleteLeft = "delete-left", "delete", "backspace ctrl+h", "delete the letter before the cursor";
        DeleteRight = "delete-right", "delete", "delete ctrl+d", "delete the letter at the cursor";
        DeleteWordLeft = "delete-word-left", "delete", "ctrl+w alt+backspace", "delete the word before the cursor";
        DeleteWordRight = "delete-word-right", "delete", "alt+d alt+delete", "delete the word at the cursor";
        DeleteToStart = "delete-to-start", "delete", "ctrl+u", "delete the line up to the cursor";
        DeleteToEnd = "delete-to-end", "delete", "ctrl+delete", "delete the line from the cursor on";
        Cut = "cut", "cut", "ctrl+x", "delete what Shift and the arrows selected";
        PutBack = "put-back", "put back", "ctrl+y", "put back what was deleted last";
    }
    Reading {
        ReadOn = "read-on", "on", "pagedown space", "go on by a page";
        ReadBack = "read-back", "back", "pageup b", "go back by a page";
        ReadTop = "read-top", "top", "home g", "go to the beginning";
        ReadEnd = "read-end", "end", "end G", "go to the end";
    }
    Confirm {
        Yes = "yes", "yes", "y", "yes, do it";
        No = "no", "no", "n esc", "no, leave it";
    }
    SignIn {
        ToggleRegister = "toggle-register", "new account", "f2", "sign in, or make an account instead";
    }
    Always {
        Help = "help", "help", "f1", "show or close this help";
        Palette = "palette", "commands", "alt+x", "find anything that can be done, and do it";
        Interrupt = "interrupt", "clear", "ctrl+c", "clear the draft; twice: leave the program";
        Suspend = "suspend", "suspend", "ctrl+z", "go to the background, back with `fg`";
        Redraw = "redraw", "redraw", "ctrl+l", "draw the whole screen again";
        ToggleMouse = "toggle-mouse", "mouse", "alt+m f6", "let the mouse go to select text, or take it";
        Quit = "quit", "quit", "ctrl+q", "leave the program";
    }
}

impl Action {
    /// Other words that people look for it by.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Attach => "upload file picture photo image document",
            Self::NewConversation => "group direct dm message chat channel create start open",
            Self::QuickSwitch => "go to find open switch conversation",
            Self::SignOut => "logout log out exit",
            Self::Accounts => "login log in switch user sign",
            Self::Account => "me myself",
            Self::SetUp => {
                "theme colours colors dark light contrast vim emacs keys config configuration settings preferences mouse \
                 notifications avatar email contacts"
            }
            Self::Conversation => "menu settings",
            Self::Quit => "exit close",
            Self::Open => "save download link url browser",
            Self::View => "picture image photo look",
            Self::React => "emoji reaction like thumbs",
            Self::Replies => "thread",
            Self::MarkUnread => "unread mark",
            Self::Details => "read receipts seen who history",
            Self::Delete => "remove unsend",
            Self::Copy => "yank clipboard",
            Self::Reply => "answer quote",
            Self::Timer => "disappearing expire vanish",
            Self::Block | Self::BlockSender => "ignore ban",
            Self::Sessions => "devices sessions logins",
            Self::EditOutside => "editor nano",
            Self::SearchHere | Self::SearchAll => "find",
            Self::ToggleMembers => "people users who",
            Self::ToggleMouse => "select text native",
            _ => "",
        }
    }

    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name)
    }
}

//! Everything a person can do, in one table. Keys, the help overlay and the hint line are all made from it.

macro_rules! actions {
    ($($name:ident = $id:literal, $label:literal, $description:literal;)*) => {
        /// Something a person can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $description] $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// One or two words, for the hint line.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// A sentence, for the help.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $description,)* }
            }
        }
    };
}

actions! {
    Help = "help", "help", "show or close this help";
    Quit = "quit", "quit", "leave the program";
    Interrupt = "interrupt", "clear", "clear the draft; twice: leave the program";
    Suspend = "suspend", "suspend", "go to the background, back with `fg`";
    Redraw = "redraw", "redraw", "draw the whole screen again";
    ToggleMouse = "toggle-mouse", "mouse", "let the mouse go to select text, or take it";

    NextConversation = "next-conversation", "next", "go to the next conversation";
    PreviousConversation = "previous-conversation", "previous", "go to the previous conversation";
    NextUnread = "next-unread", "next unread", "go to the next unread conversation";
    QuickSwitch = "quick-switch", "jump", "jump to a conversation by a part of its name";
    NewConversation = "new-conversation", "new", "begin a conversation";
    ToggleList = "toggle-list", "list", "show or hide the conversations";
    ToggleMembers = "toggle-members", "members", "show or hide the members";
    Reconnect = "reconnect", "reconnect", "connect again now";
    SignOut = "sign-out", "sign out", "sign out on this device";

    ScrollUp = "scroll-up", "older", "scroll up, loading older messages";
    ScrollDown = "scroll-down", "newer", "scroll down";
    ScrollToNew = "scroll-to-new", "first new", "scroll to where the new messages begin";
    ScrollToNewest = "scroll-to-newest", "newest", "scroll to the newest message";

    Send = "send", "send", "send the message, or save the edit";
    Newline = "newline", "newline", "begin a new line";
    EditLast = "edit-last", "edit last", "with nothing written: edit your last message";
    Undo = "undo", "undo", "undo the last change of the draft";
    SelectMode = "select", "select", "close what is open, or select messages";

    SelectOlder = "select-older", "older", "select the message above";
    SelectNewer = "select-newer", "newer", "select the message below";
    SelectOldest = "select-oldest", "oldest", "select the oldest loaded message";
    SelectNewest = "select-newest", "newest", "select the newest message";
    EditSelected = "edit", "edit", "edit the selected message, if it is yours";
    DeleteSelected = "delete", "delete", "delete the selected message";
    RetrySelected = "retry", "retry", "send a failed message again";
    DiscardSelected = "discard", "discard", "throw a failed message away";
    LeaveSelect = "leave-select", "write", "go back to writing";

    Accept = "accept", "ok", "take it";
    Dismiss = "dismiss", "close", "close without doing anything";
    Next = "next", "next", "go to the next entry or field";
    Previous = "previous", "previous", "go to the previous entry or field";
    Yes = "yes", "yes", "yes, do it";
    No = "no", "no", "no, leave it";
    ToggleRegister = "toggle-register", "new account", "sign in, or make an account instead";
}

//! Being signed in: on which device, with which tokens, for how long.

use crate::{
    DisplayName, Email, Me, NewPassword, Secret, SessionId, Timestamp, TokenScope, Username,
    input::input, told,
};
use serde::{Deserialize, Serialize};

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What the device called itself.
    pub device_name: Option<String>,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When its tokens were last refreshed; of a token for a program, when it was last used, to the hour, and none as long
    /// as it was not.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What may be done with it, where it is a token for a program; none for a device.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "told::write_some",
        deserialize_with = "told::read_some"
    )]
    pub scope: Option<TokenScope>,
    /// When it ends by itself, where it is a token that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The answer to a sign-up or sign-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// Who one is.
    pub user: Me,
    /// The session of this device.
    pub session_id: SessionId,
    /// Its tokens.
    #[serde(flatten)]
    pub tokens: TokenPair,
}

/// The tokens of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenPair {
    /// Goes with every call: `Authorization: Bearer …`.
    pub access_token: Secret,
    /// Gets the next pair, once.
    pub refresh_token: Secret,
    /// When the access token runs out.
    pub expires_at: Timestamp,
    /// The same in seconds from now.
    pub expires_in: u32,
}

/// Opens one socket, once, within `expires_in` seconds: `/ws?ticket=…`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// The ticket.
    pub ticket: Secret,
    /// Seconds.
    pub expires_in: u32,
}

/// Who asks, and from which session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhoAmI {
    /// The caller.
    pub user: Me,
    /// The session; none where the embedding program vouches for the caller.
    pub session: Option<Session>,
}

/// The devices signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionPage {
    /// Newest first, at most 200. All the others end with `POST /auth/logout`, `all`.
    pub items: Vec<Session>,
    /// Always none.
    pub next_cursor: Option<String>,
}

input! {
    /// Makes an account and signs it in.
    pub struct Register {
        /// The name one is found by. Whether it is taken is looked at where every field is well formed.
        pub username: Username,
        /// Where mail goes. Whether another account has the same address is not told.
        pub email: Email,
        /// The password, exactly as typed.
        pub password: NewPassword,
        /// The name people see; the username when absent.
        pub display_name: Option<DisplayName>,
        /// What the device calls itself, for the list of sessions.
        pub device_name: Option<DisplayName>,
    }
    partly |errors| {
        let apart = |password: &NewPassword| password.require_apart(username.as_ref(), email.as_slice());
        if let Some(Err(error)) = password.as_ref().map(apart) {
            errors.add("password", error);
        }
    }
}

input! {
    /// Signs in.
    pub struct Login {
        /// Username or email. An address that nobody has confirmed stands for the account that gave it last.
        pub identifier: String,
        /// The password, exactly as typed.
        pub password: Secret,
        /// What the device calls itself, for the list of sessions.
        pub device_name: Option<DisplayName>,
    }
}

input! {
    /// Changes a refresh token for a new pair. A token that was used before ends the whole session, except within
    /// a minute and as long as its successor was not used: then the same successor is given again, for the answer may
    /// have been lost on the way.
    pub struct Refresh {
        /// The token of the pair before.
        pub refresh_token: Secret,
    }
}

input! {
    /// Ends the session, or all of the caller's.
    pub struct Logout {
        /// Every session instead of this one.
        pub all: Option<bool>,
    }
}

input! {
    /// Sets another password. Every other session ends.
    pub struct ChangePassword {
        /// The password until now, exactly as typed.
        pub current_password: Secret,
        /// The password from now on, exactly as typed.
        pub new_password: NewPassword,
    }
}

input! {
    /// Mails a link that sets a new password: good for one use within 30 minutes. Nothing tells whether there is an account.
    pub struct ResetPassword {
        /// The address of the account.
        pub email: Email,
    }
}

input! {
    /// Sets a new password by a mailed link. Every session ends.
    pub struct ConfirmReset {
        /// Of the link.
        pub token: Secret,
        /// The password from now on, exactly as typed.
        pub new_password: NewPassword,
    }
}

input! {
    /// Confirms by a mailed link that an address is the account's.
    pub struct VerifyEmail {
        /// Of the link.
        pub token: Secret,
    }
}

input! {
    /// Mails the link again that confirms one's address.
    pub struct SendVerification {}
}

input! {
    /// Asks who one is.
    pub struct ShowSession {}
}

input! {
    /// Asks where one is signed in.
    pub struct ListSessions {}
}

input! {
    /// Ends one session; its sockets are closed.
    pub struct EndSession {
        /// Which.
        pub session_id: SessionId,
    }
}

input! {
    /// Asks for a ticket to open one socket with.
    pub struct CreateTicket {}
}

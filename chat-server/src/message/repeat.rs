//! What is done to a message under the client's own id: asked again, it is not done again. Only that it was done is kept, for
//! a day: no text outlives its message for this. What was refused was not done, and may be asked again under its id.

use crate::{
    Error,
    store::{
        Conn,
        once::{self, Once},
    },
};
use chat_core::{ClientId, Code, Emoji, MessageId, Timestamp, UserId};
use sha2::{Digest, Sha256};

/// Something that is done to a message.
pub(super) enum Change<'a> {
    Edit(&'a str, &'a Option<Vec<UserId>>),
    Delete,
    React(&'a Emoji),
    Unreact(&'a Emoji),
}

impl Change<'_> {
    /// Tells it from another one, as a mistake would be: few bits, so that no text that is gone can be recognised by them.
    /// What is hashed stays the same from one version to the next.
    fn hash(&self) -> i64 {
        let (name, what, named) = match self {
            Self::Edit(text, named) => ("edit", *text, named.as_deref()),
            Self::Delete => ("delete", "", None),
            Self::React(emoji) => ("react", emoji.as_str(), None),
            Self::Unreact(emoji) => ("unreact", emoji.as_str(), None),
        };
        // No text contains the byte between them.
        let mut digest = Sha256::new_with_prefix(name)
            .chain_update([0])
            .chain_update(what);
        if let Some(named) = named {
            // To name nobody is not the same as not to say whom.
            digest.update([0]);
            named
                .iter()
                .for_each(|user| digest.update(user.uuid().as_bytes()));
        }
        let digest = digest.finalize();
        i64::from(u16::from_be_bytes([digest[0], digest[1]]))
    }
}

/// What names a change; nothing where the client gave it no id.
pub(super) struct Repeat(Option<Once>);

impl Repeat {
    /// Of one message and one user: the same id means another change elsewhere.
    pub(super) fn of(
        user_id: UserId,
        message: MessageId,
        client_id: Option<&ClientId>,
        change: &Change<'_>,
    ) -> Self {
        Self(client_id.map(|client_id| Once {
            user_id,
            key: format!("{message} {client_id}"),
            request_hash: change.hash(),
        }))
    }

    /// Whether it was done before.
    pub(super) async fn is_done(&self, conn: &mut Conn) -> Result<bool, Error> {
        let Some(once) = &self.0 else {
            return Ok(false);
        };
        match once::find(conn, once.user_id, &once.key).await? {
            Some((hash, _)) if hash == once.request_hash => Ok(true),
            Some(_) => {
                let detail = "this client_id was used before for something else that was done to this message; \
                              make a new one";
                Err(Error::rule(Code::IdempotencyConflict, detail))
            }
            None => Ok(false),
        }
    }

    /// Notes that it is done, in the transaction that does it.
    pub(super) async fn note(&self, conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
        match &self.0 {
            Some(once) => Ok(once::insert(conn, once, "", now).await?),
            None => Ok(()),
        }
    }
}

//! What to look at again. An update carries no state: whoever gets one reads the snapshot, which is never older.

use chat_core::{ConversationId, Envelope};
use std::sync::Arc;
use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};
use tokio_util::sync::CancellationToken;

/// Updates kept for a listener that is behind; after that it gets [`Update::Reset`].
pub(crate) const KEPT: usize = 1_024;

/// Something is different from before.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Update {
    /// The connection's status.
    Status,
    /// The list of conversations: which there are, their order, titles or counts.
    List,
    /// Something about one conversation: its messages, echoes, members, marks, or who types.
    Conversation(ConversationId),
    /// Somebody's presence.
    Presence,
    /// An event was applied. Events of one conversation come in their order, each once.
    Event(Arc<Envelope>),
    /// Everything may be different: the listener was too slow, or the state began anew.
    Reset,
}

/// The updates from when it was made. Ends when the client is shut down or gone.
#[derive(Debug)]
pub struct Updates {
    receiver: broadcast::Receiver<Update>,
    ended: CancellationToken,
}

impl Updates {
    pub(crate) fn new(receiver: broadcast::Receiver<Update>, ended: CancellationToken) -> Self {
        Self { receiver, ended }
    }

    /// The next update; none after the last. Dropping the future early loses nothing.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::Update;
    ///
    /// let mut updates = ann.updates();
    /// ann.conversation(group).set_draft(Some("Dear all".to_owned()));
    /// assert!(matches!(updates.next().await, Some(Update::List)));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Update> {
        let received = tokio::select! {
            biased;
            received = self.receiver.recv() => received,
            () = self.ended.cancelled() => return None,
        };
        match received {
            Ok(update) => Some(update),
            Err(RecvError::Lagged(_)) => Some(Update::Reset),
            Err(RecvError::Closed) => None,
        }
    }

    /// The next update if there is one already, for who takes them in batches.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let mut updates = ann.updates();
    /// ann.conversation(group).set_draft(Some("Dear all".to_owned()));
    /// updates.next().await;
    /// // Whatever else is different is drawn in the same frame.
    /// while updates.try_next().is_some() {}
    /// # Ok(())
    /// # });
    /// ```
    pub fn try_next(&mut self) -> Option<Update> {
        match self.receiver.try_recv() {
            Ok(update) => Some(update),
            Err(TryRecvError::Lagged(_)) => Some(Update::Reset),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

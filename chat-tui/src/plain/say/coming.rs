//! What was said or done to messages and waits for a connection, in words. With a connection nothing is said of it: what
//! becomes of a message is told when it has.

use super::{Said, indented};
use crate::model::{Connection, EntryState, Thread};

impl Said {
    /// Tells what is to be said, and what messages are about to be, each once.
    pub(super) fn tell_coming(&mut self, thread: &Thread, connection: &Connection) {
        let waits = matches!(
            connection,
            Connection::Waiting { .. } | Connection::Stopped { .. }
        );
        for entry in thread.entries() {
            if waits && entry.state == EntryState::Pending && !self.waiting.contains(&entry.key) {
                self.waiting.push(entry.key.clone());
                self.line(&format!("* waits to be sent: {}", indented(&entry.text)));
            }
            let Some(seq) = entry.seq() else { continue };
            let place = (thread.id, seq);
            let Some(coming) = entry.coming().filter(|_| waits) else {
                self.coming.remove(&place);
                continue;
            };
            let now = coming.sentence();
            if self.coming.get(&place) != Some(&now) {
                self.line(&format!("* [{seq}] waits to be sent: {}", indented(&now)));
                self.coming.insert(place, now);
            }
        }
    }
}

//! What the client says: what is queued first, one unanswered call at a time in each conversation, then signals.

use super::{calls::Call, run::Run, upload::upload};
use crate::{
    Status, Write, lock,
    outbox::{Next, Queued, Task},
    shared::own_message,
    signals::{MarkKind, Signal},
};
use chat_core::{
    ClientFrame, Code, Endpoint, MarkDelivered, MarkRead, PresenceState, Problem, SetPresence,
    SetTyping, WatchPresence,
};
use serde::Serialize;
use std::sync::Arc;

impl Run {
    /// Sends what may be sent now.
    pub(super) fn flush(&mut self) {
        self.is_congested = false;
        if self.link.is_live() {
            self.drop_unwanted();
        }
        while self.link.is_live() && !self.is_congested {
            let now_ms = self.now_ms();
            if self
                .socket
                .as_ref()
                .is_none_or(|s| s.outgoing.capacity() == 0)
            {
                self.is_congested = true;
                return;
            }
            let mut outbox = lock(&self.shared.outbox);
            let next = outbox.next(now_ms);
            if let Some(Next::Keep(queued)) = &next {
                let write = Write::Queue((**queued).clone());
                self.shared.journal.write(vec![write], Vec::new());
            }
            drop(outbox);
            match next {
                Some(Next::Keep(_)) => continue,
                Some(Next::Ask(queued)) => {
                    self.ask(&queued, now_ms);
                    continue;
                }
                None => {}
            }
            let signal = lock(&self.shared.signals).take(now_ms);
            match signal {
                Some(signal) => self.signal(signal, now_ms),
                None => return,
            }
        }
    }

    fn ask(&mut self, queued: &Queued, now_ms: u64) {
        let conversation = queued.conversation_id;
        if let Task::Upload { .. } = &queued.task {
            let upload = upload(Arc::clone(&self.shared), queued.clone());
            self.uploads.push(Box::pin(upload));
            return;
        }
        let call = Call::Queued(conversation, queued.key.clone());
        let id = self.calls.ask(call, now_ms);
        match queued.frame(id).or_else(|| self.frame_now(queued, id)) {
            Some(frame) => self.write_frame(frame),
            None => {
                self.calls.answered(id);
                let problem = match self.link.status() {
                    Status::Online => {
                        let detail = "what it belongs to is not there any more";
                        Problem::new(Code::NotFound, detail)
                    }
                    // Another life may have sent it: it comes with what is being caught up on.
                    _ => Problem::new(Code::Unavailable, "what it belongs to is not known yet"),
                };
                self.refused(conversation, &queued.key, &problem);
            }
        }
    }

    /// The frame of something that waited for a message which another life of this device has sent.
    fn frame_now(&self, queued: &Queued, id: u64) -> Option<String> {
        let mut queued = queued.clone();
        let known = lock(&self.shared.known);
        let outbox = lock(&self.shared.outbox);
        let here = queued.conversation_id;
        outbox.resolve(&mut queued, |key| own_message(&known.state, here, key));
        queued.frame(id)
    }

    fn signal(&mut self, signal: Signal, now_ms: u64) {
        if let Signal::Typing(conversation_id, is_typing) = signal {
            // A sign that gets lost is repeated soon or goes out by itself: it needs no answer.
            return self.write(
                None,
                &SetTyping {
                    conversation_id,
                    is_typing,
                },
            );
        }
        let id = Some(self.calls.ask(Call::Signal(signal.clone()), now_ms));
        match signal {
            Signal::Mark(MarkKind::Read, conversation_id, seq) => self.write(
                id,
                &MarkRead {
                    conversation_id,
                    seq,
                },
            ),
            Signal::Mark(MarkKind::Delivered, conversation_id, seq) => self.write(
                id,
                &MarkDelivered {
                    conversation_id,
                    seq,
                },
            ),
            Signal::Watch(user_ids) => self.write(id, &WatchPresence { user_ids }),
            Signal::Active(is_active) => {
                let state = match is_active {
                    true => PresenceState::Online,
                    false => PresenceState::Away,
                };
                self.write(id, &SetPresence { state });
            }
            Signal::Typing(..) => {}
        }
    }

    pub(super) fn write<E: Endpoint + Serialize>(&mut self, id: Option<u64>, request: &E) {
        let frame = ClientFrame::encode(id, E::operation().name, request)
            .expect("requests have string keys and no foreign types");
        self.write_frame(frame);
    }

    fn write_frame(&self, frame: String) {
        if let Some(socket) = &self.socket {
            // A socket that takes no more is full (then the answer is missed, and it is given up) or broken (then it
            // says so itself).
            socket.outgoing.try_send(frame).ok();
        }
    }
}

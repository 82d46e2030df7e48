//! One socket in a conversation: listens, counts, and if it has a voice, says things in a closed loop or at a rate.

use super::{
    bound::{Bound, DRAIN_US},
    now_us,
    scan::{self, Frame},
    socket::Socket,
    tally::{Gather, Latencies, Order},
};
use chat_core::{ClientFrame, ClientId, ConversationId, MessageBody, SendMessage};
use futures_util::{SinkExt, StreamExt};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// A server closes a socket with more than 500 frames a second. A voice stays below it: many voices make a load.
const GAP_US: u64 = 2_500;
/// How many sends may come at once before the gap counts.
const BURST: u64 = 16;
/// How often a participant looks up from its socket.
const LOOK_UP: Duration = Duration::from_millis(50);
/// The same for one that speaks and may have to wait for its next turn.
const LOOK_UP_TO_SPEAK: Duration = Duration::from_millis(2);

/// The closing code of a connection that broke, which never comes over the wire.
const BROKEN: u16 = 1006;

/// A conversation under load.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) id: ConversationId,
    /// The end of its log before the load.
    pub(super) last_seq: u64,
    /// The largest place that was acknowledged.
    pub(super) head: AtomicU64,
    /// Voices that are not done yet.
    pub(super) voices: AtomicUsize,
}

/// What all participants share.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) bound: Bound,
    pub(super) acks: Latencies,
    pub(super) deliveries: Latencies,
}

/// When the next thing is said.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// When the last one was acknowledged.
    Acknowledged,
    /// When no more than so many have not come back on the own socket.
    Heard(u32),
    /// Every so often, whatever becomes of it. Latency counts from when it was due.
    Every(Duration),
}

/// What became of it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Outcome {
    /// Sends acknowledged before the end.
    pub(super) acked: u64,
    /// Messages that arrived before the end.
    pub(super) delivered: u64,
    /// Places never seen, and nobody said so.
    pub(super) lost: u64,
    /// Places never seen on a socket that was told to resync, or closed: a client would fetch them.
    pub(super) skipped: u64,
    pub(super) doubled: u64,
    pub(super) out_of_order: u64,
    pub(super) refused: u64,
    pub(super) resyncs: u64,
    /// Due before the end, and not said.
    pub(super) left_out: u64,
    /// Said, and neither acknowledged nor refused.
    pub(super) unanswered: u64,
    /// The closing code, when the server closed the socket or it broke (1006).
    pub(super) closed: Option<u16>,
}

/// A socket, its conversation, and what it has said and heard.
pub(super) struct Participant {
    pub(super) number: u64,
    pub(super) socket: Socket,
    pub(super) talk: Arc<Talk>,
    pub(super) pace: Option<Pace>,
}

struct Ears<'a> {
    run: &'a Run,
    acks: Gather<'a>,
    deliveries: Gather<'a>,
    order: Order,
    outcome: Outcome,
}

/// What has been said and is not acknowledged.
#[derive(Default)]
struct Said {
    frames: u64,
    waiting: std::collections::VecDeque<(u64, u64)>,
    /// What has not come back on the own socket.
    unheard: u32,
    not_before_us: u64,
    /// When the next send would be due if they came evenly.
    even_us: u64,
}

impl Said {
    /// Whether it may go on by the server's limits; if so, this counts as a send.
    fn may_speak(&mut self, now: u64) -> bool {
        let may = self.not_before_us <= now && self.even_us <= now + BURST * GAP_US;
        if may {
            self.even_us = self.even_us.max(now) + GAP_US;
        }
        may
    }
}

impl Participant {
    /// Takes part until the end, and until everything has arrived.
    pub(super) async fn take_part(mut self, run: Arc<Run>) -> Outcome {
        let mut ears = Ears {
            run: &run,
            acks: Gather::new(&run.acks),
            deliveries: Gather::new(&run.deliveries),
            order: Order::after(self.talk.last_seq),
            outcome: Outcome::default(),
        };
        let mut said = Said::default();
        let mut look_up = interval(match self.pace {
            Some(_) => LOOK_UP_TO_SPEAK,
            None => LOOK_UP,
        });
        look_up.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due_us = now_us() + self.phase_us();
        let mut speaks = self.pace.is_some();
        loop {
            if speaks {
                let now = now_us();
                let is_done = self.is_done(&run.bound, now, due_us);
                if is_done && said.waiting.is_empty() {
                    speaks = false;
                    self.talk.voices.fetch_sub(1, SeqCst);
                } else if !is_done && self.speak(&mut said, &mut due_us, &run).await.is_err() {
                    ears.outcome.closed = Some(BROKEN);
                    break;
                }
            }
            let frame = tokio::select! {
                biased;
                frame = self.socket.next() => frame,
                _ = look_up.tick() => {
                    if self.is_over(&ears) { break } else { continue }
                }
            };
            match frame {
                Some(Ok(Message::Text(text))) => {
                    self.hear(scan::frame(&text), &mut ears, &mut said)
                }
                Some(Ok(Message::Close(frame))) => {
                    ears.outcome.closed = Some(frame.map_or(BROKEN, |frame| frame.code.into()));
                    break;
                }
                Some(Err(_)) | None => {
                    ears.outcome.closed = Some(BROKEN);
                    break;
                }
                Some(Ok(_)) => {}
            }
        }
        if speaks {
            self.talk.voices.fetch_sub(1, SeqCst);
        }
        ears.outcome.left_out = self.left_out(due_us, &run.bound);
        ears.outcome.unanswered = said.waiting.len() as u64;
        ears.finish(&self.talk)
    }

    /// Whether nothing more is begun. What was due in time is said, also after the end; but not for ever.
    fn is_done(&self, bound: &Bound, now: u64, due_us: u64) -> bool {
        match self.pace {
            Some(Pace::Every(_)) => due_us >= bound.ends_us() || now >= bound.ends_us() + DRAIN_US,
            _ => bound.is_over(now),
        }
    }

    /// Speakers at a rate take turns, so that what is offered is even and not a burst now and then.
    fn phase_us(&self) -> u64 {
        let voices = self.talk.voices.load(SeqCst).max(1) as u64;
        match self.pace {
            Some(Pace::Every(every)) => {
                u64::try_from(every.as_micros()).unwrap_or(u64::MAX) / voices
                    * (self.number % voices)
            }
            _ => 0,
        }
    }

    fn is_over(&self, ears: &Ears<'_>) -> bool {
        let now = now_us();
        let all_said = self.talk.voices.load(SeqCst) == 0;
        let whole = ears.order.is_whole(self.talk.head.load(SeqCst));
        let bound = &ears.run.bound;
        // Twice: what was due in time may be said until the first time is over.
        bound.is_over(now) && (all_said && whole || now >= bound.ends_us() + 2 * DRAIN_US)
    }

    /// How many were due before the end and were not said.
    fn left_out(&self, due_us: u64, bound: &Bound) -> u64 {
        match self.pace {
            Some(Pace::Every(every)) if !bound.is_counted() => {
                let every_us = u64::try_from(every.as_micros()).unwrap_or(u64::MAX).max(1);
                bound.ends_us().saturating_sub(due_us).div_ceil(every_us)
            }
            _ => 0,
        }
    }

    /// Says what is due.
    async fn speak(&mut self, said: &mut Said, due_us: &mut u64, run: &Run) -> Result<(), ()> {
        loop {
            let now = now_us();
            if run.bound.is_over(now) && !matches!(self.pace, Some(Pace::Every(_))) {
                return Ok(());
            }
            let at_us = match self.pace {
                Some(Pace::Every(every)) if *due_us <= now && *due_us < run.bound.ends_us() => {
                    let at_us = *due_us;
                    *due_us += u64::try_from(every.as_micros()).unwrap_or(u64::MAX).max(1);
                    at_us
                }
                Some(Pace::Acknowledged) if said.waiting.is_empty() && said.may_speak(now) => now,
                Some(Pace::Heard(most)) if said.unheard < most && said.may_speak(now) => now,
                _ => return Ok(()),
            };
            if !run.bound.take() {
                return Ok(());
            }
            said.unheard += 1;
            self.send(said, at_us).await?;
        }
    }

    async fn send(&mut self, said: &mut Said, at_us: u64) -> Result<(), ()> {
        said.frames += 1;
        let message = SendMessage {
            client_id: Some(ClientId::from(Uuid::now_v7())),
            ..SendMessage::text(
                self.talk.id,
                MessageBody::parse(scan::content(at_us, self.number)).map_err(drop)?,
            )
        };
        let frame =
            ClientFrame::encode(Some(said.frames), "message.send", &message).map_err(drop)?;
        said.waiting.push_back((said.frames, at_us));
        self.socket.send(Message::text(frame)).await.map_err(drop)
    }

    fn hear(&self, frame: Frame<'_>, ears: &mut Ears<'_>, said: &mut Said) {
        let now = now_us();
        let in_time = ears.run.bound.counts(now);
        match frame {
            Frame::Ack { id, seq } => {
                self.talk.head.fetch_max(seq, SeqCst);
                let at = said.waiting.iter().position(|(waiting, _)| *waiting == id);
                if let Some((_, at_us)) = at.and_then(|at| said.waiting.remove(at))
                    && in_time
                {
                    ears.outcome.acked += 1;
                    ears.acks.record(now.saturating_sub(at_us));
                }
            }
            Frame::Refused {
                id, retry_after_ms, ..
            } => {
                ears.outcome.refused += 1;
                said.waiting.retain(|(waiting, _)| *waiting != id);
                said.unheard = said.unheard.saturating_sub(1);
                said.not_before_us = now + retry_after_ms * 1_000;
            }
            Frame::Logged { seq, said_us, by } => {
                ears.order.see(seq);
                if by == Some(self.number) {
                    said.unheard = said.unheard.saturating_sub(1);
                }
                if let Some(at_us) = said_us.filter(|_| in_time) {
                    ears.outcome.delivered += 1;
                    ears.deliveries.record(now.saturating_sub(at_us));
                }
            }
            Frame::Resync => {
                ears.outcome.resyncs += 1;
                said.unheard = 0;
            }
            Frame::Ready | Frame::Other => {}
        }
    }
}

impl Ears<'_> {
    fn finish(self, talk: &Talk) -> Outcome {
        let unseen = self.order.lost(talk.head.load(SeqCst));
        let (lost, skipped) = if self.outcome.resyncs > 0 || self.outcome.closed.is_some() {
            (0, unseen)
        } else {
            (unseen, 0)
        };
        Outcome {
            lost,
            skipped,
            doubled: self.order.doubled,
            out_of_order: self.order.late,
            ..self.outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_stays_below_what_a_socket_may_send() {
        let mut said = Said::default();

        let spoken = (0..1_000_000).filter(|now| said.may_speak(*now)).count();

        assert!((400..=420).contains(&spoken), "{spoken}");
    }

    #[test]
    fn a_refused_voice_waits() {
        let mut said = Said {
            not_before_us: 50,
            ..Said::default()
        };

        assert!(!said.may_speak(49));
        assert!(said.may_speak(50));
    }
}

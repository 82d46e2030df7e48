//! Rows for what is missing: what is on the screen is fetched, one after the other, and what the server refuses for now is
//! asked for again when its time has come. What nobody looks at is not fetched, and nothing goes on when nobody observes.

use super::{Timeline, TimelineItem, TimelineUpdates};
use crate::{Error, Status, connection::backoff_ms, lock};
use chat_core::Seq;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    ops::Range,
    sync::Arc,
    time::Duration,
};

/// How long what was refused waits at least.
const PAUSE_LEAST_MS: u64 = 1_000;

/// What is on the screen.
#[derive(Default)]
pub(super) struct Visible {
    /// Which rows, as it was told last.
    pub(super) rows: Range<usize>,
    /// They were told before there were any.
    pub(super) is_early: bool,
    /// What is missing there: where it ends, and where it begins.
    gaps: BTreeMap<Seq, Seq>,
}

impl TimelineUpdates {
    /// Says which rows are on the screen. What is missing among them is fetched, and the presence of those who said the
    /// rest is watched, and nobody else's: of other people, where other rows come into these places. What cannot be fetched
    /// now is fetched when there is a connection again, and what the server refuses for now a while later, as long as it is
    /// on the screen and somebody waits for the [next steps](TimelineUpdates::next).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # use chat_client::TimelineOptions;
    /// let timeline = ann.conversation(group).timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// for step in rows.next().await.ok_or("the client was shut down")? {
    ///     step.apply(&mut shown);
    /// }
    /// // All rows are on the screen: gaps among them are fetched now.
    /// rows.set_visible(0..shown.len());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime where something is missing, like [`tokio::spawn`].
    pub fn set_visible(&self, rows: Range<usize>) {
        let mut known = lock(&self.visible);
        known.gaps.clear();
        known.is_early = self.shown.is_none();
        let visible = self.shown.iter().flatten();
        let visible = visible.skip(rows.start).take(rows.len());
        known.rows = rows;
        for row in visible {
            if let TimelineItem::Gap { after, through } = row {
                known.gaps.insert(*through, *after);
            }
        }
        drop(known);
        self.fill_visible();
        self.watch_visible();
    }

    /// Watches the presence of those who said what is on the screen now.
    pub(super) fn watch_visible(&self) {
        let visible = lock(&self.visible).rows.clone();
        let rows = self.shown.iter().flatten();
        let rows = rows.skip(visible.start).take(visible.len());
        let people = rows.filter_map(|row| match row {
            TimelineItem::Message(message) => message.sender_of_others(),
            _ => None,
        });
        let people: BTreeSet<_> = people.collect();
        self.watch.show(people.into_iter().collect());
    }

    /// A gap between messages may be wider than what is fetched at once. Where the rest of it is in the place of one that was
    /// on the screen, it is on the screen itself. The beginning of the history is not followed like this: whoever looks at
    /// its end would fetch all of it.
    pub(super) fn follow_gaps(&self) {
        let first = lock(&self.timeline.window).after;
        let mut known = lock(&self.visible);
        let rows = self.shown.iter().flatten();
        let rows = rows.skip(known.rows.start).take(known.rows.len());
        let rests: Vec<_> = rows
            .filter_map(|row| match row {
                TimelineItem::Gap { after, through } if *through != first => {
                    Some((*through, *after))
                }
                _ => None,
            })
            .filter(|(_, after)| known.gaps.values().any(|known| known == after))
            .collect();
        known.gaps.extend(rests);
    }

    /// Fetches what is missing on the screen, one after the other.
    pub(super) fn fill_visible(&self) {
        let gaps = lock(&self.visible).gaps.clone();
        for row in self.shown.iter().flatten() {
            match row {
                TimelineItem::Gap { after, through } if gaps.contains_key(through) => {
                    self.timeline.fill(*after, *through);
                }
                _ => {}
            }
        }
    }

    /// When to ask again for what was refused for now, if that was not done yet.
    pub(super) fn again_ms(&self) -> Option<u64> {
        let not_before_ms = lock(&self.timeline.window).not_before_ms;
        not_before_ms.filter(|_| not_before_ms != self.asked_again_ms)
    }
}

impl Timeline {
    /// Fetches what is missing, by itself.
    fn fill(&self, after: Seq, through: Seq) {
        let timeline = self.clone();
        let now_ms = self.handle.shared().clock().elapsed_ms();
        if !lock(&self.window).begin_filling(through, now_ms) {
            return;
        }
        tokio::spawn(async move {
            let life = timeline.life();
            let filled = timeline.fetch(through).await;
            if let Err(error) = &filled {
                tracing::debug!(%error, after = after.get(), "a gap could not be filled");
            }
            timeline.filled(filled, timeline.life() != life);
            timeline.moved();
        });
    }

    async fn fetch(&self, through: Seq) -> Result<bool, Error> {
        let limit = self.options.limit;
        let is_first = lock(&self.window).after == through;
        match is_first {
            true => self.load_older(limit).await,
            false => self.handle.load(self.before(through.next(), limit)).await,
        }
    }

    /// Lets the next one fetch something: at once, or when what was refused may be asked for again. Where everything was told
    /// anew meanwhile, something else is missing than what was fetched.
    fn filled(&self, filled: Result<bool, Error>, is_anew: bool) {
        let shared = self.handle.shared();
        let now_ms = shared.clock().elapsed_ms();
        let mut window = lock(&self.window);
        let is_refused = match &filled {
            Ok(_) => false,
            // Without a connection it is asked for when there is one again. Looked at behind the lock: who comes online
            // while this is still being fetched asks in vain.
            Err(Error::Network { .. }) => *shared.status.borrow() == Status::Online,
            Err(error) => error.is_retryable(),
        };
        window.filling = None;
        window.refusals = match is_refused {
            true => window.refusals.saturating_add(1),
            false => 0,
        };
        window.not_before_ms = match filled {
            Err(error) if is_refused => {
                let random_ms = backoff_ms(window.refusals, shared.clock().random());
                let pause_ms = error.retry_after_ms().unwrap_or_default();
                Some(now_ms + pause_ms.max(PAUSE_LEAST_MS) + random_ms)
            }
            _ => is_anew.then_some(now_ms),
        };
    }

    /// Waits for a moment; for ever without one.
    pub(super) fn until(&self, ms: Option<u64>) -> impl Future<Output = ()> + use<> {
        let clock = Arc::clone(&self.handle.shared().http.clock);
        async move {
            match ms {
                Some(ms) => {
                    let left_ms = ms.saturating_sub(clock.elapsed_ms());
                    clock.sleep(Duration::from_millis(left_ms)).await;
                }
                None => pending().await,
            }
        }
    }
}

//! When the next frame may be drawn: never sooner than a sixtieth of a second after the one before. It draws nothing, and has
//! no clock of its own.

use std::time::Duration;
use tokio::time::Instant;

/// Between two frames.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60 + 1);

/// When the next frame may be drawn.
#[derive(Debug)]
pub(super) struct Frames {
    next: Instant,
}

impl Frames {
    /// The first one may be drawn now.
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now }
    }

    /// The moment from which on one may be drawn.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Whether one is to be drawn now, because something changed. Then it counts as drawn.
    pub(super) fn is_due(&mut self, is_changed: bool, now: Instant) -> bool {
        let is_due = is_changed && now >= self.next;
        if is_due {
            self.next = now + FRAME;
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_often_something_changes_at_most_sixty_frames_are_drawn_in_a_second() {
        let begin = Instant::now();
        let mut frames = Frames::new(begin);
        let moments = (0..10_000).map(|at| begin + Duration::from_micros(at * 100));
        let drawn = moments.filter(|now| frames.is_due(true, *now)).count();
        assert!((55..=60).contains(&drawn), "{drawn}");
    }

    #[test]
    fn what_changes_after_a_rest_is_drawn_at_once_and_nothing_without_a_change() {
        let begin = Instant::now();
        let mut frames = Frames::new(begin);
        assert!(frames.is_due(true, begin));
        let later = begin + Duration::from_secs(1);
        assert!(!frames.is_due(false, later));
        assert!(frames.next() < later);
        assert!(frames.is_due(true, later));
    }
}

//! When things are said: within an exchange seconds apart, between exchanges with pauses like people make, all of it
//! within the time that there is.

use super::Dice;
use std::collections::BTreeSet;

const SECOND: i64 = 1_000;

/// When one line after the other is said. Nothing is said before what stands above it.
pub(super) struct Pace {
    dice: Dice,
    /// How long before now the last line was said.
    ago_ms: i64,
    /// How much time there is for pauses, and how much they would like to have; the same for talking.
    pauses: (i64, i64),
    talking: (i64, i64),
}

impl Pace {
    /// For so many lines, said from `from` to `to` before now at most; `begins` are those before which is a pause. The dice
    /// come back thrown for all of them.
    pub(super) fn new(
        lines: usize,
        begins: &BTreeSet<usize>,
        from: i64,
        to: i64,
        dice: &mut Dice,
    ) -> Self {
        let own = dice.clone();
        let (mut talking, mut pausing) = (0_i64, 0_i64);
        for line in 0..lines {
            let pauses = begins.contains(&line);
            *(if pauses { &mut pausing } else { &mut talking }) += step(pauses, dice);
        }
        let room = (from - to).max(0);
        // The pauses give way first; where that is not enough, everybody talks faster.
        let (talk_room, pause_room) = match talking <= room / 2 {
            true => (talking, room - talking),
            false => (room / 2, room - room / 2),
        };
        Self {
            dice: own,
            ago_ms: from,
            pauses: (pause_room, pausing),
            talking: (talk_room, talking),
        }
    }

    /// So long before now the next line is said; whether there is a pause before it.
    pub(super) fn moment(&mut self, pauses: bool) -> i64 {
        let step = step(pauses, &mut self.dice);
        let (room, whole) = if pauses { self.pauses } else { self.talking };
        let share = i128::from(step) * i128::from(room) / i128::from(whole.max(1));
        self.ago_ms -= i64::try_from(share).unwrap_or(i64::MAX);
        self.ago_ms
    }
}

/// How long somebody would like to take.
fn step(pauses: bool, dice: &mut Dice) -> i64 {
    match pauses {
        true => (10 + dice.below(6 * 60) as i64) * 60 * SECOND,
        false => (4 + dice.below(86) as i64) * SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fits_into_the_time_there_is_and_in_order() {
        for (lines, from) in [(5, 1_000_000_000), (5_000, 1_000_000_000), (5_000, 100_000)] {
            let begins = (0..lines).step_by(4).collect();
            let mut pace = Pace::new(lines, &begins, from, 60_000, &mut Dice::new(1));
            let ago: Vec<_> = (0..lines)
                .map(|line| pace.moment(begins.contains(&line)))
                .collect();

            assert!(ago.is_sorted_by(|a, b| a >= b), "{ago:?}");
            assert!(ago[0] <= from && ago[lines - 1] >= 60_000, "{ago:?}");
            // It fills the time, too.
            assert!(ago[lines - 1] < 60_000 + from / 100 + 10_000, "{ago:?}");
        }
    }
}

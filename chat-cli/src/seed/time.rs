//! When things are said: within an exchange seconds apart, between exchanges with pauses like people make, all of it
//! within the time that there is.

use super::Dice;
use std::collections::BTreeSet;

const SECOND: i64 = 1_000;

/// So long before now each of the lines is said, from `from` to `to` at most; `begins` are the lines before which is a
/// pause. Nothing is said before what stands above it.
pub(super) fn spread(
    lines: usize,
    begins: &BTreeSet<usize>,
    from: i64,
    to: i64,
    dice: &mut Dice,
) -> Vec<i64> {
    let mut steps = Vec::with_capacity(lines);
    let (mut talking, mut pausing) = (0_i64, 0_i64);
    for line in 0..lines {
        let pauses = begins.contains(&line);
        let step = match pauses {
            true => (10 + dice.below(6 * 60) as i64) * 60 * SECOND,
            false => (4 + dice.below(86) as i64) * SECOND,
        };
        *(if pauses { &mut pausing } else { &mut talking }) += step;
        steps.push((pauses, step));
    }
    let room = (from - to).max(0);
    // The pauses give way first; where that is not enough, everybody talks faster.
    let (talk_room, pause_room) = match talking <= room / 2 {
        true => (talking, room - talking),
        false => (room / 2, room - room / 2),
    };
    let share = |step: i64, room: i64, whole: i64| {
        let share = i128::from(step) * i128::from(room) / i128::from(whole.max(1));
        i64::try_from(share).unwrap_or(i64::MAX)
    };
    let mut ago = from;
    steps
        .into_iter()
        .map(|(pauses, step)| {
            ago -= match pauses {
                true => share(step, pause_room, pausing),
                false => share(step, talk_room, talking),
            };
            ago
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fits_into_the_time_there_is_and_in_order() {
        for (lines, from) in [(5, 1_000_000_000), (5_000, 1_000_000_000), (5_000, 100_000)] {
            let begins = (0..lines).step_by(4).collect();
            let ago = spread(lines, &begins, from, 60_000, &mut Dice::new(1));

            assert!(ago.is_sorted_by(|a, b| a >= b), "{ago:?}");
            assert!(ago[0] <= from && ago[lines - 1] >= 60_000, "{ago:?}");
            // It fills the time, too.
            assert!(ago[lines - 1] < 60_000 + from / 100 + 10_000, "{ago:?}");
        }
    }
}

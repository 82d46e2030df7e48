//! Signals without a connection: coalesced, paced, remembered.

use super::*;
use uuid::Uuid;

fn conversation() -> ConversationId {
    ConversationId::new(Uuid::nil())
}

fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

fn read(number: u64) -> Signal {
    Signal::Mark(MarkKind::Read, conversation(), seq(number))
}

#[test]
fn only_the_newest_mark_is_told_and_one_at_a_time() {
    let mut signals = Signals::default();
    for number in [3, 9, 5] {
        signals.mark(MarkKind::Read, conversation(), seq(number), 0);
    }

    assert_eq!(signals.take(0), Some(read(9)));
    signals.mark(MarkKind::Read, conversation(), seq(12), 0);
    assert_eq!(signals.take(10_000), None);

    signals.answered(&read(9), None, 100);
    assert_eq!(signals.take(100 + MARK_GAP_MS - 1), None);
    assert_eq!(signals.take(100 + MARK_GAP_MS), Some(read(12)));
    signals.answered(&read(12), None, 1_000);
    assert_eq!(signals.next_ms(), None);
}

#[test]
fn deliveries_are_gathered_before_they_are_told() {
    let mut signals = Signals::default();
    signals.mark(MarkKind::Delivered, conversation(), seq(1), 1_000);
    signals.mark(MarkKind::Delivered, conversation(), seq(2), 1_100);

    assert_eq!(signals.next_ms(), Some(1_000 + MARK_GAP_MS));
    assert_eq!(signals.take(1_000 + MARK_GAP_MS - 1), None);
    assert_eq!(
        signals.take(1_000 + MARK_GAP_MS),
        Some(Signal::Mark(MarkKind::Delivered, conversation(), seq(2)))
    );
}

#[test]
fn a_mark_outlives_the_connection_and_a_refusal_for_now_but_not_one_for_good() {
    let mut signals = Signals::default();
    signals.mark(MarkKind::Read, conversation(), seq(1), 0);
    assert_eq!(signals.take(0), Some(read(1)));
    signals.disconnected();
    assert_eq!(signals.take(0), Some(read(1)));

    signals.answered(&read(1), Some(5_000), 0);
    assert_eq!(signals.take(4_999), None);
    assert_eq!(signals.take(5_000), Some(read(1)));

    signals.answered(&read(1), None, 6_000);
    assert_eq!(signals.take(u64::MAX), None);
}

#[test]
fn typing_is_told_every_three_seconds_and_its_end_once() {
    let mut signals = Signals::default();
    let mut told = Vec::new();
    for now_ms in (0..6_500).step_by(100) {
        signals.typing(conversation(), true);
        told.extend(signals.take(now_ms).map(|_| now_ms));
    }
    assert_eq!(told, [0, 3_000, 6_000]);

    signals.typing(conversation(), false);
    assert_eq!(
        signals.take(6_600),
        Some(Signal::Typing(conversation(), false))
    );
    signals.typing(conversation(), false);
    assert_eq!(signals.take(6_700), None);
}

#[test]
fn a_new_connection_is_told_whom_one_watches_and_that_one_is_away() {
    let mut signals = Signals::default();
    let ann = UserId::new(Uuid::from_u128(1));
    signals.watch(vec![ann, ann]);
    signals.active(false);
    assert_eq!(signals.take(0), Some(Signal::Active(false)));
    assert_eq!(signals.take(0), Some(Signal::Watch(vec![ann])));
    signals.watch(vec![ann]);
    assert_eq!(signals.take(0), None);

    signals.disconnected();

    assert_eq!(signals.take(0), Some(Signal::Active(false)));
    assert_eq!(signals.take(0), Some(Signal::Watch(vec![ann])));
    assert_eq!(signals.take(0), None);
}

#[test]
fn a_wish_that_is_refused_for_now_does_not_hammer() {
    let mut signals = Signals::default();
    signals.watch(vec![UserId::new(Uuid::nil())]);
    let watch = signals.take(0).unwrap();

    signals.answered(&watch, Some(2_000), 0);

    assert_eq!(signals.next_ms(), Some(2_000));
    assert_eq!(signals.take(1_999), None);
    assert_eq!(signals.take(2_000), Some(watch));
}

#[test]
fn few_marks_are_unanswered_at_a_time() {
    let mut signals = Signals::default();
    for number in 0..100 {
        let id = ConversationId::new(Uuid::from_u128(number));
        signals.mark(MarkKind::Read, id, seq(1), 0);
    }

    let taken = std::iter::from_fn(|| signals.take(0)).count();

    assert_eq!(taken, MARKS_ASKED_MOST);
    assert_eq!(signals.next_ms(), None);
}

#[test]
fn another_user_begins_with_what_is_on_the_screen_and_whether_somebody_looks() {
    let (mut signals, watched) = (Signals::default(), vec![UserId::new(Uuid::nil())]);
    signals.watch(watched.clone());
    signals.active(false);
    signals.mark(MarkKind::Read, conversation(), seq(3), 0);
    while signals.take(10_000).is_some() {}

    let mut next = signals.of_another_user();

    assert_eq!(next.take(0), Some(Signal::Active(false)));
    assert_eq!(next.take(0), Some(Signal::Watch(watched)));
    assert_eq!(next.take(10_000), None);
}

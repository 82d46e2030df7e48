//! How long a frame, a resize, a key and everything that is told take with 20,000 messages loaded, with answers, reactions,
//! receipts and names among them. Each figure is printed beside its bound, those of the issue this client was built for, and
//! the program fails beyond one. Here everything stays, but for the case that says otherwise; the program lets go what is far
//! from the reader, and what it weighs, a story measures: `tui::weighing`, run by hand.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod cases;
mod made;

use cases::*;
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

const FRAME: Duration = Duration::from_millis(4);
const RESIZE: Duration = Duration::from_millis(20);
/// So often each is done; the slowest of a hundred decides, not the unlucky few beyond.
const TIMES: usize = 300;

/// Something that is done again and again.
type Work = Box<dyn FnMut()>;

/// What is measured, how long it may take, and what makes it ready.
type Case = (&'static str, Duration, fn() -> Work);

const CASES: [Case; 15] = [
    ("a frame at the newest", FRAME, at_the_newest),
    ("a frame in the middle", FRAME, in_the_middle),
    ("a page up and a frame", FRAME, page_up),
    ("a key in the draft and a frame", FRAME, key_in_the_draft),
    ("a new message and a frame", FRAME, new_message),
    ("the same, read from the middle", FRAME, new_message_below),
    ("the same, as the program keeps it", FRAME, new_message_kept),
    ("fifty new messages and a frame", FRAME, fifty_new_messages),
    ("a page of older ones and a frame", FRAME, older_page),
    ("a reaction far above and a frame", FRAME, reaction),
    ("an edit far above and a frame", FRAME, edit),
    ("a deletion far above and a frame", FRAME, deletion),
    ("a receipt and a frame", FRAME, receipt),
    ("an edit that waits and a frame", FRAME, edit_that_waits),
    ("a resize and a frame", RESIZE, resize),
];

fn main() -> ExitCode {
    divan::main();
    // What was built to be tested is not built to be fast.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut is_slow = false;
    for (name, bound, prepare) in CASES {
        let (middle, late) = took(prepare());
        let verdict = if late <= bound { "" } else { "  TOO SLOW" };
        println!(
            "{name:34} {middle:>10.2?}, 99 of 100 within {late:>10.2?}, bound {bound:?}{verdict}"
        );
        is_slow |= late > bound;
    }
    match is_slow {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// The time in the middle, and that which only one of a hundred is beyond.
fn took(mut work: Work) -> (Duration, Duration) {
    work();
    let once = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let mut took: Vec<_> = (0..TIMES).map(once).collect();
    took.sort();
    (took[TIMES / 2], took[TIMES * 99 / 100])
}

#[divan::bench(args = CASES.map(|(name, ..)| name))]
fn case(bencher: divan::Bencher, name: &str) {
    let (.., prepare) = CASES
        .into_iter()
        .find(|(known, ..)| *known == name)
        .unwrap();
    bencher.bench_local(prepare());
}

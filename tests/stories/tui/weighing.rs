//! What the whole program weighs; run by hand, with programs as they are handed out:
//! `cargo test --release -p chat-tests --test stories weighing -- --ignored --nocapture`.

use super::{House, sdk};
use chat_core::SendMessage;
use futures_util::future::join_all;

/// Messages in the conversation.
const MESSAGES: usize = 20_000;
/// What is said after them.
const NEWEST: &str = "and that was all of it";
/// Of them at once on their way to the server.
const AT_ONCE: usize = 40;
/// What the program may have in memory then.
const MOST_MB: u64 = 60;

const UNLIMITED: [&str; 8] = [
    "--set",
    "limits.sends_per_minute=1000000",
    "--set",
    "limits.conversation_sends_per_minute=1000000",
    "--set",
    "limits.calls_per_minute=1000000",
    "--set",
    "limits.reads_per_minute=1000000",
];

async fn say_very_much(house: &House) {
    let words = "the quick brown fox jumps over the lazy dog and on. ";
    for begin in (0..MESSAGES).step_by(AT_ONCE) {
        let each = (begin..begin + AT_ONCE).map(|nth| {
            let who = if nth % 2 == 0 { &house.ann } else { &house.ben };
            let text = format!("{nth}: {}", words.repeat(nth % 7));
            who.call(SendMessage::text(house.between, sdk::body(&text)))
        });
        for sent in join_all(each).await {
            sent.expect("stored");
        }
    }
    // Those of one round come in any order; this one is the newest.
    house.say(&house.ben, NEWEST).await;
}

/// What a process has in memory.
fn resident_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kb.expect("a number") / 1024
}

#[tokio::test]
#[ignore = "measures, and takes a while"]
async fn with_twenty_thousand_messages_read_it_stays_small() {
    let house = House::open_with(&UNLIMITED).await;
    say_very_much(&house).await;
    let ann = house.sit_down_with("ann", "ben", (120, 40)).await;
    eprintln!("at the newest: {} MB", resident_mb(ann.program_pid()));
    while !ann.screen().0.contains("beginning of the conversation") {
        ann.press(&["-N", "10", "PPage"]);
        ann.shows_no_more("are loading…").await;
    }
    let mb = resident_mb(ann.program_pid());
    eprintln!("with {MESSAGES} messages read: {mb} MB");
    assert!(mb < MOST_MB, "{mb} MB");
    ann.press(&["M-End"]);
    ann.shows_text(NEWEST).await;
}

//! Two people in two terminals, and a server that dies between them.

use super::{House, say};
use chat_tests::Terminal;

/// All of it is on both screens, once and in order.
async fn both_show(terminals: [&Terminal; 2], texts: &[&str]) {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    for terminal in terminals {
        let what = format!("{texts:?} are shown once and in order");
        terminal
            .shows(&what, |screen| screen.has_in_order(&texts))
            .await;
    }
}

async fn they_talk_over_a_crash(size: (u16, u16)) {
    let mut house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", size),
        house.sit_down_with("ben", "ann", size)
    );

    say(&ann, "hello from ann");
    both_show([&ann, &ben], &["hello from ann"]).await;
    say(&ben, "hello from ben");
    both_show([&ann, &ben], &["hello from ann", "hello from ben"]).await;

    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            ben.shows_text("reconnecting in").await;
            say(&ann, "said into the void");
            ann.shows_text("said into the void").await;
        })
        .await;
    ann.press(&["C-r"]);
    ben.press(&["C-r"]);

    let all = ["hello from ann", "hello from ben", "said into the void"];
    both_show([&ann, &ben], &all).await;
    for terminal in [&ann, &ben] {
        terminal.shows_text("● online").await;
    }
    say(&ben, "welcome back");
    both_show([&ann, &ben], &[all[0], all[1], all[2], "welcome back"]).await;

    for terminal in [&ann, &ben] {
        terminal.press(&["C-q"]);
        let screen = terminal.is_left().await;
        assert!(
            !screen.0.contains("hello"),
            "nothing of it is left:\n{}",
            screen.0
        );
    }
}

#[tokio::test]
async fn they_talk_over_a_crash_at_120_by_40() {
    they_talk_over_a_crash((120, 40)).await;
}

#[tokio::test]
async fn they_talk_over_a_crash_at_80_by_24() {
    they_talk_over_a_crash((80, 24)).await;
}

#[tokio::test]
async fn they_talk_over_a_crash_at_50_by_15() {
    they_talk_over_a_crash((50, 15)).await;
}

#[tokio::test]
async fn they_come_back_by_themselves() {
    let mut house = House::open().await;
    let (ann, ben) = tokio::join!(
        house.sit_down_with("ann", "ben", (80, 24)),
        house.sit_down_with("ben", "ann", (80, 24))
    );

    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            ben.shows_text("reconnecting in").await;
        })
        .await;

    for terminal in [&ann, &ben] {
        terminal.shows_text("● online").await;
    }
    say(&ann, "nobody pressed a key");
    both_show([&ann, &ben], &["nobody pressed a key"]).await;
}

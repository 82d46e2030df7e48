//! Colours and signs.

use crate::kit::*;
use chat_tui::{
    config::{Glyphs, Palette},
    theme::Theme,
};
use ratatui::style::{Color, Modifier};

fn shown(palette: Palette, glyphs: Glyphs) -> Screen {
    let mut screen = Screen::with_two((100, 24));
    screen.model.theme = Theme::of(palette, glyphs);
    screen.open("lounge");
    screen.write("a draft");
    screen
}

#[test]
fn with_ascii_signs_nothing_else_is_drawn_with() {
    let mut screen = shown(Palette::None, Glyphs::Ascii);
    for keys in ["f1", "f1 ctrl+k", "esc f9", "esc esc"] {
        screen.press(keys);
        let text = screen.text();
        let strange = text.chars().find(|c| !c.is_ascii());
        assert_eq!(strange, None, "{keys}:\n{text}");
    }
}

#[test]
fn a_chosen_ground_covers_the_whole_screen_also_below_windows() {
    for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
        let mut screen = shown(palette, Glyphs::Unicode);
        screen.press("f1");
        let buffer = screen.buffer();
        let bare = buffer
            .content()
            .iter()
            .find(|cell| cell.bg == Color::Reset || cell.fg == Color::Reset);
        assert_eq!(bare, None, "{palette:?}");
    }
}

#[test]
fn high_contrast_dims_nothing() {
    let buffer = shown(Palette::HighContrast, Glyphs::Unicode).buffer();
    let dim = buffer
        .content()
        .iter()
        .any(|cell| cell.modifier.contains(Modifier::DIM));
    assert!(!dim);
}

#[test]
fn a_window_leaves_the_members_whole() {
    for keys in ["f1", "ctrl+k", "ctrl+n esc d", "alt+n"] {
        let mut screen = shown(Palette::None, Glyphs::Unicode);
        screen.press("ctrl+u");
        let members = |screen: &Screen| -> Vec<String> {
            let text = screen.text();
            let last = text.lines().map(|line| line.chars().skip(81).collect());
            last.skip(1).take(20).collect()
        };
        let before = members(&screen);
        assert!(before.iter().any(|line| line.contains("bo")), "{before:?}");

        screen.press(keys.split(' ').next().unwrap());

        assert_eq!(members(&screen), before, "{keys}: {}", screen.text());
    }
}

#[test]
fn on_the_smallest_screens_the_help_says_whole_how_it_closes() {
    let mut screen = Screen::with_two((30, 8));
    screen.press("f1");
    assert!(
        screen.text().contains("Keys · Esc closes"),
        "{}",
        screen.text()
    );
}

#[test]
fn what_is_answered_has_all_the_room_there_is() {
    let mut screen = Screen::with_two((40, 12));
    screen.open("lounge");
    screen.hear(1, BO, "a question of some length");
    screen.press("esc r");
    let text = screen.text();
    let rule = text
        .lines()
        .find(|line| line.contains("answering"))
        .unwrap();
    assert!(rule.contains("cancels ─") && !rule.contains("──"), "{rule}");
}

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

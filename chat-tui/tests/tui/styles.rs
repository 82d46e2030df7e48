//! The main screens with their styles, in every palette, and the windows above them.

use crate::{extras::rich, kit::*, screens::busy};
use chat_tui::{
    Msg,
    config::{Glyphs, Palette},
    model::{Canvas, Drawing, FormKind, Found, Picture},
    theme::Theme,
};
use image::{DynamicImage, Rgb, RgbImage};

const SIZE: (u16, u16) = (80, 24);

/// The group with everything in it, with a message selected.
fn selected_in(palette: Palette) -> String {
    let mut screen = busy(SIZE);
    screen.model.theme = Theme::of(palette, Glyphs::Unicode);
    screen.press("esc k");
    screen.styled()
}

#[test]
fn the_terminals_own_colours() {
    insta::assert_snapshot!(selected_in(Palette::Terminal));
}

#[test]
fn light() {
    insta::assert_snapshot!(selected_in(Palette::Light));
}

#[test]
fn dark() {
    insta::assert_snapshot!(selected_in(Palette::Dark));
}

#[test]
fn high_contrast() {
    insta::assert_snapshot!(selected_in(Palette::HighContrast));
}

#[test]
fn without_colours_bold_and_reverse_stay() {
    insta::assert_snapshot!(selected_in(Palette::None));
}

#[test]
fn wide_with_replies_and_reactions() {
    insta::assert_snapshot!(rich((120, 24)).styled());
}

#[test]
fn narrow() {
    insta::assert_snapshot!(busy((50, 15)).styled());
}

#[test]
fn a_list_to_choose_from() {
    let mut screen = Screen::with_two(SIZE);
    screen.press("ctrl+k down");
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn the_palette_of_commands() {
    let mut screen = Screen::with_two(SIZE);
    screen.press("alt+x");
    screen.write("unread");
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn a_form_with_what_is_wrong_in_it() {
    let mut screen = Screen::with_two(SIZE);
    screen.press("ctrl+g");
    screen.write("nobody");
    screen.press("enter");
    let why = "there is no nobody here".to_owned();
    screen.tell(Msg::Refused(Some(FormKind::NewConversation), why));
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn what_a_search_found() {
    let mut screen = Screen::with_two(SIZE);
    screen.press("alt+s");
    screen.write("all");
    screen.wait_ms(300);
    screen.tell(Msg::Found {
        typed: "all".to_owned(),
        found: Found {
            messages: vec![
                message(room(1), 1, BO, "hello all"),
                message(room(2), 1, BO, "that is all"),
            ],
            ..Found::default()
        },
    });
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn an_answer_being_written() {
    let mut screen = rich((100, 24));
    screen.press("esc k k k r");
    screen.write("at noon, then");
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn a_question() {
    let mut screen = rich(SIZE);
    screen.press("esc k k d");
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn where_the_new_begin() {
    let mut screen = Screen::new(SIZE);
    let said = [(BO, "old"), (BO, "new"), (CY, "newer"), (BO, "newest")];
    screen.sync(vec![conversation(
        1,
        Some("lounge"),
        &[ME, BO, CY],
        &said,
        3,
    )]);
    screen.press("ctrl+n");
    insta::assert_snapshot!(screen.styled());
}

#[test]
fn that_there_are_newer_ones_below() {
    let mut screen = Screen::with_history(SIZE, 60);
    screen.load(60);
    screen.press("pageup");
    screen.hear(1, BO, "seen by nobody yet");
    insta::assert_snapshot!(screen.styled());
}

/// Four large squares: red, green, blue and white.
fn squares() -> Picture {
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    let image = RgbImage::from_fn(40, 40, |x, y| Rgb(colours[(x / 20 + y / 20 * 2) as usize]));
    Picture::new("squares.png".to_owned(), &DynamicImage::ImageRgb8(image)).unwrap()
}

fn looking(size: (u16, u16), drawing: Drawing) -> Screen {
    let mut screen = Screen::with_two(size);
    screen.press("ctrl+n");
    screen.model.canvas = Canvas {
        drawing,
        cell: (2, 4),
    };
    screen.tell(Msg::Picture(squares()));
    screen
}

#[test]
fn a_picture_in_cells() {
    insta::assert_snapshot!(looking((60, 16), Drawing::TrueColour).styled());
}

#[test]
fn a_picture_in_256_colours() {
    insta::assert_snapshot!(looking((60, 16), Drawing::Indexed).styled());
}

#[test]
fn a_picture_is_whole_at_every_size_and_its_window_too() {
    for drawing in [Drawing::TrueColour, Drawing::Kitty] {
        for size in [(120, 40), (80, 24), (50, 15), (26, 8), (20, 5)] {
            let screen = looking(size, drawing);
            let buffer = screen.buffer();
            let is_of_it = |x, y| {
                let symbol = buffer[(x, y)].symbol();
                symbol == "▀" || symbol.starts_with('\u{10EEEE}')
            };
            let mut cells = (0..size.0).flat_map(|x| (0..size.1).map(move |y| (x, y)));
            let (left, top) = cells.find(|(x, y)| is_of_it(*x, *y)).unwrap();
            let width = (left..size.0).take_while(|x| is_of_it(*x, top)).count();
            let height = (top..size.1).take_while(|y| is_of_it(left, *y)).count();
            assert!(
                width.abs_diff(height * 2) <= 2,
                "{width}x{height} at {size:?}"
            );
            let text = screen.text();
            assert!(text.contains('╭') && text.contains('╯'), "{text}");
        }
    }
}

#[test]
fn a_place_for_a_picture_that_the_terminal_shows_itself_is_left_blank() {
    for drawing in [Drawing::KittyAt, Drawing::ITerm, Drawing::Sixel] {
        let screen = looking((60, 16), drawing);
        let (place, picture) = chat_tui::view::placed_picture(&screen.model).unwrap();
        assert_eq!((place.width, place.height), (20, 10));
        assert_eq!(picture.title, "squares.png");
        let buffer = screen.buffer();
        assert!(place.positions().all(|at| buffer[at].symbol() == " "));
    }
    let mut screen = looking((60, 16), Drawing::Sixel);
    screen.press("esc");
    assert!(chat_tui::view::placed_picture(&screen.model).is_none());
}

#[test]
fn kittys_cells_say_which_picture_and_which_row() {
    let screen = looking((60, 16), Drawing::Kitty);
    let buffer = screen.buffer();
    let (place, _) = chat_tui::view::placed_picture(&screen.model).unwrap();
    let rows: Vec<_> = place
        .rows()
        .map(|row| buffer[(row.x, row.y)].symbol())
        .collect();
    assert_eq!(
        rows[..3],
        [
            "\u{10EEEE}\u{305}\u{305}",
            "\u{10EEEE}\u{30D}\u{305}",
            "\u{10EEEE}\u{30E}\u{305}",
        ]
    );
    let others = place.positions().filter(|at| at.x > place.x);
    for at in others {
        assert_eq!(buffer[at].symbol(), "\u{10EEEE}");
        assert_eq!(buffer[at].fg, ratatui::style::Color::Indexed(197));
    }
}

//! A picture in a window: all of it, as large as there is room. Where the terminal shows pictures itself, only its place is
//! drawn here; elsewhere each cell has two colours of it, one above the other.

use super::{inside, window, window_frame};
use crate::model::{Canvas, Drawing, Model, Picture, Popup};
use image::{RgbaImage, imageops};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
};

/// kitty's sign for a cell of a picture; a mark on the first of a row says which row it is.
const PLACEHOLDER: char = '\u{10EEEE}';
/// The number by which kitty knows our picture; it is the colour of its cells.
pub(crate) const KITTY_ID: u8 = 197;
/// The window's frame and the blanks in it.
const AROUND: (u16, u16) = (4, 2);
/// A narrower window would hide most of the picture's name.
const NARROWEST: u16 = 20;

/// kitty's marks for the rows from the first on, as its protocol numbers them.
const ROW_MARKS: [u32; 64] = [
    0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350,
    0x351, 0x352, 0x357, 0x35B, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36A, 0x36B,
    0x36C, 0x36D, 0x36E, 0x36F, 0x483, 0x484, 0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595,
    0x597, 0x598, 0x599, 0x59C, 0x59D, 0x59E, 0x59F, 0x5A0, 0x5A1, 0x5A8, 0x5A9, 0x5AB, 0x5AC,
    0x5AF, 0x5C4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615, 0x616, 0x617, 0x657, 0x658,
];

/// The picture that the terminal itself is to show, and where.
pub fn placed_picture(model: &Model) -> Option<(Rect, &Picture)> {
    let Some(Popup::Picture(picture)) = &model.popup else {
        return None;
    };
    let is_shown = model.canvas.is_graphic() && !crate::layout::is_too_small(model.size);
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let place = place(model.canvas, picture, area);
    (is_shown && !place.is_empty()).then_some((place, picture))
}

/// Where a picture stands in its window, and how large that is.
fn place(canvas: Canvas, picture: &Picture, area: Rect) -> Rect {
    // There is a column and a row around the window too.
    let room = (
        area.width.saturating_sub(AROUND.0 + 2),
        area.height.saturating_sub(AROUND.1 + 2),
    );
    if room.0 == 0 || room.1 == 0 {
        return Rect::ZERO;
    }
    let (columns, rows) = picture.fit(canvas, room);
    let inside = inside(window_frame(outside((columns, rows)), area));
    Rect {
        x: inside.x + inside.width.saturating_sub(columns) / 2,
        width: columns,
        height: rows,
        ..inside
    }
    .intersection(inside)
}

fn outside((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.max(NARROWEST) + AROUND.0, rows + AROUND.1)
}

pub(super) fn draw(model: &Model, picture: &Picture, area: Rect, buffer: &mut Buffer) {
    let place = place(model.canvas, picture, area);
    let size = outside((place.width, place.height));
    window(model.theme, &picture.title, size, area, buffer);
    match model.canvas.drawing {
        Drawing::Kitty => placeholders(place, buffer),
        // They are put there after the frame, onto blanks.
        Drawing::KittyAt | Drawing::ITerm | Drawing::Sixel => {}
        Drawing::TrueColour => halves(&picture.small, place, buffer, |[r, g, b]| {
            Color::Rgb(r, g, b)
        }),
        Drawing::Indexed => halves(&picture.small, place, buffer, |rgb| {
            Color::Indexed(indexed(rgb))
        }),
    }
}

fn placeholders(place: Rect, buffer: &mut Buffer) {
    for (y, mark) in place.rows().map(|row| row.y).zip(ROW_MARKS) {
        for x in place.left()..place.right() {
            let mut symbol = String::from(PLACEHOLDER);
            if x == place.left() {
                // Its row, and its column, the first. Those behind it count on by themselves.
                let marks = [mark, ROW_MARKS[0]];
                symbol.extend(marks.into_iter().filter_map(char::from_u32));
            }
            let style = Style::new().fg(Color::Indexed(KITTY_ID));
            buffer[(x, y)].set_symbol(&symbol).set_style(style);
        }
    }
}

fn halves(image: &RgbaImage, place: Rect, buffer: &mut Buffer, colour: impl Fn([u8; 3]) -> Color) {
    let (width, height) = crate::model::scaled(
        image.dimensions(),
        (u32::from(place.width), u32::from(place.height) * 2),
    );
    let small = imageops::resize(image, width, height, imageops::FilterType::Triangle);
    let at = |x: u32, y: u32| match small.get_pixel_checked(x, y) {
        Some(pixel) => colour(on_black(pixel.0)),
        None => Color::Reset,
    };
    for (row, y) in (0..).step_by(2).zip(place.top()..place.bottom()) {
        for (column, x) in (0..width).zip(place.left()..place.right()) {
            let style = Style::new().fg(at(column, row)).bg(at(column, row + 1));
            buffer[(x, y)].set_symbol("▀").set_style(style);
        }
    }
}

/// What can be looked through is put onto black.
pub(crate) fn on_black([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    [red, green, blue]
        .map(|part| u8::try_from(u16::from(part) * u16::from(alpha) / 255).unwrap_or(u8::MAX))
}

/// The nearest of the 216 colours and 24 greys that have the same number everywhere.
fn indexed([red, green, blue]: [u8; 3]) -> u8 {
    let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
    if most - least < 12 && (8..=238).contains(&most) {
        return 232 + (most - 8) / 10;
    }
    let step = |part: u8| match part {
        0..48 => 0,
        48..115 => 1,
        _ => (part - 35) / 40,
    };
    16 + 36 * step(red) + 6 * step(green) + step(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_becomes_the_nearest_that_has_a_number() {
        for (rgb, number) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([255, 0, 0], 196),
            ([0, 95, 135], 24),
            ([128, 128, 128], 244),
        ] {
            assert_eq!(indexed(rgb), number, "{rgb:?}");
        }
    }

    #[test]
    fn every_row_that_kitty_is_asked_for_has_a_mark_of_its_own() {
        let marks: std::collections::BTreeSet<_> = ROW_MARKS.into_iter().collect();
        assert_eq!(marks.len(), ROW_MARKS.len());
        assert!(ROW_MARKS.iter().all(|mark| char::from_u32(*mark).is_some()));
    }
}

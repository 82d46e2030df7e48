//! The sequences by which a terminal is given a picture, and told to forget it. They move the cursor and put it back.

use super::sixel;
use crate::{
    model::{Canvas, Drawing, Picture, scaled},
    view::KITTY_ID,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use image::imageops::{self, FilterType};
use ratatui::layout::Rect;

/// Letters of a picture in one sequence of kitty's protocol.
const CHUNK: usize = 4_096;

/// Shows a picture at a place.
pub(super) fn show(canvas: Canvas, picture: &Picture, place: Rect, through_tmux: bool) -> Vec<u8> {
    match canvas.drawing {
        Drawing::Kitty => {
            let mut sequences = forget(canvas, through_tmux);
            sequences.extend(kitty(&picture.png, place, "U=1", through_tmux));
            sequences
        }
        Drawing::KittyAt => {
            let mut sequences = forget(canvas, false);
            sequences.extend(at(place, &kitty(&picture.png, place, "C=1", false)));
            sequences
        }
        Drawing::ITerm => at(place, &iterm(&picture.png, place)),
        Drawing::Sixel => {
            let (across, down) = (u32::from(canvas.cell.0), u32::from(canvas.cell.1));
            let room = (
                u32::from(place.width) * across,
                u32::from(place.height) * down,
            );
            let (width, height) = scaled(picture.image.dimensions(), room);
            let image = imageops::resize(&*picture.image, width, height, FilterType::Triangle);
            at(place, &sixel::sequence(&image))
        }
        Drawing::TrueColour | Drawing::Indexed => Vec::new(),
    }
}

/// Takes back what the terminal keeps of it. What stands on the screen is the next frame's to write over.
pub(super) fn forget(canvas: Canvas, through_tmux: bool) -> Vec<u8> {
    match canvas.drawing {
        Drawing::Kitty | Drawing::KittyAt => through(
            &format!("\x1b_Ga=d,d=I,i={KITTY_ID},q=2\x1b\\"),
            through_tmux,
        ),
        _ => Vec::new(),
    }
}

/// The picture, and that it is as large as these cells. Where they are, they say themselves (`U=1`), or the cursor is there
/// and stays (`C=1`).
fn kitty(png: &[u8], place: Rect, where_to: &str, through_tmux: bool) -> Vec<u8> {
    let letters = BASE64_STANDARD.encode(png);
    let chunks: Vec<_> = letters.as_bytes().chunks(CHUNK).collect();
    let mut sequences = Vec::with_capacity(letters.len() * 2);
    for (nth, chunk) in chunks.iter().enumerate() {
        let about = match nth {
            0 => format!(
                "a=T,{where_to},f=100,t=d,i={KITTY_ID},c={},r={},q=2,",
                place.width, place.height
            ),
            _ => String::new(),
        };
        let more = u8::from(nth + 1 < chunks.len());
        let chunk = String::from_utf8_lossy(chunk);
        let sequence = format!("\x1b_G{about}m={more};{chunk}\x1b\\");
        sequences.extend(through(&sequence, through_tmux));
    }
    sequences
}

fn iterm(png: &[u8], place: Rect) -> Vec<u8> {
    format!(
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=1;doNotMoveCursor=1:{}\x07",
        png.len(),
        place.width,
        place.height,
        BASE64_STANDARD.encode(png),
    )
    .into_bytes()
}

/// Puts something to a place, and the cursor back.
fn at(place: Rect, sequence: &[u8]) -> Vec<u8> {
    let mut whole = format!("\x1b7\x1b[{};{}H", place.y + 1, place.x + 1).into_bytes();
    whole.extend(sequence);
    whole.extend(b"\x1b8");
    whole
}

/// As it is, or wrapped so that tmux hands it on.
fn through(sequence: &str, tmux: bool) -> Vec<u8> {
    match tmux {
        true => through_tmux(sequence).into_bytes(),
        false => sequence.as_bytes().to_vec(),
    }
}

/// Wrapped so that tmux hands it on to the terminal that it is in.
pub(crate) fn through_tmux(sequence: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::DynamicImage;

    const PLACE: Rect = Rect::new(4, 2, 30, 12);

    fn canvas(drawing: Drawing) -> Canvas {
        Canvas {
            drawing,
            cell: (10, 20),
        }
    }

    /// So much of everything that no packing makes it small.
    fn picture() -> Picture {
        let noise = |x: u32, y: u32| {
            let mixed = (x * 7_919 + y * 104_729).wrapping_mul(2_654_435_761);
            let [a, b, c, _] = mixed.to_le_bytes();
            image::Rgb([a, b, c])
        };
        let image = image::RgbImage::from_fn(300, 200, noise);
        Picture::new("x".to_owned(), &DynamicImage::ImageRgb8(image)).unwrap()
    }

    fn shown(drawing: Drawing, through_tmux: bool) -> String {
        String::from_utf8(show(canvas(drawing), &picture(), PLACE, through_tmux)).unwrap()
    }

    /// The picture in these sequences of kitty's.
    fn unpacked(shown: &str) -> image::RgbaImage {
        let mut letters = String::new();
        let sequences: Vec<_> = shown.split_terminator("\x1b\\").collect();
        let (first, others) = sequences[1..].split_first().unwrap();
        let head = "\x1b_Ga=T,U=1,f=100,t=d,i=197,c=30,r=12,q=2,m=1;";
        letters.push_str(first.strip_prefix(head).unwrap());
        for (nth, sequence) in others.iter().enumerate() {
            let more = usize::from(nth + 1 < others.len());
            let chunk = sequence.strip_prefix(&format!("\x1b_Gm={more};")).unwrap();
            assert!(chunk.len() <= CHUNK);
            letters.push_str(chunk);
        }
        let png = BASE64_STANDARD.decode(letters).unwrap();
        image::load_from_memory(&png).unwrap().to_rgba8()
    }

    #[test]
    fn kitty_gets_all_of_it_in_parts_and_forgets_the_one_before() {
        let shown = shown(Drawing::Kitty, false);
        assert!(shown.starts_with("\x1b_Ga=d,d=I,i=197,q=2\x1b\\"));
        assert_eq!(unpacked(&shown), *picture().image);
    }

    #[test]
    fn an_older_kitty_gets_it_where_the_cursor_is_put() {
        let shown = shown(Drawing::KittyAt, false);
        assert!(shown.contains("\x1b\\\x1b7\x1b[3;5H\x1b_Ga=T,C=1,f=100,t=d,i=197,c=30,r=12,"));
        assert!(shown.ends_with("\x1b\\\x1b8"));
    }

    #[test]
    fn through_tmux_each_part_is_wrapped_by_itself() {
        let plain = shown(Drawing::Kitty, false);
        let wrapped = shown(Drawing::Kitty, true);
        let parts = plain.split_terminator("\x1b\\").count();
        assert_eq!(wrapped.matches("\x1bPtmux;\x1b\x1b_G").count(), parts);
        let undone = wrapped
            .replace("\x1bPtmux;", "")
            .replace("\x1b\x1b\\\x1b\\", "\x1b\x1b\\");
        assert_eq!(undone.replace("\x1b\x1b", "\x1b"), plain);
    }

    #[test]
    fn iterm_gets_a_file_with_its_size_in_cells_and_the_cursor_stays() {
        let shown = shown(Drawing::ITerm, false);
        let head = format!(
            "\x1b7\x1b[3;5H\x1b]1337;File=inline=1;size={};width=30;height=12;preserveAspectRatio=1;doNotMoveCursor=1:",
            picture().png.len()
        );
        let letters = shown
            .strip_prefix(&head)
            .unwrap()
            .strip_suffix("\x07\x1b8")
            .unwrap();
        assert_eq!(BASE64_STANDARD.decode(letters).unwrap(), *picture().png);
    }

    #[test]
    fn sixels_stay_within_their_cells() {
        let shown = shown(Drawing::Sixel, false);
        assert!(
            shown.starts_with("\x1b7\x1b[3;5H\x1bP9;1;0q\"1;1;300;200"),
            "{:?}",
            &shown[..40]
        );
        assert!(shown.ends_with("\x1b\\\x1b8"));
        let small = show(
            canvas(Drawing::Sixel),
            &picture(),
            Rect::new(0, 0, 7, 3),
            false,
        );
        let small = String::from_utf8(small).unwrap();
        assert!(small.contains("\"1;1;70;46"), "{:?}", &small[..40]);
    }

    #[test]
    fn cells_need_no_sequence_and_only_kitty_keeps_anything() {
        for drawing in [Drawing::TrueColour, Drawing::Indexed] {
            assert_eq!(shown(drawing, false), "");
        }
        assert_eq!(forget(canvas(Drawing::ITerm), false), b"");
        assert!(!forget(canvas(Drawing::Kitty), true).is_empty());
    }
}

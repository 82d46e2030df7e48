//! Sixels: six rows of a picture at a time, a colour after the other. There are 216 colours; a fine pattern makes up for the
//! others.

use crate::view::on_black;
use image::RgbaImage;
use std::{collections::BTreeMap, fmt::Write};

/// Steps of each of red, green and blue.
const STEPS: u8 = 6;
/// How far apart these are.
const APART: i32 = 51;
/// What is added to a step's fraction, by the place of a pixel, before it is cut off.
const PATTERN: [[i32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// The picture, with what begins and ends it.
pub(super) fn sequence(image: &RgbaImage) -> Vec<u8> {
    let (width, height) = image.dimensions();
    // Square pixels; what no colour is given to stays as it is.
    let mut out = format!("\x1bP9;1;0q\"1;1;{width};{height}");
    let mut defined = [false; 216];
    for top in (0..height).step_by(6) {
        let band = band(image, top);
        for (nth, (colour, sixels)) in band.iter().enumerate() {
            if nth > 0 {
                out.push('$');
            }
            if !std::mem::replace(&mut defined[usize::from(*colour)], true) {
                define(&mut out, *colour);
            }
            write!(out, "#{colour}").expect("a string takes everything");
            pack(&mut out, sixels);
        }
        out.push('-');
    }
    out.push_str("\x1b\\");
    out.into_bytes()
}

/// Says what a colour is, in percent.
fn define(out: &mut String, colour: u8) {
    let [red, green, blue] = [colour / 36, colour / 6 % 6, colour % 6].map(|step| step * 20);
    write!(out, "#{colour};2;{red};{green};{blue}").expect("a string takes everything");
}

/// For each colour in six rows, which of them it is in, column by column.
fn band(image: &RgbaImage, top: u32) -> BTreeMap<u8, Vec<u8>> {
    let (width, height) = image.dimensions();
    let mut band = BTreeMap::new();
    for y in top..height.min(top + 6) {
        for x in 0..width {
            let colour = nearest(on_black(image.get_pixel(x, y).0), x, y);
            let sixels = band
                .entry(colour)
                .or_insert_with(|| vec![0_u8; width as usize]);
            sixels[x as usize] |= 1 << (y - top);
        }
    }
    band
}

/// One of the colours near to this one: which, depends on the place, so that together they look like it.
fn nearest(rgb: [u8; 3], x: u32, y: u32) -> u8 {
    let more = PATTERN[(y % 4) as usize][(x % 4) as usize] * APART / 16;
    let step = |part: u8| {
        let step = (i32::from(part) + more) / APART;
        u8::try_from(step).unwrap_or(0).min(STEPS - 1)
    };
    let [red, green, blue] = rgb.map(step);
    36 * red + 6 * green + blue
}

/// Writes columns; the same one several times as a number and the column.
fn pack(out: &mut String, sixels: &[u8]) {
    let last = sixels
        .iter()
        .rposition(|sixel| *sixel != 0)
        .map_or(0, |at| at + 1);
    for run in sixels[..last].chunk_by(|a, b| a == b) {
        let sixel = char::from(b'?' + run[0]);
        match run.len() {
            long @ 4.. => write!(out, "!{long}{sixel}").expect("a string takes everything"),
            short => (0..short).for_each(|_| out.push(sixel)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the picture again: for each pixel the colour in percent.
    fn read(sequence: &str) -> BTreeMap<(usize, usize), [u8; 3]> {
        let body = sequence.strip_suffix("\x1b\\").unwrap();
        let body = body.split_once('"').unwrap().1;
        let body = &body[body.find('#').unwrap()..];
        let (mut colours, mut pixels) = (BTreeMap::new(), BTreeMap::new());
        let (mut colour, mut x, mut y) = (0, 0, 0);
        let mut rest = body;
        let number = |rest: &mut &str| -> usize {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let (number, after) = rest.split_at(end);
            *rest = after;
            number.parse().unwrap()
        };
        while let Some(sign) = rest.chars().next() {
            rest = &rest[1..];
            let mut count = 1;
            let mut sixel = sign;
            match sign {
                '$' => x = 0,
                '-' => (x, y) = (0, y + 6),
                '#' => {
                    colour = number(&mut rest);
                    if let Some(after) = rest.strip_prefix(";2;") {
                        rest = after;
                        let mut part = || {
                            let part = number(&mut rest) as u8;
                            rest = rest.strip_prefix(';').unwrap_or(rest);
                            part
                        };
                        colours.insert(colour, [part(), part(), part()]);
                    }
                }
                '!' => {
                    count = number(&mut rest);
                    sixel = rest.chars().next().unwrap();
                    rest = &rest[1..];
                }
                _ => {}
            }
            if ('?'..='~').contains(&sixel) {
                for _ in 0..count {
                    let bits = sixel as u8 - b'?';
                    for row in (0..6).filter(|row| bits & (1 << row) != 0) {
                        assert!(pixels.insert((x, y + row), colours[&colour]).is_none());
                    }
                    x += 1;
                }
            }
        }
        pixels
    }

    #[test]
    fn every_pixel_is_there_once_in_its_colour() {
        let mut image = RgbaImage::from_pixel(20, 9, image::Rgba([255, 0, 0, 255]));
        image.put_pixel(3, 7, image::Rgba([0, 255, 255, 255]));
        image.put_pixel(19, 8, image::Rgba([9, 9, 9, 0]));

        let pixels = read(&String::from_utf8(sequence(&image)).unwrap());

        assert_eq!(pixels.len(), 20 * 9);
        assert_eq!(pixels[&(0, 0)], [100, 0, 0]);
        assert_eq!(pixels[&(3, 7)], [0, 100, 100]);
        assert_eq!(pixels[&(19, 8)], [0, 0, 0], "on black");
    }

    #[test]
    fn a_colour_between_two_looks_like_itself_from_afar() {
        let image = RgbaImage::from_pixel(16, 16, image::Rgba([128, 128, 128, 255]));
        let pixels = read(&String::from_utf8(sequence(&image)).unwrap());
        let all: u32 = pixels.values().map(|[red, ..]| u32::from(*red)).sum();
        let mean = all / u32::try_from(pixels.len()).unwrap();
        assert!((45..=55).contains(&mean), "{mean}");
    }
}

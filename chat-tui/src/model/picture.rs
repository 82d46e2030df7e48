//! A picture to look at, and how the terminal at hand shows one. Knows sizes and bytes; draws nothing, asks nobody.

use image::{DynamicImage, ImageFormat, ImageResult, RgbaImage, imageops::FilterType};
use std::{io::Cursor, sync::Arc};

/// A picture is kept with at most so many pixels on a side; the window of a terminal hardly shows more.
const SIDE: u32 = 1_280;
/// And, for cells of two colours each, with so many.
const SMALL_SIDE: u32 = 320;
/// More rows than that have no mark in kitty's protocol.
const KITTY_ROWS: u16 = 64;

/// How a terminal shows a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// By kitty's protocol: the picture is sent once, and cells say where it stands.
    Kitty,
    /// By the same as it was before: the picture is sent to a place.
    KittyAt,
    /// By that of iTerm2: the picture is sent to a place.
    ITerm,
    /// As sixels.
    Sixel,
    /// Not at all: each cell has two colours of it.
    TrueColour,
    /// The same, in the 256 colours that every terminal knows.
    Indexed,
}

/// What pictures are shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// How.
    pub drawing: Drawing,
    /// Pixels of a cell, across and down.
    pub cell: (u16, u16),
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            drawing: Drawing::TrueColour,
            cell: (10, 20),
        }
    }
}

impl Canvas {
    /// Whether the terminal itself shows pictures.
    pub fn is_graphic(self) -> bool {
        matches!(
            self.drawing,
            Drawing::Kitty | Drawing::KittyAt | Drawing::ITerm | Drawing::Sixel
        )
    }

    /// Pixels of a cell, as far as this way of drawing sees any.
    fn unit(self) -> (u32, u32) {
        match self.is_graphic() {
            true => (u32::from(self.cell.0).max(1), u32::from(self.cell.1).max(1)),
            false => (1, 2),
        }
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is called; inert.
    pub title: String,
    /// It, in the size that terminals show.
    pub(crate) image: Arc<RgbaImage>,
    /// The same as a file.
    pub(crate) png: Arc<[u8]>,
    /// The same, small.
    pub(crate) small: Arc<RgbaImage>,
}

impl Picture {
    /// A picture of this name. Takes its time.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn new(title: String, image: &DynamicImage) -> ImageResult<Self> {
        let within = |side: u32| match image.width() > side || image.height() > side {
            true => image.resize(side, side, FilterType::Triangle).to_rgba8(),
            false => image.to_rgba8(),
        };
        let image = within(SIDE);
        let mut png = Cursor::new(Vec::new());
        image.write_to(&mut png, ImageFormat::Png)?;
        Ok(Self {
            title,
            image: Arc::new(image),
            png: png.into_inner().into(),
            small: Arc::new(within(SMALL_SIDE)),
        })
    }

    /// Whether both are the same picture, not only alike.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.png, &other.png)
    }

    /// Columns and rows that all of it takes where there is room for so many. It is never made larger than it is.
    pub fn fit(&self, canvas: Canvas, room: (u16, u16)) -> (u16, u16) {
        let most = match canvas.drawing {
            Drawing::Kitty => KITTY_ROWS,
            _ => u16::MAX,
        };
        let (across, down) = canvas.unit();
        let image = match canvas.is_graphic() {
            true => &self.image,
            false => &self.small,
        };
        let room = (
            u32::from(room.0) * across,
            u32::from(room.1.min(most)) * down,
        );
        let (width, height) = scaled(image.dimensions(), room);
        let cells = |pixels: u32, of: u32| u16::try_from(pixels.div_ceil(of)).unwrap_or(u16::MAX);
        (cells(width, across), cells(height, down))
    }
}

/// A size in a room, with its proportions, and not larger than it is.
pub(crate) fn scaled((width, height): (u32, u32), room: (u32, u32)) -> (u32, u32) {
    if width <= room.0 && height <= room.1 {
        return (width, height);
    }
    let part = |of: u32, by: u32, to: u32| {
        let part = u64::from(of) * u64::from(by) / u64::from(to.max(1));
        u32::try_from(part).unwrap_or(u32::MAX)
    };
    let (wide, high) = (
        (room.0, part(height, room.0, width)),
        (part(width, room.1, height), room.1),
    );
    let (width, height) = if wide.1 <= room.1 { wide } else { high };
    (width.max(1).min(room.0), height.max(1).min(room.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        Picture::new("x".to_owned(), &DynamicImage::new_rgb8(width, height)).unwrap()
    }

    fn on(drawing: Drawing) -> Canvas {
        Canvas {
            drawing,
            ..Canvas::default()
        }
    }

    #[test]
    fn all_of_a_picture_fits_into_every_room() {
        for (width, height) in [
            (1, 1),
            (4_000, 1_000),
            (1_000, 4_000),
            (3, 2_000),
            (512, 512),
        ] {
            let picture = picture(width, height);
            for drawing in [
                Drawing::Kitty,
                Drawing::ITerm,
                Drawing::Sixel,
                Drawing::TrueColour,
            ] {
                for room in [(1, 1), (74, 20), (44, 11), (114, 36), (300, 100)] {
                    let (columns, rows) = picture.fit(on(drawing), room);
                    assert!(
                        (1..=room.0).contains(&columns),
                        "{width}x{height} in {room:?}"
                    );
                    assert!((1..=room.1).contains(&rows), "{width}x{height} in {room:?}");
                }
            }
        }
    }

    #[test]
    fn it_keeps_its_proportions_and_is_not_made_larger() {
        assert_eq!(
            picture(512, 512).fit(on(Drawing::TrueColour), (74, 20)),
            (40, 20)
        );
        assert_eq!(
            picture(512, 512).fit(on(Drawing::Kitty), (74, 20)),
            (40, 20)
        );
        assert_eq!(
            picture(1_280, 320).fit(on(Drawing::Sixel), (74, 20)),
            (74, 10)
        );
        assert_eq!(
            picture(20, 20).fit(on(Drawing::TrueColour), (74, 20)),
            (20, 10)
        );
        assert_eq!(picture(20, 20).fit(on(Drawing::ITerm), (74, 20)), (2, 1));
    }

    #[test]
    fn what_is_kept_of_a_large_one_is_small_and_unpacks_to_the_same() {
        let kept = picture(6_000, 3_000);
        assert_eq!(kept.image.dimensions(), (1_280, 640));
        assert_eq!(kept.small.dimensions(), (320, 160));
        let unpacked = image::load_from_memory(&kept.png).unwrap();
        assert_eq!(unpacked.to_rgba8(), *kept.image);
    }
}

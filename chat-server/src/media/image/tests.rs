use super::*;
use crate::media::strip;
use chat_core::Code;
use image::{Rgb, RgbImage};

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Gif,
    ImageFormat::WebP,
];

/// Left red, right blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x| {
        if x < width / 2 {
            [255, 0, 0]
        } else {
            [0, 0, 255]
        }
    };
    RgbImage::from_fn(width, height, |x, _| Rgb(colour(x))).into()
}

pub(in crate::media) fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    halves(width, height).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A PNG whose header says how large it is, with next to nothing behind it.
pub(in crate::media) fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = file(1, 1, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = strip::checksum(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    png
}

fn open(webp: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(webp, ImageFormat::WebP)
        .unwrap()
        .to_rgb8()
}

fn detail(error: &Error) -> String {
    assert_eq!(error.code(), Code::Invalid, "{error:?}");
    error.problem().detail
}

#[test]
fn a_picture_is_measured_and_made_small() {
    for format in FORMATS {
        let picture = picture(&file(1_000, 600, format), format).unwrap();

        assert_eq!((picture.width, picture.height), (1_000, 600));
        assert_eq!(open(&picture.thumbnail).dimensions(), (512, 307));
        // One sign for the components, one for the brightest, four for the mean, two for each of the others.
        assert_eq!(picture.blurhash.len(), 28, "{}", picture.blurhash);
        assert!(picture.blurhash.starts_with('L'));
    }
}

#[test]
fn a_small_picture_is_not_blown_up() {
    let picture = picture(&file(20, 10, ImageFormat::Png), ImageFormat::Png).unwrap();

    assert_eq!(open(&picture.thumbnail), halves(20, 10).to_rgb8());
}

#[test]
fn a_turned_photo_is_shown_upright() {
    let plain = file(64, 32, ImageFormat::Jpeg);
    let turned = strip::strip(&plain, ImageFormat::Jpeg, Orientation::Rotate90).unwrap();

    let picture = picture(&turned, ImageFormat::Jpeg).unwrap();

    assert_eq!((picture.width, picture.height), (32, 64));
    let top = *open(&picture.thumbnail).get_pixel(16, 2);
    assert!(top.0[0] > 200 && top.0[2] < 60, "{top:?}");
    assert_eq!(
        look(&picture.kept, ImageFormat::Jpeg).unwrap(),
        Orientation::Rotate90
    );
}

#[test]
fn an_avatar_is_the_middle_in_three_sizes() {
    for (width, height) in [(2_000, 700), (30, 90)] {
        let format = ImageFormat::Png;
        let made = avatar(&file(width, height, format), format).unwrap();

        for (side, bytes) in AVATAR_SIDES.into_iter().zip(&made) {
            let image = open(bytes);
            assert_eq!(image.dimensions(), (side, side));
            let (left, right) = (image.get_pixel(1, 1).0, image.get_pixel(side - 2, 1).0);
            assert!(left[0] > 200 && right[2] > 200, "{left:?} {right:?}");
            // A plain file: pixels and nothing else.
            assert_eq!(&bytes[12..16], b"VP8L");
        }
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    for (width, height) in [(30_000, 30_000), (16_385, 1), (1, 16_385), (8_000, 5_001)] {
        let png = bomb(width, height);
        assert!(png.len() < 100);

        for error in [
            picture(&png, ImageFormat::Png).unwrap_err(),
            avatar(&png, ImageFormat::Png).unwrap_err(),
        ] {
            let said = detail(&error);
            assert!(
                said.contains(&format!("{width} x {height} pixels")),
                "{said}"
            );
        }
    }
}

#[test]
fn the_largest_that_is_taken_is_the_limit_itself() {
    let error = picture(&bomb(8_000, 5_000), ImageFormat::Png).unwrap_err();

    // Within the limit it is decoded, and turns out to be empty.
    assert!(detail(&error).contains("damaged"));
}

#[test]
fn bombs_of_the_other_formats_are_refused_too() {
    let mut jpeg = file(8, 8, ImageFormat::Jpeg);
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    // The screen is small, the frame on it is not.
    let mut gif = file(8, 8, ImageFormat::Gif);
    let frame = gif.iter().rposition(|byte| *byte == 0x2c).unwrap();
    gif[frame + 5..frame + 9].fill(0xff);
    let webp = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\x0f".to_vec();

    for (bytes, format) in [
        (jpeg, ImageFormat::Jpeg),
        (gif, ImageFormat::Gif),
        (webp, ImageFormat::WebP),
    ] {
        detail(&picture(&bytes, format).unwrap_err());
        detail(&avatar(&bytes, format).unwrap_err());
    }
}

#[test]
fn sixteen_bits_a_colour_have_less_room() {
    let mut png = bomb(8_000, 5_000);
    png[24] = 16;
    png[25] = 6;
    let checksum = strip::checksum(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);

    let error = picture(&png, ImageFormat::Png).unwrap_err();

    assert!(detail(&error).contains("too much memory"), "{error:?}");
}

#[test]
fn half_a_picture_and_no_picture_are_refused() {
    for format in FORMATS {
        let whole = file(40, 40, format);
        detail(&picture(&whole[..20], format).unwrap_err());
        detail(&picture(b"<html>", format).unwrap_err());
        detail(&avatar(b"", format).unwrap_err());
    }
}

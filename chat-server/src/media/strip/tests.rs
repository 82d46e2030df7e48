use super::*;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, codecs::webp::WebPEncoder};
use std::io::Cursor;

const MARK: &[u8] = b"GPSMARK";

/// Exif as a camera writes it: turned, and with a place.
fn camera() -> Vec<u8> {
    let mut exif = exif(Orientation::Rotate90).unwrap().to_vec();
    exif.extend_from_slice(MARK);
    exif
}

fn sample() -> DynamicImage {
    DynamicImage::from(image::RgbImage::from_fn(24, 16, |x, y| {
        image::Rgb([x as u8 * 10, y as u8 * 10, 99])
    }))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    sample().write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = (content.len() as u32).to_be_bytes();
    let checksum = checksum(&named).to_be_bytes();
    [&length[..], &named, &checksum].concat()
}

/// The file with more in the middle and behind its end.
fn planted(file: &[u8], at: usize, more: &[Vec<u8>]) -> Vec<u8> {
    [&file[..at], &more.concat(), &file[at..], MARK].concat()
}

fn has_mark(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

fn decoded(bytes: &[u8], format: ImageFormat) -> (DynamicImage, Orientation) {
    let read = || ImageReader::with_format(Cursor::new(bytes), format);
    let turn = read().into_decoder().unwrap().orientation().unwrap();
    (read().decode().unwrap(), turn)
}

/// Nothing is left of what was planted, and the picture is the same, turned as before.
fn check(planted: &[u8], format: ImageFormat, turn: Orientation) {
    assert!(has_mark(planted));
    let (before, _) = decoded(planted, format);

    let stripped = strip(planted, format, turn).unwrap();

    assert!(!has_mark(&stripped), "{format:?}");
    assert_eq!(decoded(&stripped, format), (before, turn), "{format:?}");
    assert_eq!(strip(&stripped, format, turn).unwrap(), stripped);
}

#[test]
fn a_photo_forgets_where_it_was_taken() {
    let more = [
        segment(0xe1, &[b"Exif\0\0", &camera()[..]].concat()),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", MARK].concat()),
        segment(0xe2, &[b"MPF\0", MARK].concat()),
        segment(0xed, &[b"Photoshop 3.0\0", MARK].concat()),
        segment(0xfe, MARK),
    ];
    let file = planted(&encoded(ImageFormat::Jpeg), 2, &more);

    check(&file, ImageFormat::Jpeg, Orientation::Rotate90);
    check(&file, ImageFormat::Jpeg, Orientation::NoTransforms);
}

#[test]
fn a_second_photo_behind_the_first_is_gone() {
    let second = planted(&encoded(ImageFormat::Jpeg), 2, &[segment(0xfe, MARK)]);
    let file = [encoded(ImageFormat::Jpeg), second].concat();

    check(&file, ImageFormat::Jpeg, Orientation::NoTransforms);
}

#[test]
fn a_png_forgets_its_texts() {
    let more = [
        chunk(b"eXIf", &camera()),
        chunk(b"tEXt", &[b"Comment\0", MARK].concat()),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", MARK].concat()),
        chunk(b"prVt", MARK),
    ];
    let file = planted(&encoded(ImageFormat::Png), 33, &more);

    check(&file, ImageFormat::Png, Orientation::Rotate90);
    check(&file, ImageFormat::Png, Orientation::NoTransforms);
}

#[test]
fn a_webp_forgets_its_exif() {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut file);
    encoder.set_exif_metadata(camera()).unwrap();
    sample().write_with_encoder(encoder).unwrap();
    let xmp = [b"XMP \x08\0\0\0", MARK, b"!"].concat();
    let file = planted(&file, file.len(), &[xmp]);

    check(&file, ImageFormat::WebP, Orientation::Rotate90);
    check(&file, ImageFormat::WebP, Orientation::NoTransforms);
}

#[test]
fn a_gif_forgets_its_comments_and_goes_on_moving() {
    let file = encoded(ImageFormat::Gif);
    let at = 13
        + if file[10] & 0x80 == 0 {
            0
        } else {
            3 << ((file[10] & 7) + 1)
        };
    let repeat = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".to_vec();
    let more = [
        [b"\x21\xfe\x07", MARK, b"\0"].concat(),
        [b"\x21\xff\x0bXMP DataXMP\x07", MARK, b"\0"].concat(),
        repeat.clone(),
    ];
    let file = planted(&file, at, &more);

    check(&file, ImageFormat::Gif, Orientation::NoTransforms);
    let stripped = strip(&file, ImageFormat::Gif, Orientation::NoTransforms).unwrap();
    assert!(
        stripped
            .windows(repeat.len())
            .any(|window| window == repeat)
    );
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic() {
    let formats = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ];
    for format in formats {
        let file = encoded(format);
        for n in 0..file.len() {
            strip(&file[..n], format, Orientation::Rotate90);
            let mut flipped = file.clone();
            flipped[n] ^= 0xff;
            strip(&flipped, format, Orientation::Rotate90);
        }
    }
}

/// A chunk as RIFF has them.
fn riff_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_le_bytes();
    [name, &length[..], content].concat()
}

/// Frames within frames, each with nothing but the next one in it.
fn nested_frames(levels: u32) -> Vec<u8> {
    let level = 24_u32;
    let head = riff_chunk(b"VP8X", &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut file = [&b"RIFF\0\0\0\0WEBP"[..], &head].concat();
    for left in (0..levels).rev() {
        file.extend_from_slice(b"ANMF");
        file.extend_from_slice(&(left * level + 16).to_le_bytes());
        file.extend_from_slice(&[0; 16]);
    }
    let length = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&length);
    file
}

#[test]
fn frames_within_frames_are_no_picture_and_end_nothing() {
    let stripped = strip(
        &nested_frames(1_000_000),
        ImageFormat::WebP,
        Orientation::NoTransforms,
    );

    assert_eq!(
        stripped.as_deref(),
        Some(&nested_frames(1)[..]),
        "only the outer one stays, and there is nothing in it"
    );
}

#[test]
fn a_moving_webp_keeps_its_frames() {
    let still = encoded(ImageFormat::WebP);
    let frame = riff_chunk(b"ANMF", &[&[0; 16], &still[12..]].concat());
    let chunks = [
        riff_chunk(b"VP8X", &[2, 0, 0, 0, 23, 0, 0, 15, 0, 0]),
        riff_chunk(b"ANIM", &[0; 6]),
        frame.clone(),
        frame,
    ];
    let mut file = [&b"RIFF\0\0\0\0WEBP"[..], &chunks.concat()].concat();
    let length = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&length);

    let stripped = strip(&file, ImageFormat::WebP, Orientation::NoTransforms);

    assert_eq!(stripped, Some(file));
}

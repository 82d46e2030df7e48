//! Pictures: how large they are, a small one of them, a blur of them, and avatars. Everything here is written by
//! strangers, so the size in the header is looked at before anything is decoded, and what a decoder may take is bounded.
//!
//! Decoding takes long: only call from a blocking thread, a few at a time. Of a moving picture the first frame is shown.

use super::strip;
use crate::Error;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbaImage,
    codecs::webp::WebPEncoder,
    imageops::{self, FilterType},
    metadata::Orientation,
};
use std::io::Cursor;

/// Pixels of a side.
const SIDE_MOST: u32 = 16_384;
/// Pixels in all.
const PIXELS_MOST: u64 = 40_000_000;
/// Bytes a decoder may take for the pixels: 40 million of them with four bytes each, and some room.
const DECODER_BYTES: u64 = 192 << 20;
/// The longest side of a small picture.
const THUMBNAIL_SIDE: u32 = 512;
/// A blur has no more detail than this many pixels a side have.
const BLUR_SIDE: u32 = 32;
/// The sides of the squares that an avatar is kept as.
pub(crate) const AVATAR_SIDES: [u32; 3] = [64, 256, 512];

/// What is known of a picture.
#[derive(Debug)]
pub(super) struct Picture {
    /// Pixels, as it is shown.
    pub(super) width: u32,
    /// Pixels, as it is shown.
    pub(super) height: u32,
    /// The blur, in a few characters.
    pub(super) blurhash: String,
    /// A small picture of it, as WebP.
    pub(super) thumbnail: Vec<u8>,
    /// The file without what its camera wrote into it.
    pub(super) kept: Vec<u8>,
}

/// How to decode a media type; none for what is no picture here.
pub(super) fn format_of(media_type: &str) -> Option<ImageFormat> {
    match media_type {
        "image/png" => Some(ImageFormat::Png),
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// Looks at a picture that is to be kept.
pub(super) fn picture(bytes: &[u8], format: ImageFormat) -> Result<Picture, Error> {
    let orientation = look(bytes, format)?;
    let kept = strip::strip(bytes, format, orientation).ok_or_else(damaged)?;
    // What is kept is what is decoded: nobody gets a picture that was never looked at.
    let image = decode(&kept, format, orientation)?;
    let small = shrink(&image, THUMBNAIL_SIDE);
    let blur = shrink(&small, BLUR_SIDE).to_rgba8();
    let blurhash = blurhash::encode(4, 3, blur.width(), blur.height(), &blur)
        .map_err(|error| Error::Internal(format!("a blur could not be made: {error}")))?;
    Ok(Picture {
        width: image.width(),
        height: image.height(),
        blurhash,
        thumbnail: encode(&small)?,
        kept,
    })
}

/// The middle square of a picture in each of [`AVATAR_SIDES`], as WebP. Made of pixels alone: nothing else of the file
/// is left.
pub(super) fn avatar(bytes: &[u8], format: ImageFormat) -> Result<[Vec<u8>; 3], Error> {
    let orientation = look(bytes, format)?;
    let image = decode(bytes, format, orientation)?;
    let [small, medium, large] = AVATAR_SIDES;
    let largest = square(&image, large);
    drop(image);
    let at = |side| encode(&imageops::thumbnail(&largest, side, side).into());
    Ok([at(small)?, at(medium)?, encode(&largest.clone().into())?])
}

/// Reads the header only: how the picture is to be turned, and whether it is small enough to be decoded.
fn look(bytes: &[u8], format: ImageFormat) -> Result<Orientation, Error> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width > SIDE_MOST || height > SIDE_MOST || pixels > PIXELS_MOST {
        return Err(Error::invalid(
            "file",
            format!(
                "is a picture of {width} x {height} pixels; at most {SIDE_MOST} a side and {} million in all are taken",
                PIXELS_MOST / 1_000_000
            ),
        ));
    }
    if pixels == 0 {
        return Err(damaged());
    }
    // A picture with nonsense in its metadata is shown as it lies.
    Ok(decoder.orientation().unwrap_or(Orientation::NoTransforms))
}

fn decode(
    bytes: &[u8],
    format: ImageFormat,
    orientation: Orientation,
) -> Result<DynamicImage, Error> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MOST);
    limits.max_image_height = Some(SIDE_MOST);
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut image = reader.decode().map_err(refused)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The picture with its longest side no longer than `side`.
fn shrink(image: &DynamicImage, side: u32) -> DynamicImage {
    if image.width() <= side && image.height() <= side {
        return image.clone();
    }
    image.thumbnail(side, side)
}

/// The middle square, `side` pixels each way.
fn square(image: &DynamicImage, side: u32) -> RgbaImage {
    let (width, height) = image.dimensions();
    let whole = width.min(height);
    let middle = imageops::crop_imm(
        image,
        (width - whole) / 2,
        (height - whole) / 2,
        whole,
        whole,
    );
    if whole < side {
        return imageops::resize(&middle.to_image(), side, side, FilterType::CatmullRom);
    }
    imageops::thumbnail(&*middle, side, side)
}

fn encode(image: &DynamicImage) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut out);
    let encoded = if image.color().has_alpha() {
        DynamicImage::from(image.to_rgba8()).write_with_encoder(encoder)
    } else {
        DynamicImage::from(image.to_rgb8()).write_with_encoder(encoder)
    };
    match encoded {
        Ok(()) => Ok(out),
        Err(error) => Err(Error::Internal(format!(
            "a picture could not be written: {error}"
        ))),
    }
}

/// A picture that cannot be read.
pub(super) fn damaged() -> Error {
    Error::invalid(
        "file",
        "is a damaged picture; open it, save it again, and send that",
    )
}

fn refused(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::invalid(
            "file",
            "is a picture that needs too much memory; make it smaller, or save it with 8 bits a colour",
        ),
        _ => damaged(),
    }
}

#[cfg(test)]
pub(super) mod tests;

//! Takes out of a picture what is no picture: where and with what it was taken, by whom, when, comments, previews, and
//! whatever follows its end. The pixels are not touched. Each format has a list of parts that stay, so that what nobody
//! thought of goes, too. How a picture is to be turned stays, as a minimal Exif block.
//!
//! By hand rather than by a crate: those that were looked at keep what stands behind the first scan of a JPEG, and there
//! phones put a second photo or a film with a place in it. Nothing here decides whether the pixels are sound.

use image::{ImageFormat, metadata::Orientation};

mod gif;
mod jpeg;
mod png;
mod webp;

#[cfg(test)]
pub(in crate::media) use png::checksum;

/// The picture without anything else; none where its parts cannot be told apart.
pub(super) fn strip(bytes: &[u8], format: ImageFormat, turn: Orientation) -> Option<Vec<u8>> {
    let exif = exif(turn);
    match format {
        ImageFormat::Jpeg => jpeg::strip(bytes, exif.as_ref()),
        ImageFormat::Png => png::strip(bytes, exif.as_ref()),
        ImageFormat::WebP => webp::strip(bytes, exif.as_ref()),
        ImageFormat::Gif => gif::strip(bytes),
        _ => None,
    }
}

/// Says how to turn a picture, and nothing else: a TIFF header and a directory of one entry.
type Exif = [u8; 26];

fn exif(turn: Orientation) -> Option<Exif> {
    if turn == Orientation::NoTransforms {
        return None;
    }
    let mut exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    exif[18] = turn.to_exif();
    Some(exif)
}

/// Takes a number of bytes from the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests;

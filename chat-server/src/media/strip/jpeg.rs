//! JPEG: segments, some of them followed by a scan, up to the end of the image.

use super::Exif;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

pub(super) fn strip(bytes: &[u8], exif: Option<&Exif>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0xff, SOI]) {
        return None;
    }
    let mut out = vec![0xff, SOI];
    let mut exif = exif;
    let mut at = 2;
    // One that was cut off is shown as far as it goes, by decoders and here.
    while let Some((marker, start)) = next_marker(bytes, at) {
        match marker {
            EOI => break,
            // These stand alone.
            0x01 | SOI | 0xd0..=0xd7 => {
                at = start;
                continue;
            }
            _ => {}
        }
        let Some(length) = bytes.get(start..start + 2) else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let content = bytes.get(start + 2..start + length)?;
        at = start + length;
        // Exif comes right after JFIF.
        if marker != APP0
            && let Some(exif) = exif.take()
        {
            push(&mut out, APP1, &[b"Exif\0\0", &exif[..]].concat());
        }
        match kept(marker, content) {
            Some(Kept::As(content)) => push(&mut out, marker, content),
            Some(Kept::Plain) => push(&mut out, marker, &plain_jfif(content)),
            None => {}
        }
        if marker == SOS {
            let end = end_of_scan(bytes, at);
            out.extend_from_slice(&bytes[at..end]);
            at = end;
        }
    }
    out.extend_from_slice(&[0xff, EOI]);
    Some(out)
}

enum Kept<'a> {
    As(&'a [u8]),
    /// Without the preview that may be in it.
    Plain,
}

fn kept(marker: u8, content: &[u8]) -> Option<Kept<'_>> {
    match marker {
        // Frames, tables, scans and restarts: the picture itself.
        0xc0..=0xcf | SOS..=0xdf => Some(Kept::As(content)),
        APP0 if content.starts_with(b"JFIF\0") && content.len() >= 14 => Some(Kept::Plain),
        // Colours would be wrong without these two.
        APP2 if content.starts_with(b"ICC_PROFILE\0") => Some(Kept::As(content)),
        APP14 if content.starts_with(b"Adobe") => content.get(..12).map(Kept::As),
        _ => None,
    }
}

fn plain_jfif(content: &[u8]) -> Vec<u8> {
    let mut plain = content[..12].to_vec();
    plain.extend_from_slice(&[0, 0]);
    plain
}

fn push(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    let length = u16::try_from(content.len() + 2).expect("it came out of a segment, or is short");
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(content);
}

/// The next marker at or after a place, and where what belongs to it begins.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0xff => at += 1,
            0 => at += 2,
            marker => return Some((*marker, at + 2)),
        }
    }
}

/// A scan ends where a marker stands that does not belong to it.
fn end_of_scan(bytes: &[u8], mut at: usize) -> usize {
    while let Some((marker, start)) = next_marker(bytes, at) {
        if !matches!(marker, 0xd0..=0xd7) {
            return start - 2;
        }
        at = start;
    }
    bytes.len()
}

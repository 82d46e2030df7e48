//! WebP: chunks in a RIFF file, and chunks within the frames of a moving picture. Frames hold no frames: how deep this goes
//! is never said by the file.

use super::{Exif, take};

/// Bits of `VP8X` that say what else is in the file.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
/// Bytes before the chunks of a frame.
const FRAME_HEADER: usize = 16;

pub(super) fn strip(bytes: &[u8], exif: Option<&Exif>) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*bytes.strip_prefix(b"RIFF")?.first_chunk::<4>()?);
    // What stands behind the end of the file is not part of it.
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    let chunks = bytes.get(8..end.min(bytes.len()))?.strip_prefix(b"WEBP")?;
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    copy(
        chunks,
        &mut out,
        Within::File {
            has_exif: exif.is_some(),
        },
    )?;
    if let Some(exif) = exif {
        push(&mut out, b"EXIF", exif);
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}

/// What chunks stand in.
#[derive(Clone, Copy)]
enum Within {
    File { has_exif: bool },
    Frame,
}

fn copy(mut rest: &[u8], out: &mut Vec<u8>, within: Within) -> Option<()> {
    while rest.len() >= 8 {
        let name: [u8; 4] = *take(&mut rest, 4)?.first_chunk()?;
        let length = u32::from_le_bytes(*take(&mut rest, 4)?.first_chunk()?);
        let content = take(&mut rest, usize::try_from(length).ok()?)?;
        // Chunks begin at even places; the last one may lack its padding.
        take(&mut rest, content.len() % 2);
        match (&name, within) {
            (b"VP8X", Within::File { has_exif }) => {
                let mut content = content.to_vec();
                let flags = content.first_mut()?;
                *flags &= !(HAS_EXIF | HAS_XMP);
                *flags |= if has_exif { HAS_EXIF } else { 0 };
                push(out, &name, &content);
            }
            (b"ANMF", Within::File { .. }) => {
                let (header, chunks) = content.split_at_checked(FRAME_HEADER)?;
                let mut frame = header.to_vec();
                copy(chunks, &mut frame, Within::Frame)?;
                push(out, &name, &frame);
            }
            (b"VP8 " | b"VP8L" | b"ALPH", _) | (b"ANIM" | b"ICCP", Within::File { .. }) => {
                push(out, &name, content);
            }
            _ => {}
        }
    }
    Some(())
}

fn push(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).expect("it came out of a chunk, or is short");
    out.extend_from_slice(name);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(content);
    if content.len() % 2 == 1 {
        out.push(0);
    }
}

//! PNG: chunks with a length, a name and a checksum, up to `IEND`.

use super::{Exif, take};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Pixels, colours, transparency, size on paper, and frames of a moving picture.
const KEPT: [&[u8]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(bytes: &[u8], exif: Option<&Exif>) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut out = SIGNATURE.to_vec();
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk::<4>()?);
        let chunk = take(&mut rest, usize::try_from(length).ok()?.checked_add(12)?)?;
        let name = &chunk[4..8];
        if KEPT.contains(&name) {
            out.extend_from_slice(chunk);
        }
        match (name, exif) {
            (b"IEND", _) => return Some(out),
            (b"IHDR", Some(exif)) => {
                let named = [b"eXIf", &exif[..]].concat();
                out.extend_from_slice(&26_u32.to_be_bytes());
                out.extend_from_slice(&named);
                out.extend_from_slice(&checksum(&named).to_be_bytes());
            }
            _ => {}
        }
    }
}

/// CRC-32 as in ISO 3309, bit by bit: it is taken of thirty bytes.
pub(in crate::media) fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

//! GIF: pictures and extensions, each a row of blocks, up to the trailer.

use super::take;

/// The extensions of programs that say how often a moving picture is repeated.
const REPEATS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let head = take(&mut rest, 13)?;
    if !head.starts_with(b"GIF87a") && !head.starts_with(b"GIF89a") {
        return None;
    }
    let mut out = head.to_vec();
    out.extend_from_slice(take(&mut rest, colours(head[10]))?);
    loop {
        let block = rest;
        let kept = match take(&mut rest, 1)? {
            [0x3b] => {
                out.push(0x3b);
                return Some(out);
            }
            [0x2c] => {
                let place = take(&mut rest, 9)?;
                // Its own colours, and the size of a code.
                take(&mut rest, colours(place[8]) + 1)?;
                true
            }
            [0x21] => match take(&mut rest, 1)? {
                // How long the next picture is shown, and what is transparent in it.
                [0xf9] => true,
                [0xff] => rest.get(1..12).is_some_and(|name| REPEATS.contains(&name)),
                _ => false,
            },
            _ => return None,
        };
        loop {
            let length = usize::from(take(&mut rest, 1)?[0]);
            if length == 0 {
                break;
            }
            take(&mut rest, length)?;
        }
        if kept {
            out.extend_from_slice(&block[..block.len() - rest.len()]);
        }
    }
}

/// Bytes of the table of colours that the flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

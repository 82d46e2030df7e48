//! How much a Vorbis decoder would lay out before it hears anything: a header of a few kilobytes may ask for 256 tables of 16
//! megabytes each, and a process that gets no memory ends. The header is not read here as a decoder reads it: whatever looks
//! like a table counts.

/// Values in all tables together; encoders want some hundred thousand.
const VALUES_MOST: u64 = 4 << 20;
/// Bytes of a header; encoders write some thousand.
const HEADER_BYTES: usize = 1 << 20;
/// What every table begins with ("BCV"), in 24 bits; 16 with the values of an entry follow, and 24 with the entries.
const SYNC: u64 = 0x56_4342;

/// Whether a decoder may be made for this header.
pub(super) fn are_small(header: &[u8]) -> bool {
    header.len() <= HEADER_BYTES && values(header) <= VALUES_MOST
}

/// The values in all tables of a header. Tables begin at any bit, and bits are read from the lowest on.
fn values(header: &[u8]) -> u64 {
    let bits = header
        .iter()
        .flat_map(|byte| (0..8).map(move |nth| u64::from(byte >> nth & 1)));
    let (mut window, mut values) = (0_u64, 0_u64);
    for bit in bits {
        window = window >> 1 | bit << 63;
        if window & 0xff_ffff == SYNC {
            let (each, entries) = (window >> 24 & 0xffff, window >> 40);
            values = values.saturating_add(each.max(1) * entries);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables as a header has them, packed from the lowest bit on, each with some bits behind it.
    fn header(tables: &[(u64, u64)]) -> Vec<u8> {
        let mut bits = Vec::new();
        let mut write =
            |value: u64, count: u32| bits.extend((0..count).map(|nth| value >> nth & 1));
        for (each, entries) in tables {
            write(SYNC, 24);
            write(*each, 16);
            write(*entries, 24);
            write(5, 3);
        }
        let byte = |bits: &[u64]| {
            let bits = bits.iter().enumerate();
            bits.fold(0, |byte, (nth, bit)| byte | (*bit as u8) << nth)
        };
        bits.chunks(8).map(byte).collect()
    }

    #[test]
    fn what_all_tables_want_is_counted_wherever_they_begin() {
        assert_eq!(values(&header(&[(2, 100), (1, 7), (32, 1_000)])), 32_207);
        assert_eq!(values(b"\x03vorbis"), 0);
    }

    #[test]
    fn a_small_header_that_wants_gigabytes_gets_no_decoder() {
        let bomb = header(&[(32, 128 * 1_024); 256]);

        assert!(bomb.len() < 3_000);
        assert!(!are_small(&bomb));
        assert!(are_small(&header(&[(8, 6_561); 48])));
        assert!(!are_small(&vec![0; HEADER_BYTES + 1]));
    }
}

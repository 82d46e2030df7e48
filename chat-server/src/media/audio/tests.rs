use super::*;

/// A WAV file, mono, 16 bits.
pub(in crate::media) fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let length = data.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}

/// A page of an Ogg file, as RFC 3533 says.
fn page(flags: u8, granule: u64, number: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(7_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(packets.len() as u8);
    page.extend(packets.iter().map(|packet| packet.len() as u8));
    page.extend(packets.concat());
    let checksum = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            (crc << 1) ^ (0x04c1_1db7 * (crc >> 31))
        })
    });
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

fn opus_head() -> Vec<u8> {
    b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0".to_vec()
}

/// Packets of 20 ms each, which no decoder would like.
fn opus_packets(count: usize) -> Vec<Vec<u8>> {
    vec![vec![0x48, 1, 2, 3]; count]
}

/// Two seconds of Opus in an Ogg file.
fn ogg() -> Vec<u8> {
    let mut file = page(2, 0, 0, &[opus_head()]);
    file.extend(page(0, 0, 1, &[b"OpusTags\x01\0\0\0x\0\0\0\0".to_vec()]));
    file.extend(page(0, 50 * 960, 2, &opus_packets(50)));
    file.extend(page(4, 100 * 960, 3, &opus_packets(50)));
    file
}

/// An element of a WebM file.
fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (0x1000_0000 | content.len() as u32).to_be_bytes();
    [id, &length, content].concat()
}

/// A second of Opus in a WebM file.
fn webm() -> Vec<u8> {
    let head = element(&[0x42, 0x82], b"webm");
    let info = [
        element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes()),
        element(&[0x4d, 0x80], b"test"),
        element(&[0x57, 0x41], b"test"),
    ];
    let track = [
        element(&[0xd7], &[1]),
        element(&[0x73, 0xc5], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_OPUS"),
        element(&[0x63, 0xa2], &opus_head()),
        element(
            &[0xe1],
            &[
                element(&[0xb5], &48_000_f32.to_be_bytes()),
                element(&[0x9f], &[1]),
            ]
            .concat(),
        ),
    ];
    let block = |n: u16| {
        let place = [
            &[0x81][..],
            &(n * 20).to_be_bytes(),
            &[0x80],
            &opus_packets(1)[0],
        ];
        element(&[0xa3], &place.concat())
    };
    let cluster = [element(&[0xe7], &[0]), (0..50).flat_map(block).collect()];
    let segment = [
        element(&[0x15, 0x49, 0xa9, 0x66], &info.concat()),
        element(
            &[0x16, 0x54, 0xae, 0x6b],
            &element(&[0xae], &track.concat()),
        ),
        element(&[0x1f, 0x43, 0xb6, 0x75], &cluster.concat()),
    ];
    [
        element(&[0x1a, 0x45, 0xdf, 0xa3], &head),
        element(&[0x18, 0x53, 0x80, 0x67], &segment.concat()),
    ]
    .concat()
}

#[test]
fn a_wave_is_as_long_and_as_loud_as_it_was_written() {
    let loud = (0..8_000).map(|n| if n % 20 < 10 { 20_000 } else { -20_000 });
    let samples: Vec<i16> = std::iter::repeat_n(0, 8_000).chain(loud).collect();

    let sound = sound(wav(8_000, &samples).into());

    assert_eq!(sound.duration_ms, Some(2_000));
    let bars = sound.waveform.unwrap();
    assert_eq!(bars.len(), BARS);
    assert_eq!((&bars[..32], &bars[32..]), (&[0; 32][..], &[255; 32][..]));
}

#[test]
fn silence_and_a_moment_have_bars_too() {
    assert_eq!(
        sound(wav(8_000, &[0; 800]).into()).waveform,
        Some(vec![0; 64])
    );
    assert_eq!(
        sound(wav(8_000, &[9; 40]).into()).waveform,
        Some(vec![255; 64])
    );
}

#[test]
fn more_than_ten_minutes_are_not_measured() {
    let minutes = |n: usize| sound(wav(1_000, &vec![1; n * 60_000]).into());

    assert_eq!(minutes(10).waveform, Some(vec![255; 64]));
    let long = minutes(11);
    assert_eq!((long.duration_ms, long.waveform), (Some(660_000), None));
}

#[test]
fn the_length_of_opus_comes_from_its_pages() {
    let sound = sound(ogg().into());

    assert_eq!((sound.duration_ms, sound.waveform), (Some(2_000), None));
}

#[test]
fn the_length_of_opus_in_webm_comes_from_its_blocks() {
    let sound = sound(webm().into());

    // The last block may or may not be counted: nothing says how long it is.
    let ms = sound.duration_ms.unwrap();
    assert!((980..=1_000).contains(&ms), "{ms}");
}

#[test]
fn no_cut_makes_a_length_out_of_nothing() {
    for file in [ogg(), webm(), wav(8_000, &[9; 800])] {
        for n in 0..file.len() {
            let ms = sound(Bytes::copy_from_slice(&file[..n])).duration_ms;
            assert!(ms.unwrap_or(0) <= 2_000, "{ms:?} of {n} bytes");
        }
    }
}

#[test]
fn of_a_broken_file_nothing_is_known() {
    for broken in [
        &b""[..],
        b"RIFF\xff\xff\xff\xffWAVE",
        b"OggS",
        &[0xff; 5_000],
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
    ] {
        assert_eq!(sound(Bytes::copy_from_slice(broken)), Sound::default());
    }
}

#[test]
fn a_file_that_takes_too_long_is_left_alone() {
    let late = Instant::now() - Duration::from_millis(1);

    assert_eq!(measure(wav(8_000, &[9; 800]).into(), late), None);
}

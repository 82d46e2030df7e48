//! Sound: how long it lasts and how loud it is. Written by strangers, so what is decoded is bounded in length, memory
//! and time; of a broken file nothing is known, and it may be kept all the same.
//!
//! Opus is not decoded: no decoder for it in Rust has been kept up long enough to be handed strangers' files. Its length
//! comes from the container; how loud it is, its sender may say.

mod tables;

use bytes::Bytes;
use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    time::{Duration, Instant},
};
use symphonia::core::{
    codecs::{
        CodecParameters,
        audio::{AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_VORBIS},
    },
    common::Limit,
    errors::Error,
    formats::{FormatOptions, FormatReader, Track, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream},
    meta::MetadataOptions,
    packet::Packet,
    units::{TimeBase, Timestamp},
};

/// Steps of a waveform.
const BARS: usize = 64;
/// Loudness is measured this often in a second.
const MEASURES_PER_S: u32 = 100;
/// Ten minutes are decoded.
const MEASURES_MOST: usize = 600 * MEASURES_PER_S as usize;
/// A file that takes longer is left alone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that a title may take, and none of a cover: nobody looks at them here.
const TAG_BYTES: usize = 64 << 10;

/// What is known of a sound.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sound {
    /// Milliseconds.
    pub(super) duration_ms: Option<u64>,
    /// How loud it is, in 64 steps; the loudest is 255.
    pub(super) waveform: Option<Vec<u8>>,
}

/// Looks at a sound. Takes long: only call from a blocking thread.
pub(super) fn sound(bytes: Bytes) -> Sound {
    let until = Instant::now() + PATIENCE;
    measure(bytes, until).unwrap_or_default()
}

/// None as soon as something is wrong: half a duration would be a wrong one.
fn measure(bytes: Bytes, until: Instant) -> Option<Sound> {
    let file = Patient {
        file: Cursor::new(bytes),
        until,
    };
    let source = MediaSourceStream::new(Box::new(file), Default::default());
    let mut metadata = MetadataOptions::default();
    metadata.limit_tag_bytes = Limit::Maximum(TAG_BYTES);
    metadata.limit_visual_bytes = Limit::Maximum(0);
    let mut reader = symphonia::default::get_probe()
        .probe(&Hint::new(), source, FormatOptions::default(), metadata)
        .ok()?;
    let track = reader.default_track(TrackType::Audio)?.clone();
    let mut loudness = Loudness::of(&track);
    let mut time = Time::default();
    while let Some(packet) = next_packet(&mut *reader)? {
        if Instant::now() > until {
            return None;
        }
        if packet.track_id == track.id {
            time.hear(&packet);
            loudness = loudness.and_then(|loudness| loudness.hear(&packet));
        }
    }
    Some(Sound {
        duration_ms: track.time_base.and_then(|base| time.ms(base)),
        waveform: loudness.and_then(Loudness::bars),
    })
}

/// The next packet, or the end; none where the file is broken.
fn next_packet(reader: &mut dyn FormatReader) -> Option<Option<Packet>> {
    match reader.next_packet() {
        Ok(packet) => Some(packet),
        // Some containers end with the file, and some recordings in the middle of a packet.
        Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Some(None),
        Err(_) => None,
    }
}

/// A file that reads until a time: also a reader that goes in circles comes to an end.
struct Patient {
    file: Cursor<Bytes>,
    until: Instant,
}

impl Patient {
    fn check(&self) -> io::Result<()> {
        if Instant::now() > self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.file.read(buffer)
    }
}

impl Seek for Patient {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check()?;
        self.file.seek(to)
    }
}

impl MediaSource for Patient {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.file.get_ref().len() as u64)
    }
}

/// From the first moment that was heard to the last.
#[derive(Default)]
struct Time(Option<(Timestamp, Timestamp)>);

impl Time {
    fn hear(&mut self, packet: &Packet) {
        let end = packet.pts.saturating_add(packet.dur);
        let (first, last) = self.0.unwrap_or((packet.pts, end));
        self.0 = Some((first.min(packet.pts), last.max(end)));
    }

    fn ms(&self, base: TimeBase) -> Option<u64> {
        let (first, last) = self.0?;
        // Before zero is what an encoder needed to get going.
        let length = last.duration_from(first.max(Timestamp::ZERO))?;
        u64::try_from(base.calc_duration(length)?.as_millis()).ok()
    }
}

/// How loud a sound is, moment by moment.
struct Loudness {
    decoder: Box<dyn AudioDecoder>,
    samples: Vec<f32>,
    /// The mean square of each moment.
    measures: Vec<f32>,
    sum: f64,
    summed: u32,
}

impl Loudness {
    /// None where the codec is not known here, or its tables would be too large.
    fn of(track: &Track) -> Option<Self> {
        let Some(CodecParameters::Audio(codec)) = &track.codec_params else {
            return None;
        };
        let header = codec.extra_data.as_deref().unwrap_or_default();
        if codec.codec == CODEC_ID_VORBIS && !tables::are_small(header) {
            return None;
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(codec, &AudioDecoderOptions::default())
            .ok()?;
        Some(Self {
            decoder,
            samples: Vec::new(),
            measures: Vec::new(),
            sum: 0.0,
            summed: 0,
        })
    }

    /// None when it is enough: the sound is too long to be measured.
    fn hear(mut self, packet: &Packet) -> Option<Self> {
        let sound = match self.decoder.decode(packet) {
            Ok(sound) => sound,
            // One bad packet is a crack in the sound.
            Err(Error::DecodeError(_)) => return Some(self),
            Err(_) => return None,
        };
        let every = (sound.spec().rate() / MEASURES_PER_S).max(1);
        let channels = sound.spec().channels().count().max(1);
        sound.copy_to_vec_interleaved(&mut self.samples);
        for frame in self.samples.chunks_exact(channels) {
            let square: f32 = frame.iter().map(|sample| sample * sample).sum();
            self.sum += f64::from(square / channels as f32);
            self.summed += 1;
            if self.summed >= every {
                self.measures
                    .push((self.sum / f64::from(self.summed)) as f32);
                (self.sum, self.summed) = (0.0, 0);
            }
        }
        (self.measures.len() <= MEASURES_MOST).then_some(self)
    }

    fn bars(mut self) -> Option<Vec<u8>> {
        if self.summed > 0 {
            self.measures
                .push((self.sum / f64::from(self.summed)) as f32);
        }
        bars(&self.measures)
    }
}

/// The moments in 64 steps, the loudest 255; none where nothing was heard.
fn bars(measures: &[f32]) -> Option<Vec<u8>> {
    if measures.is_empty() {
        return None;
    }
    let bar = |n: usize| {
        let first = n * measures.len() / BARS;
        let last = ((n + 1) * measures.len() / BARS).max(first + 1);
        let part = &measures[first..last];
        (part.iter().sum::<f32>() / part.len() as f32).sqrt()
    };
    let bars: Vec<f32> = (0..BARS).map(bar).collect();
    let loudest = bars
        .iter()
        .copied()
        .filter(|bar| bar.is_finite())
        .fold(0.0, f32::max);
    // A float that is out of range, or no number, becomes the nearest whole one, or 0.
    let scale = |bar: f32| {
        if loudest > 0.0 {
            (bar / loudest * 255.0).round() as u8
        } else {
            0
        }
    };
    Some(bars.into_iter().map(scale).collect())
}

#[cfg(test)]
pub(super) mod tests;

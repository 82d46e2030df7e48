use super::*;
use chat_core::{AttachmentId, Problem, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

fn stored(length: u64) -> Attachment {
    Attachment {
        id: AttachmentId::new(Uuid::nil()),
        file_name: "a".into(),
        size: length,
        mime_type: "text/plain".into(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: Vec::new(),
        blurhash: None,
        has_thumbnail: false,
    }
}

/// The server: so many bytes are kept, and whether they are a file.
struct Far {
    length: u64,
    kept: u64,
    is_file: bool,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
enum Luck {
    Good,
    /// It breaks when this part of it, in hundredths, is kept.
    Breaks(u64),
    /// All of it is kept, and the answer is lost.
    Lost,
    /// The server comes back from an older copy of itself, with this part of what it had.
    Older(u64),
    /// Something in between answers.
    Foreign,
    /// It takes nothing, and says so.
    Taken,
}

impl Far {
    fn new(length: u64) -> Self {
        Self {
            length,
            kept: 0,
            is_file: false,
        }
    }

    fn upload(&self) -> Upload {
        Upload {
            id: UploadId::new(Uuid::nil()),
            offset: self.kept,
            length: self.length,
            expires_at: Timestamp::from_ms(0),
            attachment: self.is_file.then(|| stored(self.length)),
            existing: true,
        }
    }

    /// Takes a part as a server does: from where it is, or not at all.
    fn take(&mut self, offset: u64, bytes: u64) -> Result<Upload, Error> {
        if self.is_file {
            return Ok(self.upload());
        }
        if offset != self.kept {
            return Err(Problem::new(Code::Conflict, "elsewhere").into());
        }
        assert!(offset + bytes <= self.length, "more than there is");
        self.kept += bytes;
        self.is_file = self.kept == self.length;
        Ok(self.upload())
    }

    fn call(&mut self, step: &Step, luck: Luck) -> Result<Upload, Error> {
        let broken = Err(Error::disconnected("broke"));
        if let Luck::Older(hundredths) = luck
            && !self.is_file
        {
            self.kept = self.kept * hundredths / 100;
        }
        let (offset, bytes) = match (step, luck) {
            (_, Luck::Foreign) => {
                let mut problem = Problem::new(Code::Unavailable, "502");
                problem.kind = FOREIGN.to_owned();
                return Err(problem.into());
            }
            (Step::Begin, Luck::Breaks(_) | Luck::Lost) => return broken,
            (Step::Begin, _) => return Ok(self.upload()),
            (Step::Part { offset, bytes, .. }, _) => (*offset, *bytes),
            other => panic!("{other:?} is no call"),
        };
        match luck {
            Luck::Breaks(hundredths) if offset == self.kept && !self.is_file => {
                // The last byte would have made the file.
                self.kept += (bytes * hundredths / 100).min(bytes.saturating_sub(1));
                broken
            }
            Luck::Breaks(_) => broken,
            Luck::Lost => self.take(offset, bytes).and(broken),
            Luck::Taken => Ok(self.upload()),
            _ => self.take(offset, bytes),
        }
    }
}

/// One life of the steps, up to the end or a pause. What happens is taken from the luck there is; then all goes well.
fn live(far: &mut Far, luck: &mut impl Iterator<Item = Luck>) -> Option<Attachment> {
    let mut steps = Steps::new(far.length, None);
    for _ in 0..1_000 {
        let step = steps.next();
        match &step {
            Step::Done(attachment) => return Some((**attachment).clone()),
            Step::Pause => return None,
            _ => {}
        }
        match far.call(&step, luck.next().unwrap_or(Luck::Good)) {
            Ok(upload) if step == Step::Begin => steps.begun(upload),
            Ok(upload) => steps.sent(upload),
            Err(error) => {
                if steps.failed(error).is_err() {
                    return None;
                }
            }
        }
    }
    panic!("it does not end: {steps:?}")
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        3 => Just(Luck::Good),
        3 => (0..=100_u64).prop_map(Luck::Breaks),
        2 => Just(Luck::Lost),
        1 => (0..=100_u64).prop_map(Luck::Older),
        1 => Just(Luck::Foreign),
        1 => Just(Luck::Taken),
    ]
}

proptest! {
    #[test]
    fn whatever_breaks_the_file_gets_there(
        length in 1..200_000_000_u64,
        luck in prop::collection::vec(luck(), 0..40),
    ) {
        let (mut far, mut luck) = (Far::new(length), luck.into_iter());

        // Each life may end with a pause, and takes at least one call.
        let stored = (0..60).find_map(|_| live(&mut far, &mut luck));

        prop_assert_eq!(stored.map(|file| file.size), Some(length));
        prop_assert_eq!(far.kept, length);
    }
}

#[test]
fn what_grows_goes_on_at_once_and_what_does_not_waits() {
    let mut far = Far::new(20_000_000);
    let mut breaks = [Luck::Good, Luck::Breaks(50)].into_iter().cycle().take(10);
    assert!(live(&mut far, &mut breaks).is_some(), "it grows each time");

    let mut far = Far::new(20_000_000);
    let mut stuck = [Luck::Good, Luck::Breaks(0), Luck::Good].into_iter();
    assert!(live(&mut far, &mut stuck).is_none());
    assert_eq!(stuck.next().is_none(), far.kept == 0);
}

#[test]
fn a_large_file_takes_few_calls_and_a_small_one_no_more_than_it_has() {
    let calls = |length| {
        let (mut far, mut calls) = (Far::new(length), 0);
        let counted = std::iter::repeat_with(|| {
            calls += 1;
            Luck::Good
        });
        assert!(live(&mut far, &mut counted.into_iter()).is_some());
        calls
    };

    assert_eq!(
        (calls(1), calls(PART_BYTES), calls(PART_BYTES + 1)),
        (2, 2, 3)
    );
    assert_eq!(calls(1 << 40), 17);
}

#[test]
fn parts_become_as_small_as_something_in_between_wants_them() {
    let (mut steps, mut sizes) = (Steps::new(5_000_000, None), Vec::new());
    let mut far = Far::new(5_000_000);
    let mut problem = Problem::new(Code::TooLarge, "413");
    problem.kind = FOREIGN.to_owned();
    loop {
        steps.begun(far.upload());
        let Step::Part { offset, bytes, .. } = steps.next() else {
            panic!("{steps:?}");
        };
        sizes.push(bytes);
        if bytes <= 1 << 20 {
            steps.sent(far.take(offset, bytes).unwrap());
            break;
        }
        steps.failed(problem.clone().into()).unwrap();
    }

    assert_eq!(sizes, [PART_BYTES, 1 << 20]);
    assert!(matches!(
        steps.next(),
        Step::Part {
            offset: 1_048_576,
            bytes: 1_048_576,
            ..
        }
    ));
    // Another try of the same file begins with what went through.
    let mut steps = Steps::new(5_000_000, Some(steps.part_bytes()));
    steps.begun(far.upload());
    assert!(matches!(
        steps.next(),
        Step::Part {
            bytes: 1_048_576,
            ..
        }
    ));
    steps.part = PART_LEAST_BYTES;
    steps.begun(far.upload());
    assert!(
        steps.failed(problem.into()).is_err(),
        "no smaller than that"
    );
}

#[test]
fn what_the_server_says_of_the_whole_file_is_the_end() {
    for (code, is_end) in [
        (Code::Invalid, true),
        (Code::TooLarge, true),
        (Code::RateLimited, true),
        (Code::Timeout, false),
        (Code::Conflict, false),
        (Code::NotFound, false),
    ] {
        let mut steps = Steps::new(10, None);
        steps.begun(Far::new(10).upload());

        let failed = steps.failed(Problem::new(code, "no").into());

        assert_eq!(failed.is_err(), is_end, "{code:?}");
    }
}

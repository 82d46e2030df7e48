//! The steps of a file that goes up in parts: begin, go on from the byte that the server has, look again where something
//! broke. No network and no disk in here: what is to be done comes out, and what became of it goes in.

use crate::{Error, error::FOREIGN};
use chat_core::{Attachment, Code, Upload, UploadId};

/// Bytes of one call. Something in between that takes bodies whole loses no more than that.
const PART_BYTES: u64 = 4 << 20;
/// A large file takes so many calls, and the server counts them.
const PARTS_MOST: u64 = 16;
/// Something in between may take only less. Parts become no smaller than this.
const PART_LEAST_BYTES: u64 = 256 << 10;
/// So often the server may have another number of bytes than it said, before somebody waits.
const STALLS_MOST: u32 = 3;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Begin, or ask how far it is.
    Begin,
    /// Send so many bytes from this one on; none where only the end is to be told.
    Part {
        id: UploadId,
        offset: u64,
        bytes: u64,
    },
    /// It is stored.
    Done(Box<Attachment>),
    /// Nothing went through since it was begun last: another time.
    Pause,
}

/// How far a file is.
#[derive(Debug)]
pub(super) struct Steps {
    length: u64,
    /// Bytes of one call at most.
    part: u64,
    next: Step,
    /// What the server had when it was asked last.
    had: Option<u64>,
    /// How often since then it was not as the server had said.
    stalls: u32,
    /// Whether anything has got there that was not there at the beginning.
    has_grown: bool,
}

impl Steps {
    /// The steps of a file of this length, in calls of so many bytes at most where that is known `before`.
    pub(super) fn new(length: u64, before: Option<u64>) -> Self {
        let part = PART_BYTES.max(length.div_ceil(PARTS_MOST));
        Self {
            length,
            part: before.map_or(part, |before| part.min(before)),
            next: Step::Begin,
            had: None,
            stalls: 0,
            has_grown: false,
        }
    }

    /// Bytes of one call at most.
    pub(super) fn part_bytes(&self) -> u64 {
        self.part
    }

    pub(super) fn next(&self) -> Step {
        self.next.clone()
    }

    /// Whether anything has got there that was not there at the beginning.
    pub(super) fn has_grown(&self) -> bool {
        self.has_grown
    }

    /// The server has said how far it is.
    pub(super) fn begun(&mut self, upload: Upload) {
        let before = self.had.replace(upload.offset);
        match before.is_some_and(|before| upload.offset > before) {
            true => {
                self.has_grown = true;
                self.stalls = 0;
            }
            false if self.stalls >= STALLS_MOST => {
                self.next = Step::Pause;
                return;
            }
            false => {}
        }
        self.go_on(upload);
    }

    /// The server has taken a part.
    pub(super) fn sent(&mut self, upload: Upload) {
        let Step::Part { offset, .. } = self.next else {
            return;
        };
        match upload.attachment.is_some() || upload.offset > offset {
            true => {
                self.has_grown = true;
                self.go_on(upload);
            }
            // It says that it has taken it, and has not.
            false => self.contradicted(),
        }
    }

    /// The server has another number of bytes than it said, or has forgotten them.
    fn contradicted(&mut self) {
        self.stalls += 1;
        self.next = Step::Begin;
    }

    /// The connection broke, or the body was too slow: some of it may have got there.
    fn broke(&mut self) {
        self.stalls = STALLS_MOST;
        self.next = Step::Begin;
    }

    /// Something went wrong. What to say of it where there is no other step; as an error where it is the end.
    pub(super) fn failed(&mut self, error: Error) -> Result<Error, Error> {
        let Step::Part { offset, bytes, .. } = self.next else {
            self.next = Step::Pause;
            return Ok(error);
        };
        match &error {
            Error::Network { .. } => self.broke(),
            // What came is kept: by the server, or by something in between that gave up.
            Error::Api(problem) if problem.code == Code::Timeout => self.broke(),
            Error::Api(problem) if problem.kind == FOREIGN && problem.code.is_retryable() => {
                self.broke();
            }
            Error::Api(problem)
                if problem.kind == FOREIGN
                    && problem.code == Code::TooLarge
                    && bytes > PART_LEAST_BYTES =>
            {
                self.part = (bytes / 4).max(PART_LEAST_BYTES);
                self.next = Step::Begin;
            }
            Error::Api(problem) if problem.kind == FOREIGN => return Err(error),
            Error::Api(problem) if matches!(problem.code, Code::Conflict | Code::NotFound) => {
                self.contradicted();
                // Where all of it is there, it is not about the place of a byte.
                if offset < self.length {
                    return Ok(Error::disconnected(problem.detail.clone()));
                }
            }
            _ => return Err(error),
        }
        Ok(error)
    }

    fn go_on(&mut self, upload: Upload) {
        let left = self.length.saturating_sub(upload.offset);
        self.next = match upload.attachment {
            Some(attachment) => Step::Done(Box::new(attachment)),
            None => Step::Part {
                id: upload.id,
                offset: upload.offset,
                bytes: left.min(self.part),
            },
        };
    }
}

#[cfg(test)]
mod tests;

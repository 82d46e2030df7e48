//! One command for many things: it goes on after what fails, says at the end how many were done, and ends with "done in
//! part" where not all were.

use crate::{
    error::{Error, Result},
    output::Output,
};

/// How it went until now.
#[derive(Debug)]
pub(crate) struct Bulk {
    out: Output,
    done: usize,
    rehearsed: usize,
    failed: usize,
    first: Option<Error>,
    /// Whether it is one of many, so that it is named.
    is_of_many: bool,
}

impl Bulk {
    /// Of so many.
    pub(crate) fn of(out: Output, count: usize) -> Self {
        Self {
            out,
            done: 0,
            rehearsed: 0,
            failed: 0,
            first: None,
            is_of_many: count > 1,
        }
    }

    /// Notes how one of them went. What would befall all others, too, ends the command.
    pub(crate) fn note(&mut self, what: &str, how: Result<()>) -> Result<()> {
        match how {
            Ok(()) => self.done += 1,
            Err(Error::Rehearsed) => self.rehearsed += 1,
            Err(error) if error.is_about_all() && self.done == 0 => return Err(error),
            Err(error) if error.is_about_all() => {
                return Err(Error::Partly(format!(
                    "{} were done, then: {}",
                    self.done,
                    error.story()
                )));
            }
            Err(error) => {
                self.failed += 1;
                if self.is_of_many {
                    self.out.complain(&format!("{what}: {}", error.story()));
                }
                self.first.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// How it went: alone, as that one; all, part, or none of many.
    pub(crate) fn end(mut self, verb: &str) -> Result<()> {
        let (done, rehearsed, failed) = (self.done, self.rehearsed, self.failed);
        let Some(first) = self.first.take() else {
            return match (done, rehearsed) {
                (0, 1..) => Err(Error::Rehearsed),
                (2.., _) => {
                    self.out.say(&format!("{done} {verb}"));
                    Ok(())
                }
                _ => Ok(()),
            };
        };
        if !self.is_of_many {
            return Err(first);
        }
        Err(match (done, rehearsed) {
            (0, 0) => Error::Failed(format!("all {failed} failed; each is named above")),
            (0, _) => Error::Partly(format!(
                "{rehearsed} would be done, {failed} would fail; each is named above"
            )),
            _ => Error::Partly(format!(
                "{done} {verb}, {failed} failed; each is named above"
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ColorWhen, Format};
    use chat_core::Code;

    fn ended(codes: &[Option<Code>]) -> u8 {
        let mut bulk = Bulk::of(
            Output::new(Format::Auto, ColorWhen::Never, true),
            codes.len(),
        );
        for code in codes {
            let how = code.map_or(Ok(()), |code| Err(Error::coded(code, "no")));
            if let Err(error) = bulk.note("x", how) {
                return error.exit_code();
            }
        }
        bulk.end("done")
            .map_or_else(|error| error.exit_code(), |()| 0)
    }

    #[test]
    fn all_part_or_none() {
        assert_eq!(ended(&[None, None]), 0);
        assert_eq!(ended(&[None, Some(Code::NotFound), None]), 5);
        assert_eq!(ended(&[Some(Code::NotFound)]), 3);
        assert_eq!(ended(&[Some(Code::NotFound), Some(Code::Taken)]), 1);
    }

    #[test]
    fn what_befalls_all_ends_it() {
        assert_eq!(ended(&[Some(Code::Unavailable), None]), 7);
        assert_eq!(ended(&[None, Some(Code::SessionEnded), None]), 5);
        assert_eq!(ended(&[None, Some(Code::Forbidden), None]), 5);
    }
}

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
    first: Option<Error>,
    failed: usize,
    rehearsed: usize,
}

impl Bulk {
    pub(crate) fn new(out: Output) -> Self {
        Self {
            out,
            done: 0,
            first: None,
            failed: 0,
            rehearsed: 0,
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
                self.out.complain(&format!("{what}: {}", error.story()));
                self.first.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// How it went: alone, as that one; all, part, or none of many.
    pub(crate) fn end(self, verb: &str) -> Result<()> {
        let (done, failed) = (self.done, self.failed);
        match (self.first, done) {
            (None, 0) if self.rehearsed > 0 => Err(Error::Rehearsed),
            (None, _) => {
                if done > 1 {
                    self.out.say(&format!("{done} {verb}"));
                }
                Ok(())
            }
            (Some(first), 0) if failed == 1 => Err(first),
            (Some(_), 0) if self.rehearsed == 0 => {
                Err(Error::Failed(format!("none of {failed} was {verb}")))
            }
            (Some(_), _) => Err(Error::Partly(format!(
                "{done} {verb}, {failed} failed; they are named above"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ColorWhen, Format};
    use chat_core::Code;

    fn ended(codes: &[Option<Code>]) -> u8 {
        let mut bulk = Bulk::new(Output::new(Format::Auto, ColorWhen::Never, true));
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

//! How far a long command is: a bar on standard error, only where a person looks at it.

use crate::output::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

/// A bar up to `total`. It shows nothing in a pipe or where quiet was asked for.
pub(crate) fn bar(out: &Output, what: &'static str, total: u64) -> ProgressBar {
    let target = match io::stderr().is_terminal() && !out.is_quiet() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{msg:>14} [{bar:30}] {pos}/{len} {eta}")
        .expect("the template is a constant and a test draws it")
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(total), target)
        .with_style(style)
        .with_message(what)
}

/// Makes a bar count the seconds of what goes on for so many at most.
pub(crate) fn count_seconds(bar: &ProgressBar, what: &'static str, most: u64) {
    let style = ProgressStyle::with_template("{msg:>14} {spinner} {elapsed}, {len} s at most")
        .expect("the template is a constant and a test draws it");
    bar.reset();
    bar.set_length(most);
    bar.set_style(style);
    bar.set_message(what);
    bar.enable_steady_tick(SECOND);
}

/// Takes away what a bar has left on the line, where the command was broken off.
pub(crate) fn clear() {
    if io::stderr().is_terminal() {
        // Nobody is left to see the line where this fails.
        let _ = io::stderr().write_all(b"\r\x1b[2K");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ColorWhen, Format};

    #[test]
    fn a_quiet_bar_is_hidden_and_counts() {
        let bar = bar(
            &Output::new(Format::Auto, ColorWhen::Never, true),
            "users",
            3,
        );
        bar.inc(2);

        assert!(bar.is_hidden());
        assert_eq!(bar.position(), 2);
        count_seconds(&bar, "measuring", 10);
        assert_eq!((bar.position(), bar.length()), (0, Some(10)));
    }
}

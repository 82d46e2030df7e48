//! A load generator that is cheap enough to share a machine with the server: raw sockets with small buffers, frames
//! read by searching instead of parsing, latencies gathered in one histogram.
//!
//! Besides speed it measures truth: what was lost, doubled or out of order on any socket is counted and is a failure.

pub(crate) mod idle;
mod participant;
pub(crate) mod rest;
mod scan;
pub(crate) mod setup;
mod socket;
pub(crate) mod spawn;
pub(crate) mod talk;
mod tally;

use crate::error::Result;
use crate::output::{Output, Record};
use serde::Serialize;
use std::{sync::LazyLock, time::Instant};

/// When this process began to measure. Messages carry the time since then.
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Microseconds since the process began to measure.
fn now_us() -> u64 {
    u64::try_from(BEGIN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Figures with names, in an order that reads well.
pub(crate) trait Report: Serialize {
    /// Each figure for a person.
    fn figures(&self) -> Vec<(&'static str, String)>;
}

/// Prints figures: a table for people, one object in JSON.
pub(crate) fn print(report: &impl Report, out: &Output) -> Result<()> {
    if out.is_for_people() {
        let figures = report.figures().into_iter();
        let figures: Vec<_> = figures
            .map(|(name, value)| Figure { name, value })
            .collect();
        return out.list(&figures);
    }
    out.one_line(&Whole(report))
}

#[derive(Serialize)]
struct Figure {
    name: &'static str,
    value: String,
}

impl Record for Figure {
    const COLUMNS: &'static [&'static str] = &["figure", "value"];

    fn id(&self) -> String {
        self.name.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), self.value.clone()]
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Whole<'a, R: Report>(&'a R);

impl<R: Report> Record for Whole<'_, R> {
    const COLUMNS: &'static [&'static str] = &[];

    fn id(&self) -> String {
        String::new()
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }
}

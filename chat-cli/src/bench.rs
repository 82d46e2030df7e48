//! A load generator that is cheap enough to share a machine with the server: raw sockets with small buffers, frames
//! read by searching instead of parsing, latencies gathered in one histogram.
//!
//! Besides speed it measures truth: what was lost, doubled or out of order on any socket is counted and is a failure.

pub(crate) mod bound;
pub(crate) mod cost;
pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod idle;
mod participant;
pub(crate) mod rest;
mod scan;
pub(crate) mod setup;
mod socket;
pub(crate) mod spawn;
pub(crate) mod storm;
pub(crate) mod talk;
mod tally;

use crate::error::Result;
use crate::output::{Output, Record};
use cost::Cost;
use serde::Serialize;
use std::{sync::LazyLock, time::Instant};

/// When this process began to measure. Messages carry the time since then.
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Microseconds since the process began to measure.
fn now_us() -> u64 {
    u64::try_from(BEGIN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The version of the JSON that is printed; another meaning of a figure is another version.
const VERSION: u32 = 1;

/// Figures with their names, for a person.
pub(crate) type Figures = Vec<(&'static str, String)>;

/// Figures with names, in an order that reads well.
pub(crate) trait Report: Serialize {
    /// Takes in what the server cost, where that is known.
    fn cost(&mut self, cost: Option<Cost>);
    /// Each figure for a person.
    fn figures(&self) -> Figures;
}

/// Prints figures: each on a line to be read, all of them in one record for programs.
pub(crate) fn print(report: &impl Report, out: &Output) -> Result<()> {
    if out.is_for_reading() {
        let figures = report.figures().into_iter();
        let figures: Vec<_> = figures
            .map(|(name, value)| Figure { name, value })
            .collect();
        return out.list(&figures);
    }
    out.list(&[Whole {
        bench: VERSION,
        generator: env!("CARGO_PKG_VERSION"),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        report,
    }])
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

/// A report, with what it has to be read with.
#[derive(Serialize)]
struct Whole<'a, R: Report> {
    bench: u32,
    /// The version of this program.
    generator: &'static str,
    /// Cores of this machine.
    cores: usize,
    #[serde(flatten)]
    report: &'a R,
}

impl<R: Report> Record for Whole<'_, R> {
    const COLUMNS: &'static [&'static str] = &[];

    fn id(&self) -> String {
        String::new()
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }
}

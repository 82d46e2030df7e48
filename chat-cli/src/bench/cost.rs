//! What the server costs under load: its processor time and its memory, as the system counts them. Only for a process of
//! this machine, and only where the system tells (`/proc`).

use super::Figures;
use crate::error::{Error, Result};
use serde::Serialize;
use std::time::Instant;

/// The system counts processor time in hundredths of a second, on every machine that has `/proc`.
const TICKS_PER_S: f64 = 100.0;

/// A process that is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    pid: u32,
    began: Instant,
    cpu_s: f64,
    rss_kb: u64,
}

/// What it cost while it was watched.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    cpu_s: f64,
    /// How many cores it kept busy.
    cores: f64,
    rss_before_kb: u64,
    rss_after_kb: u64,
    /// The most since the process began.
    rss_peak_kb: u64,
    /// The processor time of the generator, which shares the machine.
    generator_cpu_s: f64,
}

impl Watch {
    /// Begins to watch a process, where one is named.
    pub(crate) fn begin(pid: Option<u32>) -> Result<Option<(Self, Self)>> {
        let watch = |pid| {
            Ok::<_, Error>(Self {
                pid,
                began: Instant::now(),
                cpu_s: cpu_s(pid)?,
                rss_kb: memory_kb(pid, "VmRSS:")?,
            })
        };
        match pid {
            Some(pid) => Ok(Some((watch(pid)?, watch(std::process::id())?))),
            None => Ok(None),
        }
    }

    /// What it cost since.
    pub(crate) fn end(watches: Option<(Self, Self)>) -> Result<Option<Cost>> {
        let Some((server, generator)) = watches else {
            return Ok(None);
        };
        let spent_s = cpu_s(server.pid)? - server.cpu_s;
        Ok(Some(Cost {
            cpu_s: spent_s,
            cores: spent_s / server.began.elapsed().as_secs_f64().max(0.001),
            rss_before_kb: server.rss_kb,
            rss_after_kb: memory_kb(server.pid, "VmRSS:")?,
            rss_peak_kb: memory_kb(server.pid, "VmHWM:")?,
            generator_cpu_s: cpu_s(generator.pid)? - generator.cpu_s,
        }))
    }
}

impl Cost {
    /// For a person.
    pub(super) fn figures(cost: &Option<Self>) -> Figures {
        let Some(cost) = cost else {
            return vec![(
                "server's cost",
                "unknown; name its process with --pid".to_owned(),
            )];
        };
        vec![
            ("server's cores, busy", format!("{:.2}", cost.cores)),
            (
                "server's memory, MB: before / after / most",
                format!(
                    "{:.1} / {:.1} / {:.1}",
                    cost.rss_before_kb as f64 / 1024.0,
                    cost.rss_after_kb as f64 / 1024.0,
                    cost.rss_peak_kb as f64 / 1024.0
                ),
            ),
            (
                "generator's processor, s",
                format!("{:.1}", cost.generator_cpu_s),
            ),
        ]
    }
}

/// The memory of a process that is really in use.
pub(super) fn rss_kb(pid: u32) -> Result<u64> {
    memory_kb(pid, "VmRSS:")
}

fn memory_kb(pid: u32, name: &str) -> Result<u64> {
    let status = read(pid, "status")?;
    kb(&status, name).ok_or_else(|| silent(pid, "memory"))
}

fn kb(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu_s(pid: u32) -> Result<f64> {
    let stat = read(pid, "stat")?;
    ticks(&stat)
        .map(|ticks| ticks as f64 / TICKS_PER_S)
        .ok_or_else(|| silent(pid, "processor time"))
}

/// Time in the program and, for it, in the system.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the program stands in brackets, and may have anything in it.
    let (_, behind) = stat.rsplit_once(')')?;
    let mut words = behind.split_whitespace().skip(11);
    let own: u64 = words.next()?.parse().ok()?;
    let system: u64 = words.next()?.parse().ok()?;
    Some(own + system)
}

fn read(pid: u32, name: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{name}");
    std::fs::read_to_string(&path).map_err(|error| {
        Error::io(
            format!("cannot read {path}; is {pid} the server, on this machine?"),
            error,
        )
    })
}

fn silent(pid: u32, what: &str) -> Error {
    Error::Failed(format!("/proc/{pid} says nothing about {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_counts_is_read() {
        let status = "Name:\tchat\nVmHWM:\t   20000 kB\nVmRSS:\t   12345 kB\nThreads:\t3\n";

        assert_eq!(kb(status, "VmRSS:"), Some(12_345));
        assert_eq!(kb("Name:\tchat\n", "VmRSS:"), None);
        let stat = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 30 0 0 20";
        assert_eq!(ticks(stat), Some(180));
    }
}

//! What the operating system says of this process, under the names that every Prometheus dashboard knows. Where it says
//! nothing (only Linux does, in `/proc`), nothing is told: an absent number is better than a wrong one.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};
use std::{fmt, fs};

/// Ticks in a second of `/proc/*/stat`: fixed on Linux, whatever the kernel's own clock does.
const TICKS_PER_S: f64 = 100.0;

/// The process, looked at when somebody asks.
#[derive(Debug)]
pub(super) struct Process {
    started_s: Option<f64>,
}

impl Process {
    pub(super) fn new() -> Self {
        Self {
            started_s: started_s(),
        }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: Option<f64>| match value {
            Some(value) => {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
            }
            None => Ok(()),
        };
        gauge(
            "process_resident_memory_bytes",
            "Memory in use",
            resident_bytes(),
        )?;
        gauge(
            "process_open_fds",
            "Open files, sockets among them",
            open_files(),
        )?;
        gauge(
            "process_start_time_seconds",
            "When the process began, since 1970",
            self.started_s,
        )?;
        let Some(seconds) = processor_s() else {
            return Ok(());
        };
        let counter = ConstCounter::new(seconds);
        let (name, help) = ("process_cpu_seconds", "Processor time used");
        counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
    }
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

fn open_files() -> Option<f64> {
    // One of them is the directory that is being read.
    let files = fs::read_dir("/proc/self/fd").ok()?.count().checked_sub(1)?;
    Some(files as f64)
}

fn started_s() -> Option<f64> {
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let line = machine
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?;
    let booted: f64 = line.trim().parse().ok()?;
    Some(booted + field(22)? / TICKS_PER_S)
}

fn processor_s() -> Option<f64> {
    Some((field(14)? + field(15)?) / TICKS_PER_S)
}

/// A field of `/proc/self/stat`, counted from 1 as its manual page does. The second, the name, may hold anything.
fn field(number: usize) -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name
        .split_whitespace()
        .nth(number.checked_sub(3)?)?
        .parse()
        .ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_all_of_it() {
        assert!(resident_bytes().unwrap() > 100_000.0);
        assert!(open_files().unwrap() >= 3.0);
        assert!(processor_s().unwrap() >= 0.0);
        // Between 2001 and 2286, and before now.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        assert!((1e9..=now.unwrap().as_secs_f64() + 1.0).contains(&started_s().unwrap()));
    }
}

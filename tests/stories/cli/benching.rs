//! `chat bench`: every scenario measures, ends by itself, counts right, and says it in JSON that does not change by accident.

mod elsewhere;
mod line;

use chat_tests::{Home, Process, until};
use rustix::process::Signal;
use serde_json::Value;
use std::fs;

/// Runs a scenario against a server of its own.
async fn bench(home: &Home, words: &[&str]) -> Value {
    let words = [&["bench"][..], words, &["--spawn", "-o", "jsonl"]].concat();
    home.run(&words).await.json().remove(0)
}

/// The names in a report, those inside others with a dot.
fn names(report: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in report.as_object().expect("a report is an object") {
        match value.as_object() {
            Some(inner) => names.extend(inner.keys().map(|inner| format!("{name}.{inner}"))),
            None => names.push(name.clone()),
        }
    }
    names.sort();
    names
}

const COST: &str = "server.cores server.cpu_s server.generator_cpu_s server.rss_after_kb server.rss_before_kb server.rss_peak_kb";

fn percentiles(name: &str) -> String {
    let figures = ["count", "max_ms", "p50_ms", "p90_ms", "p999_ms", "p99_ms"];
    figures.map(|figure| format!("{name}.{figure}")).join(" ")
}

#[track_caller]
fn assert_names(report: &Value, own: &str) {
    let mut expected: Vec<_> = own
        .split(' ')
        .chain(COST.split(' '))
        .chain(["bench", "cores", "generator", "scenario"])
        .collect();
    expected.sort_unstable();
    assert_eq!(names(report), expected);
    assert_eq!(report["bench"], 1);
}

#[tokio::test]
async fn posts_are_as_many_as_were_asked_for() {
    let home = Home::new();

    let report = bench(
        &home,
        &[
            "rest",
            "--connections",
            "3",
            "--count",
            "40",
            "--seconds",
            "120",
        ],
    )
    .await;

    assert_eq!(
        (&report["calls"], &report["latency"]["count"]),
        (&40.into(), &40.into())
    );
    assert_eq!(
        (&report["wrong"], &report["refused"]),
        (&0.into(), &0.into())
    );
    let own = format!(
        "bytes_per_s calls calls_per_s connections left_out refused seconds wrong {}",
        percentiles("latency")
    );
    assert_names(&report, &own);
}

#[tokio::test]
async fn at_a_rate_everything_that_was_due_is_counted() {
    let home = Home::new();
    let words = [
        "rest",
        "--connections",
        "2",
        "--rate",
        "20",
        "--seconds",
        "1",
    ];

    let report = bench(&home, &words).await;

    // One every fifty milliseconds, however slow this machine is just now.
    let counted = report["calls"].as_u64().unwrap() + report["left_out"].as_u64().unwrap();
    assert_eq!((counted, &report["rate"]), (20, &20.0.into()), "{report}");
    assert_eq!(report["seconds"], 1.0);
}

#[tokio::test]
async fn pages_of_a_long_conversation_are_right() {
    let home = Home::new();
    let words = [
        "history",
        "--messages",
        "120",
        "--connections",
        "2",
        "--count",
        "30",
        "--seconds",
        "120",
    ];

    let report = bench(&home, &words).await;

    assert_eq!(
        (&report["calls"], &report["wrong"]),
        (&30.into(), &0.into()),
        "{report}"
    );
    assert_eq!(report["scenario"], "history");
}

#[tokio::test]
async fn everybody_comes_back_after_a_storm() {
    let home = Home::new();

    let report = bench(&home, &["storm", "--sockets", "20"]).await;

    assert_eq!(
        (&report["ready"], &report["failed"], &report["lost"]),
        (&20.into(), &0.into(), &0.into())
    );
    let own = format!(
        "failed lost ready ready_per_s seconds sockets {}",
        percentiles("latency")
    );
    assert_names(&report, &own);
}

#[tokio::test]
async fn pairs_and_groups_lose_nothing() {
    let home = Home::new();
    let pairs = ["pairs", "--pairs", "3", "--count", "60", "--seconds", "120"];
    let fanout = [
        "fanout",
        "--sockets",
        "5",
        "--senders",
        "2",
        "--rate",
        "40",
        "--count",
        "30",
        "--seconds",
        "120",
    ];

    let pairs = bench(&home, &pairs).await;
    let fanout = bench(&home, &fanout).await;

    for (report, sends, deliveries) in [(&pairs, 60, 120), (&fanout, 30, 150)] {
        assert_eq!(
            (&report["sends"], &report["deliveries"]),
            (&sends.into(), &deliveries.into()),
            "{report}"
        );
        let wrong = [
            "lost",
            "doubled",
            "out_of_order",
            "refused",
            "left_out",
            "unanswered",
            "closed",
        ];
        assert!(wrong.iter().all(|name| report[name] == 0), "{report}");
    }
    // The codes with which sockets were closed are none here.
    let own = "closed conversations deliveries deliveries_per_s doubled left_out lost out_of_order refused resyncs \
               seconds sends sends_per_s skipped sockets unanswered";
    assert_names(
        &pairs,
        &format!("{own} {} {}", percentiles("ack"), percentiles("delivery")),
    );
}

#[tokio::test]
async fn idle_sockets_stay_open() {
    let home = Home::new();

    let report = bench(&home, &["idle", "--sockets", "10", "--seconds", "1"]).await;

    assert_eq!(
        (&report["sockets"], &report["closed"]),
        (&10.into(), &0.into()),
        "{report}"
    );
}

#[tokio::test]
async fn a_figure_that_makes_no_sense_is_refused() {
    let home = Home::new();
    for words in [
        ["bench", "rest", "--rate", "0"],
        ["bench", "storm", "--sockets", "0"],
    ] {
        home.run(&words).await.failed(2);
    }
    let ended = home
        .run(&["bench", "idle", "--server", "http://127.0.0.1:1"])
        .await;
    assert_ne!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn figures_are_lines_in_a_pipe_and_have_names_in_csv() {
    let home = Home::new();
    let run = async |format: &[&str]| {
        let words = [
            "bench",
            "rest",
            "--spawn",
            "--connections",
            "1",
            "--count",
            "5",
        ];
        let mut command = home.chat(&[&words[..], format].concat());
        let ended = Process::start(command.env_remove("CHAT_OUTPUT"))
            .ended()
            .await;
        ended.ok()
    };

    let plain = run(&[]).await;
    let csv = run(&["-o", "csv"]).await;

    let is_figure = |line: &str| line.split('\t').count() == 2;
    assert!(
        plain.lines().count() > 3 && plain.lines().all(is_figure),
        "{plain}"
    );
    let names = csv.lines().next().unwrap();
    assert!(
        names.contains("scenario") && csv.lines().count() == 2,
        "{csv}"
    );
}

#[tokio::test]
async fn a_server_of_its_own_is_no_other_one() {
    let home = Home::new();
    let words = ["bench", "rest", "--spawn", "--server", "http://127.0.0.1:9"];

    let refused = home.run(&words).await;

    assert!(refused.failed(2).contains("leave it out"), "{refused:?}");
}

/// The first process that a process has started.
fn child(pid: u32) -> Result<u32, String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).map_err(|error| error.to_string())?;
    let started = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).ok();
    let text: String = threads.flatten().filter_map(started).collect();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).ok_or(text)
}

#[tokio::test]
async fn a_server_of_its_own_goes_with_it_however_it_is_stopped() {
    let home = Home::new();
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let words = [
            "bench",
            "idle",
            "--spawn",
            "--sockets",
            "2",
            "--seconds",
            "600",
        ];
        let bench = Process::start(&mut home.chat(&words));
        let server = until("its server runs", async || child(bench.pid())).await;

        bench.signal(signal);

        assert_eq!(bench.ended().await.code, Some(code));
        // What nobody has waited for yet has no words any more.
        let words = || fs::read_to_string(format!("/proc/{server}/cmdline")).unwrap_or_default();
        let gone = async || {
            Some(words())
                .filter(|words| !words.is_empty())
                .map_or(Ok(()), Err)
        };
        until("the server is gone", gone).await;
    }
}

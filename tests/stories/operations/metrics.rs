//! What is counted: read as Prometheus reads it, for those who may, and moving when something happens.

use chat_core::Secret;
use chat_tests::{Server, postgres, until};
use std::collections::BTreeMap;

/// Every number by its name and labels, after a look at the grammar of OpenMetrics 1.0.
#[track_caller]
fn numbers(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let (mut types, mut helps) = (BTreeMap::new(), BTreeMap::new());
    let mut numbers = BTreeMap::new();
    for line in body.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "TYPE", family, kind] => assert!(types.insert(family, kind).is_none(), "{line}"),
            ["#", "HELP", family, help] => assert!(helps.insert(family, help).is_none(), "{line}"),
            ["#", "UNIT", family, unit] => assert!(family.ends_with(unit), "{line}"),
            _ => {
                let (name, value) = line.rsplit_once(' ').expect("a name and a number");
                expect_of_family(&types, name);
                let value = value.parse().expect("a number");
                assert!(numbers.insert(name.to_owned(), value).is_none(), "{line}");
            }
        }
    }
    assert!(types.keys().eq(helps.keys()), "each has a help text");
    numbers
}

/// A number belongs to the last family that was announced, by a name that fits its type.
#[track_caller]
fn expect_of_family(types: &BTreeMap<&str, &str>, name: &str) {
    let plain = name.split('{').next().unwrap_or(name);
    let fits = |suffixes: &[&str]| {
        let stems = suffixes
            .iter()
            .filter_map(|suffix| plain.strip_suffix(suffix));
        stems
            .filter_map(|stem| types.get(stem))
            .copied()
            .collect::<Vec<_>>()
    };
    let known = fits(&["_total"]) == ["counter"]
        || fits(&["_info"]) == ["info"]
        || fits(&["_bucket", "_sum", "_count"]) == ["histogram"]
        || fits(&[""]) == ["gauge"];
    assert!(known, "{name} is of no family that was announced");
}

#[tokio::test]
async fn the_counts_are_open_metrics_and_move() {
    let server = Server::start().await;
    let [ann, ben] = server.people(["ann", "ben"]).await;
    let group = ann.group(&[&ben]).await;
    let _socket = ben.socket().await;
    let look = async || numbers(server.door.get("/metrics").await.body.as_str().unwrap());
    let before = look().await;

    ann.say(group, "hello").await;

    let delivered = "chat_deliveries_total";
    let now = until("the delivery is counted", async || match look().await {
        now if now[delivered] > before[delivered] => Ok(now),
        now => Err(format!("{now:#?}")),
    })
    .await;
    for name in [
        "chat_sends_total",
        "chat_http_answers_total{status=\"201\"}",
    ] {
        assert_eq!(now[name] - before[name], 1.0, "{name}");
    }
    // What is said is put where it is searched for a moment later, by a write of its own; and by another, a server that has
    // just started forgets what has had its time.
    for name in ["chat_commit_seconds_count", "chat_batch_writes_sum"] {
        let writes = now[name] - before[name];
        assert!((1.0..=3.0).contains(&writes), "{name}: {writes}");
    }
    assert_eq!(
        (now["chat_sockets"], now["chat_writes_waiting"]),
        (1.0, 0.0)
    );
}

#[tokio::test]
async fn the_counts_tell_of_database_process_and_build() {
    let server = Server::with(|config| config.limits.anonymous_calls_per_minute = 1).await;
    let login = serde_json::json!({"identifier": "ann", "password": "guess"});
    for _ in 0..2 {
        server.post("/auth/login", login.clone()).await;
    }

    let names = [
        "chat_limited_total{limit=\"anonymous_calls_per_minute\"}",
        "chat_connections",
        "chat_database_size_bytes",
        "chat_database_connections{pool=\"read\"}",
        "chat_database_connections_idle{pool=\"write\"}",
        "chat_build_info{version=\"0.1.0\"}",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ];
    // A size that takes more than a second is left out; and who writes just now leaves no connection idle.
    let now = until("all of it is told", async || {
        let now = numbers(server.door.get("/metrics").await.body.as_str().unwrap());
        let is_missing = |name: &&str| now.get(*name).is_none_or(|number| *number <= 0.0);
        match names.iter().copied().find(is_missing) {
            None => Ok(now),
            Some(name) => Err(format!("{name}: {now:#?}")),
        }
    })
    .await;
    // The log of a server is not beside us.
    let log = now["chat_database_wal_size_bytes"];
    assert_eq!(log > 0.0, postgres().is_none());
}

#[tokio::test]
async fn the_counts_are_for_this_machine_or_for_who_has_the_token() {
    let open = Server::start().await;
    let closed =
        Server::with(|config| config.metrics_token = Some(Secret::new("a-long-random-word"))).await;
    let ask = async |door: &chat_tests::Door| door.get("/metrics").await;

    assert_eq!(ask(&open.door).await.status, 200);
    let proxied = open.door.with("x-forwarded-for", "127.0.0.1");
    assert_eq!(ask(&proxied).await.problem(), (403, "forbidden"));
    for door in [
        closed.door.clone(),
        closed.door.bearer("a-long-random-worD"),
    ] {
        assert_eq!(ask(&door).await.problem(), (401, "unauthenticated"));
    }
    let right = closed
        .door
        .bearer("a-long-random-word")
        .with("x-forwarded-for", "192.0.2.1");
    assert_eq!(ask(&right).await.status, 200);
}

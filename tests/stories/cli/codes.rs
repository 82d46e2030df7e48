//! Exit codes: what a script learns without reading a word. The table is the protocol's; this meets each of them.

use super::{create, house::House};
use chat_tests::{Home, Process, sdk};
use rustix::process::Signal;

/// Words, and the code that they end with.
const TABLE: &[(&[&str], i32)] = &[
    (&["user", "list"], 0),
    (&["profile", "avatar", "no-such-picture.png"], 1),
    (&["user", "list", "--moon"], 2),
    (&["message", "list", "Climbing", "--before", "0x"], 2),
    (&["user", "show", "nobody"], 3),
    (&["conversation", "show", "Nowhere"], 3),
    (&["user", "list", "--as", "chloe"], 4),
    (&["audit", "list", "--as", "ben"], 4),
    (&["user", "disable", "ben", "nobody"], 5),
    (&["user", "create", "ben", "--remote", "--no-password"], 6),
    (
        &[
            "user",
            "list",
            "--server",
            "http://127.0.0.1:9",
            "--as",
            "ann",
        ],
        4,
    ),
    (&["health", "--server", "http://127.0.0.1:9"], 7),
];

#[tokio::test]
async fn each_way_to_end_has_its_code() {
    let house = House::open().await;

    for (words, code) in TABLE {
        let mut words = words.to_vec();
        if !words.contains(&"--as") && words[0] != "health" {
            words.extend(["--as", "ann"]);
        }
        let ended = house.home.run(&words).await;
        assert_eq!(ended.code, Some(*code), "{words:?}: {ended:#?}");
        let is_said = *code == 0 || !ended.stderr.is_empty();
        assert!(is_said, "{words:?}: {ended:#?}");
    }
}

#[tokio::test]
async fn too_many_calls_are_told_by_the_code_and_that_it_may_be_tried_later() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let few = ["--set", "limits.anonymous_calls_per_minute=1"];
    let server = home.serve("127.0.0.1:0", &few).await;
    let login = ["auth", "login", "ann", "--server", &server.url()];

    let mut ended = Vec::new();
    for _ in 0..2 {
        let password = format!("{}\n", sdk::PASSWORD);
        ended.push(home.run_with(&login, &password).await);
    }

    assert_eq!(ended[0].code, Some(0), "{ended:?}");
    assert!(ended[1].failed(8).contains("try again in "), "{ended:?}");
}

#[tokio::test]
async fn ctrl_c_is_told_by_the_code_and_nothing_else() {
    let house = House::open().await;
    let mut tail =
        Process::start(
            &mut house
                .home
                .chat(&["tail", "--as", "ann", "--events", "message.new"]),
        );
    chat_tests::until("it follows", async || match tail.stderr() {
        said if said.contains("following ") => Ok(()),
        said => Err(said),
    })
    .await;
    house
        .run("ben", &["message", "send", "@ann", "one"])
        .await
        .ok();
    let line = tail.line().await;

    tail.signal(Signal::INT);
    let ended = tail.ended().await;

    assert!(line.contains("\"one\""), "{line}");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""));
    assert!(!ended.stderr.contains("error"), "{ended:?}");
}
